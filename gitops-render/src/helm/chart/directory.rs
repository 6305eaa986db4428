//! The files of a chart that lies in a folder.

use gitops_core::tree::{NodeKind, Tree, TreeError, TreePath};

use super::{
    ChartFile,
    ignore::IgnoreRules,
    load::{Budget, FOLDER_DEPTH_MAX, Files, without_mark},
};
use crate::helm::HelmError;

/// Reads every file below `path` that `.helmignore` does not leave out. Links are followed.
pub(super) fn read(tree: &Tree, path: &TreePath) -> Result<Files, HelmError> {
    let rules = rules(tree, path)?;
    let files = Files { list: Vec::new(), budget: Budget::new(path) };
    let mut reader = Reader { tree, rules, files };
    reader.folder(path, "", 0)?;
    Ok(reader.files)
}

fn rules(tree: &Tree, path: &TreePath) -> Result<IgnoreRules, HelmError> {
    let at = path.join(".helmignore").map_err(|cause| HelmError::tree(path, cause))?;
    let text = match tree.read(&at) {
        Ok(data) => String::from_utf8_lossy(&data).into_owned(),
        Err(TreeError::NotFound { .. }) => String::new(),
        Err(cause) => return Err(HelmError::tree(&at, cause)),
    };
    IgnoreRules::parse(&text).map_err(|problem| HelmError::chart(at.as_str(), problem))
}

struct Reader<'t> {
    tree: &'t Tree,
    rules: IgnoreRules,
    files: Files,
}

impl Reader<'_> {
    fn folder(&mut self, path: &TreePath, prefix: &str, depth: u32) -> Result<(), HelmError> {
        if FOLDER_DEPTH_MAX < depth {
            let (limit, max) = ("FOLDER_DEPTH_MAX", u64::from(FOLDER_DEPTH_MAX));
            return Err(HelmError::Limit { path: path.to_string(), limit, max });
        }
        let entries = self.tree.list(path).map_err(|cause| HelmError::tree(path, cause))?;
        for entry in entries {
            let name = entry.path.file_name().unwrap_or_default();
            let relative =
                if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            let kind = match entry.kind {
                NodeKind::Link => self.target(&entry.path)?,
                kind => kind,
            };
            if self.rules.ignores(&relative, kind == NodeKind::Directory) {
                continue;
            }
            match kind {
                NodeKind::Directory => self.folder(&entry.path, &relative, depth + 1)?,
                _ => self.file(&entry.path, relative)?,
            }
        }
        Ok(())
    }

    fn target(&self, path: &TreePath) -> Result<NodeKind, HelmError> {
        let kind = self.tree.kind(path).map_err(|cause| HelmError::tree(path, cause))?;
        kind.ok_or_else(|| HelmError::tree(path, TreeError::NotFound { path: path.clone() }))
    }

    fn file(&mut self, path: &TreePath, name: String) -> Result<(), HelmError> {
        let data = self.tree.read(path).map_err(|cause| HelmError::tree(path, cause))?;
        self.files.budget.take(data.len() as u64)?;
        self.files.list.push(ChartFile { name, data: without_mark(data) });
        Ok(())
    }
}
