//! The server's answers about what it serves, in the aggregated and in the plain form.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use futures_util::future::{join, join_all};
use gitops_core::ObjectId;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    call::{Call, Caller, Failure, encode},
    refusal::Refusal,
};

// The server takes the first form that it speaks.
const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// Everything the server serves.
#[derive(Debug, Default)]
pub(crate) struct Discovered {
    // By kind and group, the version preferred by the server first.
    kinds: HashMap<(String, String), Vec<Arc<Endpoint>>>,
    // Group versions that are listed, but whose server did not say what is in them.
    silent: HashSet<(String, String)>,
}

/// The address of the objects of a kind.
#[derive(Debug)]
pub(crate) struct Endpoint {
    version: String,
    // `/api/v1` or `/apis/GROUP/VERSION`.
    prefix: String,
    plural: String,
    pub(crate) namespaced: bool,
    /// Whether `status` is written on its own, and ignored in every other write.
    pub(crate) has_status: bool,
}

pub(super) enum Found {
    Served(Arc<Endpoint>),
    NotServed,
    Silent { api: String },
}

impl Endpoint {
    /// Returns the path of one object.
    pub(crate) fn path(&self, id: &ObjectId) -> Result<String, Failure> {
        let name = segment(id, &id.name)?;
        if !self.namespaced {
            return Ok(format!("{}/{}/{name}", self.prefix, self.plural));
        }
        let Some(namespace) = id.namespace.as_deref() else {
            let problem = format!("a {} needs a namespace: set metadata.namespace", id.kind);
            return Err(Failure::Local(problem));
        };
        let namespace = segment(id, namespace)?;
        Ok(format!("{}/namespaces/{namespace}/{}/{name}", self.prefix, self.plural))
    }
}

// A name with a slash, or one that means a folder, would address something else.
fn segment(id: &ObjectId, text: &str) -> Result<String, Failure> {
    if text == "." || text == ".." || text.contains(['/', '%']) {
        return Err(Failure::Local(format!("{text:?} cannot be the name of a {}", id.kind)));
    }
    Ok(encode(text))
}

impl Discovered {
    pub(super) async fn ask(caller: &Caller) -> Result<Self, Failure> {
        let core = Call::get("/api".to_owned()).accepting(ACCEPT);
        let groups = Call::get("/apis".to_owned()).accepting(ACCEPT);
        let (core, groups) = join(caller.call(&core), caller.call(&groups)).await;
        let mut discovered = Self::default();
        let mut plain = Vec::new();
        for answer in [core?.value, groups?.value] {
            let kind = answer.get("kind").and_then(Value::as_str).unwrap_or_default();
            match kind {
                "APIGroupDiscoveryList" => discovered.add_aggregated(read(answer)?),
                "APIVersions" => {
                    let versions: PlainVersions = read(answer)?;
                    plain.extend(versions.versions.into_iter().map(|v| (String::new(), v)));
                }
                "APIGroupList" => plain.extend(read::<PlainGroups>(answer)?.group_versions()),
                other => {
                    let cause = format!("discovery answers with kind {other:?}").into();
                    return Err(Failure::Unreadable { cause });
                }
            }
        }
        discovered.ask_plain(caller, plain).await?;
        Ok(discovered)
    }

    pub(super) fn find(&self, group: &str, kind: &str, version: Option<&str>) -> Found {
        let versions = self.kinds.get(&(kind.to_owned(), group.to_owned()));
        let right =
            |endpoint: &&Arc<Endpoint>| version.is_none_or(|version| endpoint.version == version);
        if let Some(endpoint) = versions.and_then(|versions| versions.iter().find(right)) {
            return Found::Served(Arc::clone(endpoint));
        }
        let silent = self.silent.iter().find(|(silent_group, silent_version)| {
            silent_group == group && version.is_none_or(|version| silent_version == version)
        });
        match silent {
            Some((group, version)) => Found::Silent { api: format!("{group}/{version}") },
            None => Found::NotServed,
        }
    }

    fn add_aggregated(&mut self, list: AggregatedList) {
        for group in list.items {
            let name = group.metadata.name;
            for version in group.versions {
                if version.freshness == "Stale" {
                    self.silent.insert((name.clone(), version.version.clone()));
                }
                let prefix = prefix(&name, &version.version);
                for resource in version.resources {
                    let has_status =
                        resource.subresources.iter().any(|s| s.subresource == "status");
                    let kind = resource.response_kind.map(|kind| kind.kind).unwrap_or_default();
                    let endpoint = Endpoint {
                        version: version.version.clone(),
                        prefix: prefix.clone(),
                        plural: resource.resource,
                        namespaced: resource.scope == "Namespaced",
                        has_status,
                    };
                    self.add(&name, kind, endpoint);
                }
            }
        }
    }

    async fn ask_plain(
        &mut self,
        caller: &Caller,
        group_versions: Vec<(String, String)>,
    ) -> Result<(), Failure> {
        let answers = join_all(group_versions.into_iter().map(|(group, version)| async move {
            let call = Call::get(prefix(&group, &version));
            (caller.call(&call).await, group, version)
        }));
        for (answer, group, version) in answers.await {
            let list = match answer {
                Ok(answer) => read::<PlainResources>(answer.value)?,
                // It was taken away since it was listed.
                Err(Failure::Refused(refusal)) if refusal.code == 404 => continue,
                Err(Failure::Refused(refusal)) if is_down(&refusal) => {
                    self.silent.insert((group, version));
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            self.add_plain(&group, &version, &list.resources);
        }
        Ok(())
    }

    fn add_plain(&mut self, group: &str, version: &str, resources: &[PlainResource]) {
        for resource in resources.iter().filter(|resource| !resource.name.contains('/')) {
            let status = format!("{}/status", resource.name);
            let endpoint = Endpoint {
                version: version.to_owned(),
                prefix: prefix(group, version),
                plural: resource.name.clone(),
                namespaced: resource.namespaced,
                has_status: resources.iter().any(|other| other.name == status),
            };
            self.add(group, resource.kind.clone(), endpoint);
        }
    }

    fn add(&mut self, group: &str, kind: String, endpoint: Endpoint) {
        if !kind.is_empty() {
            let versions = self.kinds.entry((kind, group.to_owned())).or_default();
            versions.push(Arc::new(endpoint));
        }
    }
}

fn is_down(refusal: &Refusal) -> bool {
    500 <= refusal.code || refusal.code == 429
}

fn prefix(group: &str, version: &str) -> String {
    if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") }
}

fn read<T: for<'de> Deserialize<'de>>(value: Value) -> Result<T, Failure> {
    T::deserialize(value).map_err(|cause| Failure::Unreadable { cause: cause.into() })
}

#[derive(Deserialize)]
struct AggregatedList {
    items: Vec<AggregatedGroup>,
}

#[derive(Deserialize)]
struct AggregatedGroup {
    #[serde(default)]
    metadata: AggregatedName,
    #[serde(default)]
    versions: Vec<AggregatedVersion>,
}

#[derive(Default, Deserialize)]
struct AggregatedName {
    // The core group has none.
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct AggregatedVersion {
    version: String,
    #[serde(default)]
    freshness: String,
    #[serde(default)]
    resources: Vec<AggregatedResource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AggregatedResource {
    resource: String,
    #[serde(default)]
    response_kind: Option<ResponseKind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    subresources: Vec<Subresource>,
}

#[derive(Deserialize)]
struct ResponseKind {
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct Subresource {
    subresource: String,
}

#[derive(Deserialize)]
struct PlainVersions {
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct PlainGroups {
    groups: Vec<PlainGroup>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlainGroup {
    name: String,
    versions: Vec<PlainVersion>,
    #[serde(default)]
    preferred_version: Option<PlainVersion>,
}

#[derive(Deserialize)]
struct PlainVersion {
    version: String,
}

#[derive(Deserialize)]
struct PlainResources {
    #[serde(default)]
    resources: Vec<PlainResource>,
}

#[derive(Deserialize)]
struct PlainResource {
    name: String,
    #[serde(default)]
    namespaced: bool,
    kind: String,
}

impl PlainGroups {
    // The preferred version first, as the aggregated form lists them.
    fn group_versions(self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for group in self.groups {
            let preferred = group.preferred_version.map(|preferred| preferred.version);
            let mut versions: Vec<_> = group.versions.into_iter().map(|v| v.version).collect();
            versions.sort_by_key(|version| Some(version) != preferred.as_ref());
            all.extend(versions.into_iter().map(|version| (group.name.clone(), version)));
        }
        all
    }
}
