//! Plain manifests: every YAML and JSON file of a directory.

mod ignore;

use async_trait::async_trait;
use gitops_core::{
    Digest, Object, Origin, RenderError, Renderer, Tree, TreePath,
    tree::{Entry, NodeKind, TreeError},
};

pub use self::ignore::SourceIgnore;
use crate::{absent, objects::Objects};

/// The file in which a directory names what is no part of it.
pub const IGNORE_FILE: &str = ".sourceignore";

const VERSION: &[u8] = b"plain renderer 1";

/// Renders every `.yaml`, `.yml` and `.json` file below a directory, as `kubectl apply -R` reads
/// them.
///
/// - A file may hold many documents; empty ones do not count. `List` kinds are opened.
/// - `.sourceignore` files leave files out by the rules of Flux: those of every directory from the
///   root of the tree down count, later lines win. What Flux leaves out by default, such as
///   `.github/` and `.sops.yaml`, is left out whether or not there is a `.sourceignore`.
/// - A link to a file is read, as the file it is; a link to a directory is not followed.
/// - A key that a mapping has twice, a document that is no Kubernetes object, a
///   `kustomization.yaml` and a `Chart.yaml` are errors: what they describe would be lost.
/// - Objects are in the order of their files' paths, then of their lines.
///
/// # Example
///
/// ```
/// # use gitops_core::{Renderer, RenderError, Tree, TreePath};
/// # use gitops_render::PlainRenderer;
/// # async fn render() -> Result<(), Box<dyn std::error::Error>> {
/// let tree = Tree::from_files([
///     ("shop/web.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"),
///     (".sourceignore", "draft.yaml\n"),
///     ("shop/draft.yaml", "to: do\n"),
/// ])?;
/// let objects = PlainRenderer::new(TreePath::new("shop")?).render(&tree).await?;
/// assert_eq!(objects[0].id().to_string(), "Service/web");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(render())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PlainRenderer {
    path: TreePath,
    ignore: String,
}

impl PlainRenderer {
    /// Renders the files below `path`.
    pub fn new(path: TreePath) -> Self {
        Self { path, ignore: String::new() }
    }

    /// Leaves out what `patterns` name as well: lines of a `.sourceignore` at the root of the
    /// tree that win over all others.
    #[must_use]
    pub fn with_ignore(mut self, patterns: impl Into<String>) -> Self {
        self.ignore = patterns.into();
        self
    }

    // Returns the files to read, sorted by path.
    fn files(&self, tree: &Tree) -> Result<Vec<Entry>, RenderError> {
        absent::check(tree, &self.path)?;
        let mut ignore = SourceIgnore::with_defaults();
        let mut above = Vec::new();
        let mut parent = self.path.parent();
        while let Some(directory) = parent {
            parent = directory.parent();
            above.push(directory);
        }
        for directory in above.iter().rev() {
            read_ignore(tree, directory, &mut ignore)?;
        }
        let entries =
            tree.walk(&self.path, |_| true).map_err(|cause| unreadable(&self.path, cause))?;
        // An ignore file stands for all that is below its directory, so outer ones come first.
        let mut directories: Vec<_> = entries
            .iter()
            .filter(|entry| is_ignore_file(entry))
            .filter_map(|entry| entry.path.parent())
            .collect();
        directories.sort_by_key(TreePath::depth);
        for directory in &directories {
            read_ignore(tree, directory, &mut ignore)?;
        }
        ignore.add(&TreePath::root(), &self.ignore);
        let kept = |entry: &Entry| !ignore.is_ignored(&entry.path);
        Ok(entries.into_iter().filter(|entry| kept(entry)).collect())
    }
}

#[async_trait]
impl Renderer for PlainRenderer {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        let mut objects = Objects::new();
        for file in self.files(tree)? {
            let Some(path) = manifest(tree, &file)? else { continue };
            let bytes = tree.read(path).map_err(|cause| unreadable(path, cause))?;
            objects.read(path.as_str(), &bytes)?;
        }
        Ok(objects.into_vec())
    }

    fn fingerprint(&self) -> Digest {
        Digest::of_parts([VERSION, self.path.as_str().as_bytes(), self.ignore.as_bytes()])
    }
}

// Returns the path of an entry that is to be read as a manifest.
fn manifest<'a>(tree: &Tree, entry: &'a Entry) -> Result<Option<&'a TreePath>, RenderError> {
    let path = &entry.path;
    let name = path.file_name().unwrap_or_default();
    if name == "Kustomization" && entry.kind.is_file() {
        let at = Origin { path: path.to_string(), line: 1 };
        let problem = "this directory is for Kustomize: render it with the Kustomize renderer, or \
                       leave this file out by a line in .sourceignore";
        return Err(RenderError::Invalid { at, problem: problem.to_owned() });
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let named = matches!(extension, Some("yaml" | "yml" | "json"));
    match entry.kind {
        NodeKind::File | NodeKind::Executable => Ok(named.then_some(path)),
        // Its files would be missing: reading says so.
        NodeKind::Submodule => Ok(Some(path)),
        NodeKind::Link if named => {
            let kind = tree.kind(path).map_err(|cause| unreadable(path, cause))?;
            // A link that leads nowhere is an error of reading it.
            Ok(kind.is_none_or(NodeKind::is_file).then_some(path))
        }
        NodeKind::Link | NodeKind::Directory => Ok(None),
    }
}

fn is_ignore_file(entry: &Entry) -> bool {
    entry.path.file_name() == Some(IGNORE_FILE)
}

fn read_ignore(
    tree: &Tree,
    directory: &TreePath,
    ignore: &mut SourceIgnore,
) -> Result<(), RenderError> {
    let path = directory.join(IGNORE_FILE).map_err(|cause| unreadable(directory, cause))?;
    match tree.read(&path) {
        Ok(bytes) => ignore.add(directory, &String::from_utf8_lossy(&bytes)),
        Err(TreeError::NotFound { .. }) => {}
        Err(cause) => return Err(unreadable(&path, cause)),
    }
    Ok(())
}

fn unreadable(path: &TreePath, cause: TreeError) -> RenderError {
    RenderError::Tree { path: path.to_string(), line: None, cause }
}
