//! What templates see: `.Values`, `.Chart`, `.Release`, `.Capabilities`, `.Files`, `.Subcharts`.

mod capabilities;
mod cluster;
mod files;

use std::rc::Rc;

use bytes::Bytes;

pub use self::capabilities::{Capabilities, HELM_VERSION, HelmBuild, KubeVersion};
use self::{cluster::Cluster, files::Files};
use super::{
    chart::{Chart, Dependency, Maintainer, Metadata},
    template::TemplateFile,
    value::{Map, MapType, Value},
};

/// What `.Release` says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseName {
    /// The name of the release.
    pub name: String,
    /// The namespace it goes to.
    pub namespace: String,
    /// Whether there is an earlier revision of it.
    pub upgrade: bool,
}

/// Returns the templates of `chart` and of all charts within it, with what they see.
pub(in crate::helm) fn templates(
    chart: &Chart,
    values: &Rc<Map>,
    release: &ReleaseName,
    capabilities: &Capabilities,
) -> Vec<TemplateFile> {
    let mut scope = Scope {
        release: Value::map([
            ("Name", Value::text(&release.name)),
            ("Namespace", Value::text(&release.namespace)),
            ("IsUpgrade", Value::Bool(release.upgrade)),
            ("IsInstall", Value::Bool(!release.upgrade)),
            ("Revision", Value::int(1)),
            ("Service", Value::text("Helm")),
        ]),
        cluster: Value::object(Cluster::new(capabilities)),
        templates: Vec::new(),
    };
    let values = Rc::new(values.retyped(MapType::Values));
    scope.chart(chart, &values, chart.name(), true);
    scope.templates
}

struct Scope {
    release: Value,
    cluster: Value,
    templates: Vec<TemplateFile>,
}

impl Scope {
    // Adds the templates of a chart and returns what they see.
    fn chart(&mut self, chart: &Chart, values: &Rc<Map>, path: &str, root: bool) -> Value {
        let within = chart.dependencies.iter().map(|sub| {
            let name = sub.name();
            let section = match values.get(name) {
                Some(Value::Map(section)) => section.retyped(MapType::Values),
                _ => Map::new::<&str>(MapType::Values, []),
            };
            let path = format!("{path}/charts/{name}");
            (name.to_owned(), self.chart(sub, &Rc::new(section), &path, false))
        });
        let within: Vec<_> = within.collect();
        let seen = Map::new(
            MapType::Any,
            [
                ("Chart", metadata(&chart.metadata, root)),
                ("Files", Value::object(Files::of(&chart.files))),
                ("Release", self.release.clone()),
                ("Capabilities", self.cluster.clone()),
                ("Values", Value::Map(Rc::clone(values))),
                ("Subcharts", Value::map(within)),
            ],
        );
        let data = Value::Map(Rc::new(seen.retyped(MapType::Values)));
        let base_path = format!("{path}/templates");
        let files = own_files(chart, path).map(|(name, text)| TemplateFile {
            name,
            base_path: base_path.clone(),
            text,
            data: data.clone(),
        });
        self.templates.extend(files);
        Value::Map(Rc::new(seen))
    }
}

/// The names and texts of all that [`templates`] returns.
pub(in crate::helm) fn texts(chart: &Chart) -> Vec<(String, Bytes)> {
    fn add(chart: &Chart, path: &str, texts: &mut Vec<(String, Bytes)>) {
        for sub in &chart.dependencies {
            add(sub, &format!("{path}/charts/{}", sub.name()), texts);
        }
        texts.extend(own_files(chart, path));
    }
    let mut texts = Vec::new();
    add(chart, chart.name(), &mut texts);
    texts
}

// The templates of a chart at `path`, without those of the charts within it.
fn own_files<'a>(
    chart: &'a Chart,
    path: &'a str,
) -> impl Iterator<Item = (String, Bytes)> + use<'a> {
    let shown = |name: &str| {
        // A library has partials only.
        let base = name.rsplit('/').next().unwrap_or(name);
        !chart.metadata.is_library() || base.starts_with('_')
    };
    let files = chart.templates.iter().filter(move |file| shown(&file.name));
    files.map(move |file| (format!("{path}/{}", file.name), file.data.clone()))
}

fn metadata(chart: &Metadata, root: bool) -> Value {
    let texts = |texts: &[String]| Value::list(texts.iter().map(Value::text).collect());
    let annotations = match &chart.annotations {
        None => Map::nil(MapType::Strings),
        Some(pairs) => {
            Map::new(MapType::Strings, pairs.iter().map(|(key, text)| (key, Value::text(text))))
        }
    };
    let maintainers = chart.maintainers.iter().flatten().map(maintainer).collect();
    let dependencies = chart.dependencies.iter().flatten().map(dependency).collect();
    Value::map([
        ("Name", Value::text(&chart.name)),
        ("Home", Value::text(&chart.home)),
        ("Sources", texts(&chart.sources)),
        ("Version", Value::text(&chart.version)),
        ("Description", Value::text(&chart.description)),
        ("Keywords", texts(&chart.keywords)),
        ("Maintainers", Value::list(maintainers)),
        ("Icon", Value::text(&chart.icon)),
        ("APIVersion", Value::text(&chart.api_version)),
        ("Condition", Value::text(&chart.condition)),
        ("Tags", Value::text(&chart.tags)),
        ("AppVersion", Value::text(&chart.app_version)),
        ("Deprecated", Value::Bool(chart.deprecated)),
        ("Annotations", Value::Map(Rc::new(annotations))),
        ("KubeVersion", Value::text(&chart.kube_version)),
        ("Dependencies", Value::list(dependencies)),
        ("Type", Value::text(&chart.chart_type)),
        ("IsRoot", Value::Bool(root)),
    ])
}

fn maintainer(person: &Maintainer) -> Value {
    Value::map([
        ("Name", Value::text(&person.name)),
        ("Email", Value::text(&person.email)),
        ("URL", Value::text(&person.url)),
    ])
}

fn dependency(wanted: &Dependency) -> Value {
    let tags = wanted.tags.iter().map(Value::text).collect();
    let imports = wanted.import_values.iter().map(Value::from_json).collect();
    Value::map([
        ("Name", Value::text(&wanted.name)),
        ("Version", Value::text(&wanted.version)),
        ("Repository", Value::text(&wanted.repository)),
        ("Condition", Value::text(&wanted.condition)),
        ("Tags", Value::list(tags)),
        ("Enabled", Value::Bool(wanted.enabled)),
        ("ImportValues", Value::list(imports)),
        ("Alias", Value::text(&wanted.alias)),
    ])
}
