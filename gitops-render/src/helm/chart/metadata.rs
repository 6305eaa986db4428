//! `Chart.yaml`: what a chart says about itself.

use serde_json::{Map, Value};

use super::decode::{Fields, Place};
use crate::helm::text::{go_print, go_quote, go_space};
use gitops_core::semver::Version;

/// What a chart says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The name.
    pub name: String,
    /// The page of the project.
    pub home: String,
    /// Where the sources are.
    pub sources: Vec<String>,
    /// The version of the chart.
    pub version: String,
    /// What it is for, in one sentence.
    pub description: String,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// Who looks after it.
    pub maintainers: Vec<Option<Maintainer>>,
    /// The address of a picture.
    pub icon: String,
    /// The format of the chart: `v1` or `v2`.
    pub api_version: String,
    /// The value that turns the chart on; Helm reads it and makes nothing of it.
    pub condition: String,
    /// The tags that turn the chart on; Helm reads them and makes nothing of them.
    pub tags: String,
    /// The version of what the chart installs.
    pub app_version: String,
    /// Whether the chart should no longer be used.
    pub deprecated: bool,
    /// Anything else, for other programs.
    pub annotations: Option<Vec<(String, String)>>,
    /// The versions of Kubernetes it works with.
    pub kube_version: String,
    /// The charts it needs.
    pub dependencies: Vec<Option<Dependency>>,
    /// `application`, `library` or nothing, which means `application`.
    pub chart_type: String,
}

/// Someone who looks after a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintainer {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// A page.
    pub url: String,
}

/// A chart that a chart needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependency {
    /// The name in the needed chart's own `Chart.yaml`.
    pub name: String,
    /// The versions that will do.
    pub version: String,
    /// Where the chart is published.
    pub repository: String,
    /// The paths of values, of which the first boolean one turns the chart on or off.
    pub condition: String,
    /// The tags that turn the chart on or off.
    pub tags: Vec<String>,
    /// Whether it is part of the render.
    pub enabled: bool,
    /// Which values of the needed chart become values of this one.
    pub import_values: Vec<Value>,
    /// The name it goes by in this chart, or nothing.
    pub alias: String,
}

impl Metadata {
    /// Lays the fields of a file over what is known already.
    pub(in crate::helm) fn lay(&mut self, file: &Map<String, Value>) -> Result<(), String> {
        Place::root().each(file, |name, at, value| {
            match name {
                "name" => at.text(value, &mut self.name)?,
                "home" => at.text(value, &mut self.home)?,
                "sources" => at.texts(value, &mut self.sources)?,
                "version" => at.text(value, &mut self.version)?,
                "description" => at.text(value, &mut self.description)?,
                "keywords" => at.texts(value, &mut self.keywords)?,
                "maintainers" => at.structs(value, &mut self.maintainers)?,
                "icon" => at.text(value, &mut self.icon)?,
                "apiversion" => at.text(value, &mut self.api_version)?,
                "condition" => at.text(value, &mut self.condition)?,
                "tags" => at.text(value, &mut self.tags)?,
                "appversion" => at.text(value, &mut self.app_version)?,
                "deprecated" => at.boolean(value, &mut self.deprecated)?,
                "annotations" => at.pairs(value, &mut self.annotations)?,
                "kubeversion" => at.text(value, &mut self.kube_version)?,
                "dependencies" => at.structs(value, &mut self.dependencies)?,
                "type" => at.text(value, &mut self.chart_type)?,
                _ => {}
            }
            Ok(())
        })
    }

    /// Whether the chart gives templates to other charts and nothing of its own.
    pub fn is_library(&self) -> bool {
        self.chart_type.eq_ignore_ascii_case("library")
    }

    /// Checks what every chart needs, and takes out what cannot be printed.
    pub(in crate::helm) fn validate(&mut self) -> Result<(), String> {
        for text in [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ] {
            sanitize(text);
        }
        self.sources.iter_mut().chain(&mut self.keywords).for_each(sanitize);
        self.check().map_err(|problem| format!("validation: {problem}"))
    }

    fn check(&mut self) -> Result<(), String> {
        let required = |field: &str| Err(format!("chart.metadata.{field} is required"));
        if self.api_version.is_empty() {
            return required("apiVersion");
        }
        if self.name.is_empty() {
            return required("name");
        }
        let name = go_quote(&self.name);
        if self.name == "." || self.name == ".." {
            return Err(format!("chart.metadata.name {name} is not allowed"));
        }
        if self.name.contains('/') {
            return Err(format!("chart.metadata.name {name} is invalid"));
        }
        if self.version.is_empty() {
            return required("version");
        }
        if Version::parse(&self.version).is_err() {
            return Err(format!("chart.metadata.version {} is invalid", go_quote(&self.version)));
        }
        if !matches!(self.chart_type.as_str(), "" | "application" | "library") {
            return Err("chart.metadata.type must be application or library".to_owned());
        }
        if self.maintainers.iter().any(Option::is_none) {
            return Err("maintainers must not contain empty or null nodes".to_owned());
        }
        for maintainer in self.maintainers.iter_mut().flatten() {
            sanitize(&mut maintainer.name);
            sanitize(&mut maintainer.email);
            sanitize(&mut maintainer.url);
        }
        self.check_dependencies()
    }

    fn check_dependencies(&mut self) -> Result<(), String> {
        let mut known: Vec<String> = Vec::new();
        for dependency in &mut self.dependencies {
            let Some(dependency) = dependency else {
                return Err("dependencies must not contain empty or null nodes".to_owned());
            };
            dependency.check()?;
            let key = dependency.key().to_owned();
            if known.contains(&key) {
                let key = go_quote(&key);
                return Err(format!("more than one dependency with name or alias {key}"));
            }
            known.push(key);
        }
        Ok(())
    }
}

impl Dependency {
    /// The name it goes by in the chart that needs it.
    pub fn key(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }

    fn check(&mut self) -> Result<(), String> {
        for text in [&mut self.name, &mut self.version, &mut self.repository, &mut self.condition] {
            sanitize(text);
        }
        self.tags.iter_mut().for_each(sanitize);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !self.alias.bytes().all(allowed) {
            let name = go_quote(&self.name);
            return Err(format!("dependency {name} has disallowed characters in the alias"));
        }
        Ok(())
    }
}

impl Fields for Dependency {
    const TYPE: &'static str = "v2.Dependency";

    fn field(&mut self, name: &str, at: &Place<'_>, value: &Value) -> Result<(), String> {
        match name {
            "name" => at.text(value, &mut self.name),
            "version" => at.text(value, &mut self.version),
            "repository" => at.text(value, &mut self.repository),
            "condition" => at.text(value, &mut self.condition),
            "tags" => at.texts(value, &mut self.tags),
            "enabled" => at.boolean(value, &mut self.enabled),
            "import-values" => at.anything(value, &mut self.import_values),
            "alias" => at.text(value, &mut self.alias),
            _ => Ok(()),
        }
    }
}

impl Fields for Maintainer {
    const TYPE: &'static str = "v2.Maintainer";

    fn field(&mut self, name: &str, at: &Place<'_>, value: &Value) -> Result<(), String> {
        match name {
            "name" => at.text(value, &mut self.name),
            "email" => at.text(value, &mut self.email),
            "url" => at.text(value, &mut self.url),
            _ => Ok(()),
        }
    }
}

// Blanks of all kinds become plain ones, what cannot be printed goes.
fn sanitize(text: &mut String) {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return;
    }
    let clean = text.chars().filter_map(|char| match char {
        _ if go_space(char) => Some(' '),
        _ if go_print(char) => Some(char),
        _ => None,
    });
    *text = clean.collect();
}
