//! The kinds the server knows: the built-in ones and those of custom resource definitions.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

use gitops_core::schema::{self, Resource, Subresource, TypeId, TypeRef, Types};
use serde_json::Value;

use super::{crd::structure::Structure, store::ResourceName};

/// A kind in one version.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) info: Resource,
    pub(crate) resource: Arc<ResourceName>,
    schema: Schema,
    /// What a definition says, when the kind is custom.
    pub(crate) custom: Option<Custom>,
    /// An object without any content, once somebody asked for one.
    pub(crate) empty: OnceLock<Value>,
}

#[derive(Clone, Debug)]
enum Schema {
    Builtin(TypeRef<'static>),
    Custom(Arc<Types>, TypeId),
}

/// What a custom resource definition says about one version of its kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Custom {
    /// The name of the definition.
    pub(crate) definition: String,
    /// The schema as written.
    pub(crate) schema: Value,
    /// The schema as read, for defaults, pruning and validation.
    pub(crate) structure: Arc<Structure>,
    /// The schema that objects are stored by, when it is that of another version.
    pub(crate) storage: Option<Arc<Structure>>,
    /// The version that objects are stored in, when a webhook would convert the others.
    pub(crate) webhook: Option<String>,
    /// Where the replicas are, when the kind scales.
    pub(crate) scale: Option<Value>,
    /// Fields that lists can be selected by.
    pub(crate) selectable: Vec<String>,
    /// Columns of tables.
    pub(crate) columns: Vec<Value>,
    /// Words of warning for everyone who uses this version.
    pub(crate) deprecation: Option<String>,
}

impl Kind {
    /// Builds the kind of a custom resource in one version.
    pub(crate) fn custom(info: Resource, types: Types, root: TypeId, custom: Custom) -> Self {
        let resource =
            Arc::new(ResourceName { group: info.group.clone(), plural: info.plural.clone() });
        let schema = Schema::Custom(Arc::new(types), root);
        Self { info, resource, schema, custom: Some(custom), empty: OnceLock::new() }
    }

    /// Returns the type of its objects.
    pub(crate) fn of(&self) -> TypeRef<'_> {
        match &self.schema {
            Schema::Builtin(of) => *of,
            Schema::Custom(types, root) => types.at(*root),
        }
    }

    pub(crate) fn group(&self) -> &str {
        &self.info.group
    }

    /// Returns `group/version`, or the version alone in the core group.
    pub(crate) fn api_version(&self) -> String {
        match self.info.group.as_str() {
            "" => self.info.version.clone(),
            group => format!("{group}/{}", self.info.version),
        }
    }

    pub(crate) fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    /// Whether this is the built-in kind of that group and name.
    pub(crate) fn is(&self, group: &str, kind: &str) -> bool {
        self.custom.is_none() && self.info.group == group && self.info.kind == kind
    }

    pub(crate) fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.info.subresources.iter().find(|sub| sub.name == name)
    }

    pub(crate) fn has_status(&self) -> bool {
        self.subresource("status").is_some()
    }
}

/// Every kind, by where it is found.
#[derive(Debug)]
pub(crate) struct Kinds {
    kinds: HashMap<(String, String, String), Arc<Kind>>,
    /// Groups in the order discovery lists them, each with its versions, the preferred first.
    groups: Vec<(String, Vec<String>)>,
}

impl Kinds {
    /// Knows the built-in kinds.
    pub(crate) fn builtin() -> Self {
        let mut kinds = HashMap::new();
        for info in schema::builtin_resources().iter().filter(|info| is_served(&info.version)) {
            let Some(of) = schema::builtin(&info.group, &info.version, &info.kind) else {
                continue;
            };
            let resource =
                Arc::new(ResourceName { group: info.group.clone(), plural: info.plural.clone() });
            let schema = Schema::Builtin(of);
            let kind =
                Kind { info: info.clone(), resource, schema, custom: None, empty: OnceLock::new() };
            let at = (info.group.clone(), info.version.clone(), info.plural.clone());
            kinds.insert(at, Arc::new(kind));
        }
        let groups = schema::groups()
            .iter()
            .map(|(group, versions)| {
                let served = versions.iter().filter(|version| is_served(version));
                ((*group).to_owned(), served.map(|version| (*version).to_owned()).collect())
            })
            .filter(|(_, versions): &(String, Vec<String>)| !versions.is_empty())
            .collect();
        Self { kinds, groups }
    }

    /// Finds the kind served at a path.
    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Kind>> {
        self.kinds.get(&(group.to_owned(), version.to_owned(), plural.to_owned()))
    }

    /// Finds a kind by its name.
    pub(crate) fn named(&self, group: &str, version: &str, kind: &str) -> Option<&Arc<Kind>> {
        self.kinds.values().find(|known| {
            known.info.group == group && known.info.version == version && known.info.kind == kind
        })
    }

    /// Returns a kind in every version that is served.
    pub(crate) fn versions_of<'k>(&'k self, kind: &'k Kind) -> impl Iterator<Item = &'k Arc<Kind>> {
        let same = |known: &&Arc<Kind>| known.resource == kind.resource;
        self.kinds.values().filter(same)
    }

    pub(crate) fn groups(&self) -> &[(String, Vec<String>)] {
        &self.groups
    }

    /// Returns the kinds of a version in the order of their plurals.
    pub(crate) fn of_version(&self, group: &str, version: &str) -> Vec<&Arc<Kind>> {
        let mut found: Vec<&Arc<Kind>> = self
            .kinds
            .values()
            .filter(|kind| kind.info.group == group && kind.info.version == version)
            .collect();
        found.sort_by(|a, b| a.info.plural.cmp(&b.info.plural));
        found
    }

    /// Replaces what a definition brought.
    pub(crate) fn define(&mut self, definition: &str, kinds: Vec<Kind>) {
        self.undefine(definition);
        for kind in kinds {
            let at = (kind.info.group.clone(), kind.info.version.clone(), kind.info.plural.clone());
            self.kinds.insert(at, Arc::new(kind));
        }
        self.regroup();
    }

    /// Forgets what a definition brought.
    pub(crate) fn undefine(&mut self, definition: &str) {
        self.kinds.retain(|_, kind| {
            kind.custom.as_ref().is_none_or(|custom| custom.definition != definition)
        });
        self.regroup();
    }

    fn regroup(&mut self) {
        let mut custom: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for kind in self.kinds.values().filter(|kind| kind.is_custom()) {
            let versions = custom.entry(kind.info.group.clone()).or_default();
            if !versions.contains(&kind.info.version) {
                versions.push(kind.info.version.clone());
            }
        }
        let own = |(_, versions): &&(&str, Vec<&str>)| versions.iter().any(|v| is_served(v));
        let builtin = schema::groups().iter().filter(own).count();
        self.groups.truncate(builtin);
        for (group, mut versions) in custom {
            versions.sort_by_key(|version| std::cmp::Reverse(priority(version)));
            match self.groups[..builtin].iter_mut().find(|(known, _)| *known == group) {
                Some((_, known)) => {
                    for version in versions {
                        if !known.contains(&version) {
                            known.push(version);
                        }
                    }
                }
                None => self.groups.push((group, versions)),
            }
        }
    }
}

/// Whether a version of a built-in group is served without being asked for: the finished ones are.
fn is_served(version: &str) -> bool {
    !version.contains("alpha") && !version.contains("beta")
}

/// Orders versions: stable before beta before alpha, then by number, then everything else by name.
pub(crate) fn priority(version: &str) -> (u8, u32, u32, std::cmp::Reverse<String>) {
    let name = std::cmp::Reverse(version.to_owned());
    let parsed = version.strip_prefix('v').and_then(|rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let major: u32 = rest[..digits].parse().ok()?;
        let (class, minor) = match &rest[digits..] {
            "" => (3, "0"),
            tail => match (tail.strip_prefix("beta"), tail.strip_prefix("alpha")) {
                (Some(minor), _) => (2, minor),
                (_, Some(minor)) => (1, minor),
                _ => return None,
            },
        };
        Some((class, major, if minor.is_empty() { 0 } else { minor.parse().ok()? }))
    });
    match parsed {
        Some((class, major, minor)) => (class, major, minor, name),
        None => (0, 0, 0, name),
    }
}
