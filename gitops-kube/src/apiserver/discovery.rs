//! Discovery, version and health: what clients ask before anything else.

use serde_json::{Map, Value, json};

use super::{
    answer::Answer,
    kinds::Kind,
    negotiate, openapi,
    request::Request,
    status::{Failure, Result},
    world::World,
};

/// Answers requests that are for no resource.
pub(crate) fn plain(world: &World, request: &Request) -> Option<Result<Answer>> {
    if request.method != http::Method::GET {
        return None;
    }
    let path = request.path.trim_end_matches('/');
    match path {
        "/readyz" | "/healthz" | "/livez" => {
            let check = &path[1..];
            let text = match request.param("verbose") {
                Some(_) => format!("[+]ping ok\n{check} check passed\n"),
                None => "ok".to_owned(),
            };
            return Some(Ok(Answer::Text(200, text)));
        }
        "/version" => return Some(Ok(Answer::object(200, version()))),
        "/api" => return Some(core(world, request)),
        "/apis" => return Some(groups(world, request)),
        "/openapi/v2" => {
            let whole = openapi::whole(&world.kinds);
            let binary = request.header("accept").contains(openapi::binary::ASKED);
            return Some(Ok(match binary {
                true => Answer::Bytes(openapi::binary::MEDIA, openapi::binary::document(&whole)),
                false => Answer::object(200, whole),
            }));
        }
        "/openapi/v3" => return Some(Ok(Answer::object(200, openapi::index(&world.kinds)))),
        _ => {}
    }
    if let Some(path) = path.strip_prefix("/openapi/v3/") {
        return Some(Ok(match openapi::document(&world.kinds, path) {
            Some(document) => Answer::object(200, document),
            None => Answer::Text(404, String::new()),
        }));
    }
    let mut parts = path.strip_prefix('/')?.split('/');
    match (parts.next()?, parts.next()?, parts.next(), parts.next()) {
        ("api", version, None, None) => resources(world, "", version).map(Ok),
        ("apis", group, None, None) => {
            let versions = world.kinds.groups().iter().find(|(known, _)| known == group)?;
            let mut group = group_entry(&versions.0, &versions.1);
            group["kind"] = "APIGroup".into();
            group["apiVersion"] = "v1".into();
            Some(Ok(Answer::object(200, group)))
        }
        ("apis", group, Some(version), None) => {
            let found = resources(world, group, version).map(Ok);
            // Groups of the server's own know which versions they have.
            let own = gitops_core::schema::groups().iter().any(|(known, _)| *known == group);
            found.or_else(|| own.then(|| Err(Failure::no_resource())))
        }
        _ => None,
    }
}

fn version() -> Value {
    json!({
        "major": "1",
        "minor": "36",
        "emulationMajor": "1",
        "emulationMinor": "36",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35",
        "gitVersion": "v1.36.2",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "",
    })
}

fn core(world: &World, request: &Request) -> Result<Answer> {
    if negotiate::is_aggregated(request)? {
        return Ok(aggregated(world, "v2", str::is_empty));
    }
    Ok(Answer::object(
        200,
        json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [
                { "clientCIDR": "0.0.0.0/0", "serverAddress": request.header("host") },
            ],
        }),
    ))
}

fn groups(world: &World, request: &Request) -> Result<Answer> {
    if negotiate::is_aggregated(request)? {
        return Ok(aggregated(world, "v2", |group| !group.is_empty()));
    }
    let groups: Vec<Value> = world
        .kinds
        .groups()
        .iter()
        .filter(|(group, _)| !group.is_empty())
        .map(|(group, versions)| group_entry(group, versions))
        .collect();
    let list = json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups });
    Ok(Answer::object(200, list))
}

fn group_entry(group: &str, versions: &[String]) -> Value {
    let entry = |version: &String| {
        let full = format!("{group}/{version}");
        json!({ "groupVersion": full, "version": version })
    };
    let all: Vec<Value> = versions.iter().map(entry).collect();
    json!({ "name": group, "versions": all, "preferredVersion": versions.first().map(entry) })
}

fn resources(world: &World, group: &str, version: &str) -> Option<Answer> {
    let kinds = world.kinds.of_version(group, version);
    if kinds.is_empty() {
        return None;
    }
    let mut resources = Vec::new();
    for kind in kinds {
        resources.push(resource_entry(kind));
        for sub in &kind.info.subresources {
            let mut entry = json!({
                "name": format!("{}/{}", kind.info.plural, sub.name),
                "singularName": "",
                "namespaced": kind.info.namespaced,
                "kind": sub.kind,
                "verbs": sub.verbs,
            });
            if let Some((group, version)) = foreign(kind, &sub.kind) {
                entry["group"] = group.into();
                entry["version"] = version.into();
            }
            resources.push(entry);
        }
    }
    let group_version =
        if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut list = json!({
        "kind": "APIResourceList",
        "groupVersion": group_version,
        "resources": resources,
    });
    if !group.is_empty() {
        list["apiVersion"] = "v1".into();
    }
    Some(Answer::object(200, list))
}

fn resource_entry(kind: &Kind) -> Value {
    let info = &kind.info;
    let mut entry = json!({
        "name": info.plural,
        "singularName": info.singular,
        "namespaced": info.namespaced,
        "kind": info.kind,
        "verbs": info.verbs,
    });
    if !info.short_names.is_empty() {
        entry["shortNames"] = json!(info.short_names);
    }
    if !info.categories.is_empty() {
        entry["categories"] = json!(info.categories);
    }
    entry
}

/// Names the group and version of a subresource's kind where they are not the parent's.
fn foreign(kind: &Kind, sub: &str) -> Option<(&'static str, &'static str)> {
    match sub {
        "Scale" if kind.group().is_empty() || kind.group() == "apps" || kind.is_custom() => {
            Some(("autoscaling", "v1"))
        }
        "Eviction" => Some(("policy", "v1")),
        "TokenRequest" => Some(("authentication.k8s.io", "v1")),
        _ => None,
    }
}

fn aggregated(world: &World, version: &str, wanted: impl Fn(&str) -> bool) -> Answer {
    let groups: Vec<Value> = world
        .kinds
        .groups()
        .iter()
        .filter(|(group, _)| wanted(group))
        .map(|(group, versions)| {
            let versions: Vec<Value> =
                versions.iter().map(|version| aggregated_version(world, group, version)).collect();
            let mut metadata = Map::new();
            if !group.is_empty() {
                metadata.insert("name".to_owned(), group.as_str().into());
            }
            json!({ "metadata": metadata, "versions": versions })
        })
        .collect();
    let list = json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": format!("apidiscovery.k8s.io/{version}"),
        "metadata": {},
        "items": groups,
    });
    let kind = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    Answer::Document(kind, list)
}

fn aggregated_version(world: &World, group: &str, version: &str) -> Value {
    let resources: Vec<Value> = world
        .kinds
        .of_version(group, version)
        .into_iter()
        .map(|kind| aggregated_resource(kind))
        .collect();
    json!({ "version": version, "resources": resources, "freshness": "Current" })
}

fn aggregated_resource(kind: &Kind) -> Value {
    let info = &kind.info;
    // The core group leaves out its version here.
    let version = if info.group.is_empty() { "" } else { info.version.as_str() };
    let response = json!({ "group": info.group, "version": version, "kind": info.kind });
    let subresources: Vec<Value> = info
        .subresources
        .iter()
        .map(|sub| {
            let (group, version) = foreign(kind, &sub.kind).unwrap_or((&info.group, version));
            json!({
                "subresource": sub.name,
                "responseKind": { "group": group, "version": version, "kind": sub.kind },
                "verbs": sub.verbs,
            })
        })
        .collect();
    let mut entry = json!({
        "resource": info.plural,
        "responseKind": response,
        "scope": if info.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": info.singular,
        "verbs": info.verbs,
    });
    if !info.short_names.is_empty() {
        entry["shortNames"] = json!(info.short_names);
    }
    if !info.categories.is_empty() {
        entry["categories"] = json!(info.categories);
    }
    if !subresources.is_empty() {
        entry["subresources"] = subresources.into();
    }
    entry
}
