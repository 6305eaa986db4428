//! The files that a kustomization may read.

use std::rc::Rc;

use bytes::Bytes;
use gitops_core::{
    Origin, RenderError,
    tree::{NodeKind, Read, Tree, TreeError, TreePath},
};

use super::{
    limits::KUSTOMIZE_DEPTH_MAX,
    problem::{Outcome, Problem, problem},
    remote::{Elsewhere, RemoteUrl, is_web},
};

/// Which files a kustomization may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadRestriction {
    /// Files in or below its own directory.
    #[default]
    RootOnly,
    /// Every file of the tree.
    None,
}

/// The names that a kustomization file may have.
const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Reads the files of one kustomization.
#[derive(Clone, Debug)]
pub(super) struct Loader {
    pub(super) tree: Tree,
    /// The directory of the kustomization, links followed.
    pub(super) root: TreePath,
    /// The directories of the same tree that lead here, the first one first.
    above: Vec<TreePath>,
    /// The addresses that lead here, the first one first.
    addresses: Vec<String>,
    /// How many kustomizations lead here.
    depth: usize,
    restriction: LoadRestriction,
    elsewhere: Rc<Elsewhere>,
}

/// What a path of `resources` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    File,
    Directory,
    Nothing,
}

impl Loader {
    /// Starts at a directory of the tree.
    pub(super) fn new(
        tree: &Tree,
        path: &TreePath,
        restriction: LoadRestriction,
        elsewhere: &Rc<Elsewhere>,
    ) -> Outcome<Self> {
        match tree.kind(path).map_err(|cause| tree_error(path.as_str(), cause))? {
            Some(NodeKind::Directory) => {}
            Some(_) => {
                return Err(problem(format!("must build at directory: '{path}' is a file")));
            }
            None => {
                let text = format!("must build at directory: '{path}' does not exist");
                return Err(problem(text));
            }
        }
        let root = real_path(tree, path)?;
        Ok(Self {
            tree: tree.clone(),
            root,
            above: Vec::new(),
            addresses: Vec::new(),
            depth: 0,
            restriction,
            elsewhere: Rc::clone(elsewhere),
        })
    }

    /// Returns a loader for a directory that this kustomization refers to.
    pub(super) fn enter(&self, text: &str) -> Outcome<Self> {
        if text.is_empty() {
            return Err(problem("a path cannot be empty"));
        }
        if text.starts_with('/') {
            return Err(problem(format!("the path '{text}' cannot be absolute")));
        }
        self.check_depth(text)?;
        let path = self.path(text)?;
        let root = real_path(&self.tree, &path)?;
        for visited in self.above.iter().chain([&self.root]) {
            if visited.is_within(&root) {
                let text =
                    format!("cycle detected: '{root}' contains '{visited}', which is visited");
                return Err(problem(text));
            }
        }
        let mut above = self.above.clone();
        above.push(self.root.clone());
        Ok(Self { root, above, depth: self.depth + 1, ..self.clone() })
    }

    /// Returns a loader for a directory of a repository that this kustomization refers to.
    pub(super) fn enter_repository(&self, text: &str, url: &RemoteUrl) -> Outcome<Self> {
        self.check_depth(text)?;
        if let Some(visited) = self.addresses.iter().find(|visited| visited.starts_with(text)) {
            let text =
                format!("cycle detected: URI '{text}' referenced by previous URI '{visited}'");
            return Err(problem(text));
        }
        let Some(tree) = self.elsewhere.repository(&url.repository) else {
            return Err(missing(text));
        };
        let path = TreePath::new(&url.directory).map_err(|cause| tree_error(text, cause))?;
        let mut addresses = self.addresses.clone();
        addresses.push(text.to_owned());
        // What is elsewhere never reads outside of its own directory.
        let restriction = LoadRestriction::RootOnly;
        let loader = Self::new(&tree, &path, restriction, &self.elsewhere)?;
        Ok(Self { addresses, depth: self.depth + 1, ..loader })
    }

    fn check_depth(&self, text: &str) -> Outcome<()> {
        if self.depth < KUSTOMIZE_DEPTH_MAX {
            return Ok(());
        }
        let max = KUSTOMIZE_DEPTH_MAX;
        let text = format!("'{text}' goes deeper than KUSTOMIZE_DEPTH_MAX: at most {max}");
        Err(problem(text))
    }

    pub(super) fn path(&self, text: &str) -> Outcome<TreePath> {
        self.root.join(text).map_err(|cause| tree_error(text, cause))
    }

    /// Returns what a path is.
    pub(super) fn kind(&self, text: &str) -> Outcome<Found> {
        if text.starts_with('/') {
            return Ok(Found::Nothing);
        }
        let path = self.path(text)?;
        let kind = self.tree.kind(&path).map_err(|cause| tree_error(text, cause))?;
        Ok(match kind {
            Some(NodeKind::Directory) => Found::Directory,
            Some(kind) if kind.is_file() => Found::File,
            _ => Found::Nothing,
        })
    }

    /// Returns the content of a file.
    pub(super) fn read(&self, text: &str) -> Outcome<Bytes> {
        if is_web(text) {
            return self.elsewhere.file(text).ok_or_else(|| missing(text));
        }
        let path = self.path(text)?;
        let (tree, log) = self.tree.track();
        let bytes = tree.read(&path).map_err(|cause| tree_error(text, cause))?;
        if self.restriction == LoadRestriction::RootOnly {
            let reads = log.reads();
            let real = reads.iter().find(|(_, read)| matches!(read, Read::Content { .. }));
            if let Some((real, _)) = real
                && !real.is_within(&self.root)
            {
                let root = &self.root;
                let text = format!("security; file '{real}' is not in or below '{root}'");
                return Err(problem(text));
            }
        }
        Ok(bytes)
    }

    /// Returns the kustomization file and its name.
    pub(super) fn kustomization(&self) -> Outcome<(String, Bytes)> {
        let mut found = None;
        for name in FILE_NAMES {
            if self.kind(name)? != Found::File {
                continue;
            }
            if let Some((first, _)) = &found {
                let root = &self.root;
                let text = format!("'{root}' has both {first} and {name}: remove one of them");
                return Err(problem(text));
            }
            found = Some((name.to_owned(), self.read(name)?));
        }
        found.ok_or_else(|| {
            let names = FILE_NAMES.join(", ");
            problem(format!("unable to find one of {names} in directory '{}'", self.root))
        })
    }

    /// Returns the path from the root of the tree of a file of this kustomization.
    pub(super) fn display(&self, text: &str) -> String {
        if is_web(text) {
            return text.to_owned();
        }
        let path = self.root.join(text).map_or_else(|_| text.to_owned(), |path| path.to_string());
        match self.addresses.last() {
            Some(address) => format!("{address}: {path}"),
            None => path,
        }
    }

    /// Returns the first line of a file of this kustomization.
    pub(super) fn origin(&self, text: &str) -> Origin {
        Origin { path: self.display(text), line: 1 }
    }

    /// Returns the last part of the path of the directory.
    pub(super) fn name(&self) -> &str {
        self.root.file_name().unwrap_or("/")
    }
}

fn tree_error(path: &str, cause: TreeError) -> Box<Problem> {
    match cause {
        // What a file names wrongly is a problem of that file.
        TreeError::NotFound { .. } | TreeError::WrongKind { .. } | TreeError::Leaves { .. } => {
            problem(cause.to_string())
        }
        cause => RenderError::Tree { path: path.to_owned(), line: None, cause }.into(),
    }
}

// Returns where a directory is once links are followed.
fn real_path(tree: &Tree, path: &TreePath) -> Outcome<TreePath> {
    let (tracked, log) = tree.track();
    let kind = tracked.kind(path).map_err(|cause| tree_error(path.as_str(), cause))?;
    if kind != Some(NodeKind::Directory) {
        return Err(problem(format!("must build at directory: '{path}' is not a directory")));
    }
    let reads = log.reads();
    let real = reads.iter().find(|(_, read)| matches!(read, Read::Kind { .. }));
    Ok(real.map_or_else(|| path.clone(), |(real, _)| real.clone()))
}

/// Says that something elsewhere is not there.
pub(super) fn missing(text: &str) -> Box<Problem> {
    problem(format!(
        "{text:?} is remote: a render reads no network, so copy it into the tree, or fetch it \
         before (KustomizeRenderer::fetch_remotes)"
    ))
}
