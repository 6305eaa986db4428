//! One release of a chart: checked, rendered, sorted.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value as Json};

use super::{
    HelmError, Notice, World,
    chart::Chart,
    dependencies,
    manifest::{self, Hook, Manifest, Sorted},
    schema,
    scope::{self, Capabilities, ReleaseName},
    template::{Ahead, Engine, TemplateError, with_deep_stack},
    text::go_quote,
    value::Value,
    values::coalesce::{Nulls, coalesce},
};

/// The longest name of a release, in bytes.
pub const RELEASE_NAME_BYTES_MAX: usize = 53;

const NOTES: &str = "NOTES.txt";
const NAME_RULE: &str = "invalid release name, must match regex \
    ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ \
    and the length must not be longer than 53";

/// Whether values have to meet the schemas that charts bring along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SchemaCheck {
    /// They have to.
    #[default]
    Enforce,
    /// Schemas are not looked at.
    Skip,
}

/// Everything but the chart and its values that decides what a release is.
#[derive(Clone, Debug)]
pub struct ReleaseOptions {
    /// The name, the namespace, and whether it is an upgrade.
    pub release: ReleaseName,
    /// What the cluster can do.
    pub capabilities: Capabilities,
    /// Whether values have to meet schemas.
    pub schema_check: SchemaCheck,
    /// The time, chance and the live state.
    pub world: World,
}

/// A release of a chart, ready to be installed.
#[derive(Debug, Default)]
pub struct Release {
    /// The files of `crds/` with the paths that `# Source:` shows.
    pub crds: Vec<(String, Bytes)>,
    /// The documents that templates wrote, in the order in which Helm installs them.
    pub manifests: Vec<Manifest>,
    /// The hooks, in the order in which Helm prints them.
    pub hooks: Vec<Hook>,
    /// What the chart tells the user, where it does.
    pub notes: Option<String>,
}

impl Release {
    /// Renders `chart` with `values` laid over its own. What Helm would remark on the way is added
    /// to `notices`, also when it fails.
    ///
    /// # Errors
    ///
    /// [`HelmError::Chart`] when the chart or the values are wrong, [`HelmError::Template`] when
    /// a template is or what it wrote.
    pub fn render(
        mut chart: Chart,
        values: &Map<String, Json>,
        options: &ReleaseOptions,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, HelmError> {
        check_chart(&chart, notices)?;
        check_name(&chart, &options.release.name, notices)?;
        with_deep_stack(move || {
            let mut written = write(&mut chart, values, options, true, notices)?;
            let mut notes = None;
            let own_notes = format!("{}/templates/{NOTES}", chart.name());
            written.retain(|path, text| {
                if *path == own_notes {
                    notes = Some(String::from_utf8_lossy(text).into_owned());
                }
                !path.ends_with(NOTES)
            });
            let Sorted { manifests, hooks } = manifest::sort(&chart, written, notices)?;
            let crds = chart.crds(chart.name()).into_iter();
            let crds = crds.map(|(path, file)| (path, file.data.clone())).collect();
            Ok(Self { crds, manifests, hooks, notes })
        })
    }

    /// Returns what each template of `chart` and of the charts within it writes, by the path that
    /// `# Source:` shows, before anything is sorted or looked at. Whether the release may have its
    /// name, or the chart runs on that version of Kubernetes, is not asked.
    ///
    /// # Errors
    ///
    /// [`HelmError::Chart`] when the chart or the values are wrong, [`HelmError::Template`] when
    /// a template is.
    pub fn templates(
        mut chart: Chart,
        values: &Map<String, Json>,
        options: &ReleaseOptions,
        notices: &mut Vec<Notice>,
    ) -> Result<BTreeMap<String, Vec<u8>>, HelmError> {
        with_deep_stack(move || write(&mut chart, values, options, false, notices))
    }

    /// Returns the text that `helm template` prints; the hooks come last.
    pub fn text(&self, hooks: impl Fn(&Hook) -> bool, crds: bool) -> Vec<u8> {
        let mut text = Vec::new();
        let mut add = |path: &str, document: &[u8]| {
            text.extend_from_slice(b"---\n# Source: ");
            text.extend_from_slice(path.as_bytes());
            text.push(b'\n');
            text.extend_from_slice(document);
            text.push(b'\n');
        };
        for (path, data) in self.crds.iter().filter(|_| crds) {
            add(path, data);
        }
        for manifest in &self.manifests {
            add(&manifest.path, manifest.text.as_bytes());
        }
        let readable = |(_, data): &(String, Bytes)| !crds || std::str::from_utf8(data).is_ok();
        trim_space(&mut text, self.crds.iter().all(readable));
        text.push(b'\n');
        for hook in self.hooks.iter().filter(|hook| hooks(hook)) {
            let Manifest { path, text: document, .. } = &hook.manifest;
            for part in ["---\n# Source: ", path, "\n", document, "\n"] {
                text.extend_from_slice(part.as_bytes());
            }
        }
        text
    }
}

// What each template writes; within a deep stack.
fn write(
    chart: &mut Chart,
    values: &Map<String, Json>,
    options: &ReleaseOptions,
    check: bool,
    notices: &mut Vec<Notice>,
) -> Result<BTreeMap<String, Vec<u8>>, HelmError> {
    let given = Value::from_json_with_integers(&Json::Object(values.clone()));
    let Value::Map(given) = given else {
        unreachable!("a JSON object is a map");
    };
    let path = chart.path.clone();
    dependencies::process(chart, &given, notices).map_err(|problem| {
        let mut notice = Notice::printed("chart dependencies processing failed");
        notice.level = "ERROR";
        notice.facts.push(("error", problem.clone()));
        notices.push(notice);
        let message = format!("chart dependencies processing failed: {problem}");
        HelmError::chart(path.as_str(), message)
    })?;
    let ahead = Ahead::start(scope::texts(chart));
    let values = coalesce(chart, &given, Nulls::Delete, notices)
        .map_err(|problem| HelmError::chart(path.as_str(), problem))?;
    drop(given);
    if options.schema_check == SchemaCheck::Enforce {
        schema::check(chart, &values)?;
    }
    if check {
        check_kube_version(chart, &options.capabilities)?;
    }
    let templates = scope::templates(chart, &values, &options.release, &options.capabilities);
    drop(values);
    Engine::new(options.world.environment())
        .render_ahead(&templates, ahead)
        .map_err(|err| template_error(chart, &err))
}

/// Returns those documents of a release's text whose template one of `patterns` matches, such as
/// `templates/*.yaml`.
///
/// # Errors
///
/// [`HelmError::Chart`] for a pattern that matches none.
pub fn show_only(text: &[u8], patterns: &[String]) -> Result<String, HelmError> {
    manifest::show_only(&String::from_utf8_lossy(text), patterns)
}

// Takes the white space off the end of a text that begins with none; off one that is not UTF-8,
// only that of ASCII.
fn trim_space(text: &mut Vec<u8>, utf8: bool) {
    let mut end = text.trim_ascii_end().len();
    while utf8 && let Some(char) = last_char(&text[..end]).filter(|char| char.is_whitespace()) {
        end -= char.len_utf8();
    }
    text.truncate(end);
}

fn last_char(text: &[u8]) -> Option<char> {
    let start = text.iter().rposition(|byte| byte & 0xc0 != 0x80)?;
    std::str::from_utf8(&text[start..]).ok()?.chars().next_back()
}

// What Helm looks at before it thinks of a release.
fn check_chart(chart: &Chart, notices: &mut Vec<Notice>) -> Result<(), HelmError> {
    let metadata = &chart.metadata;
    let wrong = |message: String| HelmError::chart(format!("{}/Chart.yaml", chart.path), message);
    if !matches!(metadata.chart_type.as_str(), "" | "application") {
        return Err(wrong(format!("{} charts are not installable", metadata.chart_type)));
    }
    if metadata.deprecated {
        notices.push(Notice::warning("this chart is deprecated", Vec::new()));
    }
    dependencies::check(chart).map_err(wrong)
}

fn check_name(chart: &Chart, name: &str, notices: &mut Vec<Notice>) -> Result<(), HelmError> {
    let problem = if name.is_empty() {
        "no name provided"
    } else if RELEASE_NAME_BYTES_MAX < name.len() || !is_name(name) {
        NAME_RULE
    } else {
        return Ok(());
    };
    let problem = format!("release name {}: {problem}", go_quote(name));
    let mut notice = Notice::printed("release name check failed");
    notice.level = "ERROR";
    notice.facts.push(("error", problem.clone()));
    notices.push(notice);
    let message = format!("release name check failed: {problem}");
    Err(HelmError::chart(chart.path.as_str(), message))
}

// Labels of small letters, digits and inner dashes, joined by dots.
fn is_name(name: &str) -> bool {
    name.split('.').all(|label| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty()
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

fn check_kube_version(chart: &Chart, capabilities: &Capabilities) -> Result<(), HelmError> {
    let wanted = &chart.metadata.kube_version;
    let version = &capabilities.kube_version;
    if wanted.is_empty() || dependencies::compatible(wanted, &version.plain) {
        return Ok(());
    }
    let version = &version.full;
    Err(HelmError::Template {
        path: format!("{}/Chart.yaml", chart.path),
        line: 1,
        message: format!(
            "chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {version}"
        ),
    })
}

fn template_error(chart: &Chart, err: &TemplateError) -> HelmError {
    let message = err.message.clone();
    let (path, line) =
        place(&message).map_or((chart.path.clone(), 1), |(path, line)| (chart.origin(path), line));
    HelmError::Template { path, line, message }
}

// Finds the first `path:line` with a slash in the path.
fn place(message: &str) -> Option<(&str, u32)> {
    message.split(['(', ')', ' ', '\n']).find_map(|word| {
        let mut parts = word.split(':');
        let path = parts.next().filter(|path| path.contains('/'))?;
        let line = parts.next()?.parse().ok()?;
        Some((path, line))
    })
}
