//! From files to a chart.

use std::collections::BTreeMap;

use bytes::Bytes;
use gitops_core::{
    tree::TreePath,
    yaml::{self, Duplicates},
};
use serde_json::{Map, Value};

use super::{Chart, ChartFile, archive, decode::json_kind};
use crate::helm::{HelmError, Notice, values};

/// How many bytes the files of a chart may have together, unpacked.
pub const CHART_BYTES_MAX: u64 = 100 << 20;
/// How many files a chart may have, those of the charts within it included.
pub const CHART_FILES_MAX: u64 = 50_000;
/// How deep charts may lie within each other.
pub const CHART_DEPTH_MAX: u32 = 32;
/// How deep the folders of a chart may nest, links followed.
pub const FOLDER_DEPTH_MAX: u32 = 128;

const OUTDATED_REQUIREMENTS: &str = "Warning: Dependencies are handled in Chart.yaml since \
    apiVersion \"v2\". We recommend migrating dependencies to Chart.yaml.";
const OUTDATED_LOCK: &str = "Warning: Dependency locking is handled in Chart.lock since \
    apiVersion \"v2\". We recommend migrating to Chart.lock.";

/// What is left of the limits of one chart.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: u64,
    files: u64,
    path: String,
}

impl Budget {
    pub(super) fn new(path: &TreePath) -> Self {
        Self::of(path.to_string())
    }

    /// For a chart that is no part of a tree.
    pub(super) fn of(path: String) -> Self {
        Self { bytes: CHART_BYTES_MAX, files: CHART_FILES_MAX, path }
    }

    /// One that is used up soon.
    #[cfg(test)]
    pub(super) fn small(bytes: u64, files: u64) -> Self {
        Self { bytes, files, path: "web.tgz".to_owned() }
    }

    /// Takes a file of `bytes` into account.
    pub(super) fn take(&mut self, bytes: u64) -> Result<(), HelmError> {
        let limit = |limit, max| HelmError::Limit { path: self.path.clone(), limit, max };
        let left = self.bytes.checked_sub(bytes);
        self.bytes = left.ok_or_else(|| limit("CHART_BYTES_MAX", CHART_BYTES_MAX))?;
        let left = self.files.checked_sub(1);
        self.files = left.ok_or_else(|| limit("CHART_FILES_MAX", CHART_FILES_MAX))?;
        Ok(())
    }

    /// How many bytes may still come.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

/// The files of a chart, and what is left of its limits.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) list: Vec<ChartFile>,
    pub(super) budget: Budget,
}

struct Loader<'n> {
    budget: Budget,
    // What the `Chart.yaml` says that is laid down next, where that was read already.
    read: Option<Map<String, Value>>,
    notices: &'n mut Vec<Notice>,
}

/// Makes a chart that nothing is around of.
pub(super) fn top(
    files: Files,
    path: &TreePath,
    notices: &mut Vec<Notice>,
) -> Result<Chart, HelmError> {
    let Files { list, budget } = files;
    let mut loader = Loader { budget, read: None, notices };
    let Some(file) = list.iter().find(|file| file.name == "Chart.yaml") else {
        let message = format!("unable to detect chart at {path}: there is no Chart.yaml");
        return Err(HelmError::chart(path.as_str(), message));
    };
    let fields = loader.fields(file, "loader.chartBase")?;
    match fields.get("apiVersion") {
        None | Some(Value::Null) => {}
        Some(Value::String(version)) => match version.as_str() {
            "" | "v1" | "v2" | "v3" => {}
            _ => return Err(loader.wrong("Chart.yaml", "unsupported chart version")),
        },
        Some(_) => return Err(loader.wrong("Chart.yaml", "unsupported chart version")),
    }
    loader.read = Some(fields);
    let chart = loader.chart(list, 0)?;
    // Helm reads charts of the next format, and then has no use for them.
    if chart.metadata.api_version == "v3" {
        return Err(loader.wrong("Chart.yaml", "invalid chart apiVersion"));
    }
    Ok(chart)
}

impl Loader<'_> {
    fn wrong(&self, file: &str, message: impl Into<String>) -> HelmError {
        HelmError::chart(format!("{}/{file}", self.budget.path()), message)
    }

    fn chart(&mut self, files: Vec<ChartFile>, depth: u32) -> Result<Chart, HelmError> {
        let mut chart = Chart { path: self.budget.path().to_owned(), ..Chart::default() };
        let mut known = false;
        for file in files.iter().filter(|file| file.name == "Chart.yaml") {
            known = true;
            self.lay_metadata(&mut chart, file)?;
            if chart.metadata.api_version.is_empty() {
                "v1".clone_into(&mut chart.metadata.api_version);
            }
        }
        let mut packed: BTreeMap<String, Vec<ChartFile>> = BTreeMap::new();
        for file in files {
            known |= matches!(file.name.as_str(), "requirements.yaml" | "requirements.lock");
            self.place(&mut chart, &mut packed, file)?;
        }
        if !known {
            return Err(self.wrong("Chart.yaml", "Chart.yaml file is missing"));
        }
        if let Err(problem) = chart.metadata.validate() {
            return Err(self.wrong("Chart.yaml", problem));
        }
        for (name, files) in packed {
            if name.starts_with(['_', '.']) {
                continue;
            }
            let context = format!("error unpacking subchart {name} in {}", chart.name());
            let within = self.subchart(&chart, &name, files, depth + 1);
            chart.dependencies.push(within.map_err(|err| err.within(&context))?);
        }
        Ok(chart)
    }

    // Puts a file where it belongs.
    fn place(
        &mut self,
        chart: &mut Chart,
        packed: &mut BTreeMap<String, Vec<ChartFile>>,
        file: ChartFile,
    ) -> Result<(), HelmError> {
        match file.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => self.check_lock(&file)?,
            "values.yaml" => match values::read_own(&file.data) {
                Ok(values) => chart.values = values,
                Err(problem) => {
                    let message = format!("cannot load values.yaml: {}", problem.message);
                    let path = format!("{}/values.yaml", self.budget.path());
                    return Err(HelmError::Chart { path, line: problem.line, message });
                }
            },
            "values.schema.json" => chart.schema = Some(file.data),
            "requirements.yaml" => {
                self.outdated(chart, OUTDATED_REQUIREMENTS);
                self.lay_metadata(chart, &file)?;
                if chart.metadata.api_version == "v1" {
                    chart.files.push(file);
                }
            }
            "requirements.lock" => {
                self.check_lock(&file)?;
                self.outdated(chart, OUTDATED_LOCK);
                if chart.metadata.api_version == "v1" {
                    chart.files.push(file);
                }
            }
            name if name.starts_with("templates/") => chart.templates.push(file),
            name => match name.strip_prefix("charts/") {
                // Helm compares the ending as it is written.
                Some(within) if name.rsplit('.').next() != Some("prov") => {
                    let first = within.split('/').next().unwrap_or(within).to_owned();
                    let file = ChartFile { name: within.to_owned(), data: file.data };
                    packed.entry(first).or_default().push(file);
                }
                _ => chart.files.push(file),
            },
        }
        Ok(())
    }

    fn outdated(&mut self, chart: &Chart, remark: &str) {
        if chart.metadata.api_version != "v1" {
            self.notices.push(Notice::printed(remark));
        }
    }

    fn lay_metadata(&mut self, chart: &mut Chart, file: &ChartFile) -> Result<(), HelmError> {
        let fields = match self.read.take() {
            Some(fields) => fields,
            None => self.fields(file, "v2.Metadata")?,
        };
        chart.metadata.lay(&fields).map_err(|problem| {
            let name = &file.name;
            let reading = "error unmarshaling JSON: while decoding JSON";
            self.wrong(name, format!("cannot load {name}: {reading}: {problem}"))
        })
    }

    fn check_lock(&self, file: &ChartFile) -> Result<(), HelmError> {
        self.fields(file, "v2.Lock").map(drop)
    }

    // Reads a file as a mapping; an empty file is an empty one.
    fn fields(&self, file: &ChartFile, go_type: &str) -> Result<Map<String, Value>, HelmError> {
        let name = &file.name;
        let path = format!("{}/{name}", self.budget.path());
        match yaml::decode(&file.data, Duplicates::Last) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(Value::Null) => Ok(Map::new()),
            Ok(other) => {
                let found = json_kind(&other);
                let message = format!(
                    "cannot load {name}: error unmarshaling JSON: while decoding JSON: json: \
                     cannot unmarshal {found} into Go value of type {go_type}"
                );
                Err(HelmError::chart(path, message))
            }
            Err(err) => {
                let message = format!("cannot load {name}: error converting YAML to JSON: {err}");
                Err(HelmError::Chart { path, line: err.line().unwrap_or(1), message })
            }
        }
    }

    fn subchart(
        &mut self,
        parent: &Chart,
        name: &str,
        files: Vec<ChartFile>,
        depth: u32,
    ) -> Result<Chart, HelmError> {
        if CHART_DEPTH_MAX < depth {
            let (limit, max) = ("CHART_DEPTH_MAX", u64::from(CHART_DEPTH_MAX));
            return Err(HelmError::Limit { path: self.budget.path().to_owned(), limit, max });
        }
        let outer = self.budget.path().to_owned();
        self.budget.path = format!("{outer}/charts/{name}");
        let within = if std::path::Path::new(name).extension().is_some_and(|end| end == "tgz") {
            self.packed(parent, name, files)
        } else {
            let strip = |file: ChartFile| {
                let (_, within) = file.name.split_once('/')?;
                Some(ChartFile { name: within.to_owned(), data: file.data })
            };
            Ok(files.into_iter().filter_map(strip).collect())
        };
        let chart = within.and_then(|files| self.chart(files, depth));
        self.budget.path = outer;
        chart
    }

    fn packed(
        &mut self,
        parent: &Chart,
        name: &str,
        files: Vec<ChartFile>,
    ) -> Result<Vec<ChartFile>, HelmError> {
        let path = self.budget.path().to_owned();
        match files.into_iter().next() {
            Some(file) if file.name == name => archive::unpack(&file.data, &mut self.budget),
            other => {
                let found = other.map(|file| file.name).unwrap_or_default();
                let parent = parent.name();
                let message = format!(
                    "error unpacking subchart tar in {parent}: expected {name}, got {found}"
                );
                Err(HelmError::chart(path, message))
            }
        }
    }
}

/// Returns `data` without a byte order mark.
pub(super) fn without_mark(data: Bytes) -> Bytes {
    if data.starts_with(b"\xef\xbb\xbf") { data.slice(3..) } else { data }
}
