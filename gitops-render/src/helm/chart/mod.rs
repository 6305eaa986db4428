//! A chart: its metadata, templates, values and the charts within it.

mod archive;
mod decode;
mod directory;
mod ignore;
mod load;
mod metadata;
mod pack;
mod tar;

use bytes::Bytes;
use gitops_core::tree::{NodeKind, Tree, TreePath};

pub(in crate::helm) use self::{
    archive::unpack_links,
    decode::{Place, json_kind},
};
pub use self::{
    load::{CHART_BYTES_MAX, CHART_DEPTH_MAX, CHART_FILES_MAX, FOLDER_DEPTH_MAX},
    metadata::{Dependency, Maintainer, Metadata},
    pack::Package,
};
use super::{HelmError, Notice, value::SealedMap};

/// A chart as it was loaded.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// What `Chart.yaml` says.
    pub metadata: Metadata,
    /// The files below `templates/`.
    pub templates: Vec<ChartFile>,
    /// All other files, for `.Files`.
    pub files: Vec<ChartFile>,
    /// The values of `values.yaml`.
    pub values: SealedMap,
    /// `values.schema.json`.
    pub schema: Option<Bytes>,
    /// The charts below `charts/`.
    pub dependencies: Vec<Chart>,
    /// Where the chart was found: the path of its folder or archive in the tree.
    pub(in crate::helm) path: String,
}

/// One file of a chart.
#[derive(Clone, Debug)]
pub struct ChartFile {
    /// The path from the chart's own folder.
    pub name: String,
    /// The content, without a byte order mark.
    pub data: Bytes,
}

impl Chart {
    /// Loads the chart at `path`: a folder or a packaged chart.
    ///
    /// # Errors
    ///
    /// [`HelmError`] when there is no chart or the chart is wrong.
    pub fn load(
        tree: &Tree,
        path: &TreePath,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, HelmError> {
        let kind = tree.kind(path).map_err(|cause| HelmError::tree(path, cause))?;
        let files = match kind {
            Some(NodeKind::Directory) => directory::read(tree, path)?,
            Some(_) => archive::read_file(tree, path)?,
            None => {
                return Err(HelmError::chart(path.as_str(), format!("path \"{path}\" not found")));
            }
        };
        load::top(files, path, notices)
    }

    /// Returns the name, which is the alias where the chart has one.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Returns where in the tree the file is that Helm calls `name`, such as
    /// `shop/charts/web/templates/a.yaml`.
    pub(in crate::helm) fn origin(&self, name: &str) -> String {
        let within = name.split_once('/').map_or(name, |(_, within)| within);
        if let Some(rest) = within.strip_prefix("charts/") {
            let sub = rest.split('/').next().unwrap_or(rest);
            if let Some(sub) = self.dependencies.iter().find(|known| known.name() == sub) {
                return sub.origin(rest);
            }
        }
        format!("{}/{within}", self.path)
    }

    /// Returns the files below `crds/` that hold objects, then those of the charts within it.
    /// The first text is the path that `# Source:` shows.
    pub(in crate::helm) fn crds(&self, full_path: &str) -> Vec<(String, &ChartFile)> {
        let holds = |file: &&ChartFile| {
            file.name.starts_with("crds/")
                && file.name.rsplit_once('.').is_some_and(|(_, ending)| {
                    !ending.contains('/')
                        && ["yaml", "yml", "json"]
                            .iter()
                            .any(|known| ending.eq_ignore_ascii_case(known))
                })
        };
        let own = self.files.iter().filter(holds);
        let mut crds: Vec<_> =
            own.map(|file| (format!("{full_path}/{}", file.name), file)).collect();
        for dependency in &self.dependencies {
            crds.extend(dependency.crds(&format!("{full_path}/charts/{}", dependency.name())));
        }
        crds
    }
}
