//! The built-in resources: what discovery lists.

use std::sync::LazyLock;

/// One part of a resource that is read and written on its own, such as `status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subresource {
    /// The last segment of its path.
    pub name: String,
    /// The kind it answers with.
    pub kind: String,
    /// What can be done with it.
    pub verbs: Vec<String>,
}

/// A resource of one group and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The API group; empty for the core group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind of its objects.
    pub kind: String,
    /// The name in paths.
    pub plural: String,
    /// The name of one, in lower case.
    pub singular: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Short names, such as `deploy`.
    pub short_names: Vec<String>,
    /// Categories, such as `all`.
    pub categories: Vec<String>,
    /// Its subresources.
    pub subresources: Vec<Subresource>,
    /// What can be done with it.
    pub verbs: Vec<String>,
}

static TABLE: LazyLock<(Vec<Resource>, Vec<Group>)> =
    LazyLock::new(|| read(include_str!("resources.txt")));

type Group = (&'static str, Vec<&'static str>);

/// Returns every built-in resource.
pub fn builtin_resources() -> &'static [Resource] {
    &TABLE.0
}

/// Returns the built-in groups in the server's order, each with its versions, the preferred first.
pub fn groups() -> &'static [(&'static str, Vec<&'static str>)] {
    &TABLE.1
}

fn read(text: &'static str) -> (Vec<Resource>, Vec<Group>) {
    let (mut resources, mut groups) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let words: Vec<&'static str> = line.split(' ').collect();
        match words[..] {
            ["group", group, ref versions @ ..] => groups.push((dash(group), versions.to_vec())),
            [
                "resource",
                group,
                version,
                kind,
                plural,
                singular,
                scope,
                short_names,
                categories,
                subresources,
                verbs,
            ] => resources.push(Resource {
                group: dash(group).to_owned(),
                version: version.to_owned(),
                kind: kind.to_owned(),
                plural: plural.to_owned(),
                singular: dash(singular).to_owned(),
                namespaced: scope == "namespaced",
                short_names: list(short_names, ','),
                categories: list(categories, ','),
                subresources: list(subresources, ',').iter().map(|s| subresource(s)).collect(),
                verbs: list(verbs, ','),
            }),
            _ => unreachable!("the table has groups and resources only, found {line}"),
        }
    }
    (resources, groups)
}

fn dash(text: &str) -> &str {
    if text == "-" { "" } else { text }
}

fn list(text: &str, separator: char) -> Vec<String> {
    match dash(text) {
        "" => Vec::new(),
        text => text.split(separator).map(str::to_owned).collect(),
    }
}

fn subresource(text: &str) -> Subresource {
    let mut parts = text.splitn(3, ':');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    let (name, kind, verbs) = (part(), part(), part());
    Subresource { name, kind, verbs: list(&verbs, '+') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deployments_are_namespaced_and_scale() {
        let found = builtin_resources().iter().find(|r| r.plural == "deployments").unwrap();
        assert!(found.namespaced);
        assert_eq!(found.short_names, ["deploy"]);
        assert!(found.subresources.iter().any(|s| s.name == "scale" && s.kind == "Scale"));
        assert_eq!(groups()[0], ("", vec!["v1"]));
    }
}
