//! The kinds that sequences are about, and what their objects may say.

use serde_json::{Value, json};

use crate::random::Random;

/// A kind, its place in the API, and the pieces its objects are made of.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) api_version: &'static str,
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) status: bool,
    pub(crate) scale: bool,
    pub(crate) custom: bool,
    /// What every sensible object says.
    pub(crate) base: fn() -> Value,
    /// Pieces that may be added: each names a field and draws its value.
    pub(crate) pieces: &'static [Piece],
}

/// A field, and what it may hold.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) path: &'static str,
    pub(crate) draw: fn(&mut Random) -> Value,
}

const fn piece(path: &'static str, draw: fn(&mut Random) -> Value) -> Piece {
    Piece { path, draw }
}

fn word(random: &mut Random) -> Value {
    (*random.pick(&["1", "2", "x", ""])).into()
}

fn number(random: &mut Random) -> Value {
    random.below(4).into()
}

fn flag(random: &mut Random) -> Value {
    random.one_in(2).into()
}

fn owner(_: &mut Random) -> Value {
    json!([{ "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "0-0-0" }])
}

fn finalizers(random: &mut Random) -> Value {
    random.some(&["example.com/a", "example.com/b"]).into()
}

fn words(random: &mut Random) -> Value {
    random.some(&["a", "b", "c"]).into()
}

fn containers(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for name in random.some(&["one", "two", "three"]) {
        let mut container = json!({ "name": name, "image": random.pick(&["i:1", "i:2"]) });
        if random.one_in(3) {
            container["env"] = env(random);
        }
        if random.one_in(3) {
            container["ports"] = container_ports(random);
        }
        if random.one_in(4) {
            container["args"] = words(random);
        }
        if random.one_in(5) {
            container["resources"] = json!({ "limits": { "cpu": random.pick(&["1", "500m"]) } });
        }
        out.push(container);
    }
    out.into()
}

fn env(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for name in random.some(&["A", "B"]) {
        out.push(json!({ "name": name, "value": word(random) }));
    }
    out.into()
}

fn container_ports(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for port in random.some(&[80, 81]) {
        let mut entry = json!({ "containerPort": port });
        if random.one_in(2) {
            entry["protocol"] = (*random.pick(&["TCP", "UDP"])).into();
        }
        if random.one_in(2) {
            entry["name"] = format!("p{port}").into();
        }
        out.push(entry);
    }
    out.into()
}

fn service_ports(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for port in random.some(&[80, 81, 443]) {
        let mut entry = json!({ "port": port, "name": format!("p{port}") });
        if random.one_in(3) {
            entry["targetPort"] = random.pick(&[json!(8080), json!("web")]).clone();
        }
        if random.one_in(3) {
            entry["protocol"] = (*random.pick(&["TCP", "UDP"])).into();
        }
        out.push(entry);
    }
    out.into()
}

fn map_list(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for port in random.some(&[1, 2, 3]) {
        let mut entry = json!({ "port": port });
        if random.one_in(2) {
            entry["protocol"] = (*random.pick(&["TCP", "UDP"])).into();
        }
        if random.one_in(2) {
            entry["note"] = word(random);
        }
        if random.one_in(3) {
            entry["tags"] = words(random);
        }
        out.push(entry);
    }
    out.into()
}

fn object(random: &mut Random) -> Value {
    let mut out = json!({});
    for name in random.some(&["a", "b", "c"]) {
        out[name] = word(random);
    }
    out
}

fn anything(random: &mut Random) -> Value {
    match random.below(4) {
        0 => object(random),
        1 => json!([{ "a": word(random) }, 1]),
        2 => json!({ "deep": { "er": object(random) } }),
        _ => word(random),
    }
}

fn conditions(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for kind in random.some(&["Ready", "Other"]) {
        out.push(json!({ "type": kind, "status": random.pick(&["True", "False"]) }));
    }
    out.into()
}

const METADATA: [Piece; 5] = [
    piece("metadata.labels.a", word),
    piece("metadata.labels.b", word),
    piece("metadata.annotations.n", word),
    piece("metadata.finalizers", finalizers),
    piece("metadata.ownerReferences", owner),
];

const CONFIG_MAP: [Piece; 6] = [
    piece("data.a", word),
    piece("data.b", word),
    piece("data.c", word),
    piece("data", object),
    piece("binaryData.x", |_| "eA==".into()),
    piece("immutable", flag),
];

const DEPLOYMENT: [Piece; 10] = [
    piece("spec.replicas", number),
    piece("spec.paused", flag),
    piece("spec.minReadySeconds", number),
    piece("spec.revisionHistoryLimit", number),
    piece("spec.template.spec.containers", containers),
    piece("spec.template.spec.containers", containers),
    piece("spec.template.metadata.annotations.t", word),
    piece("spec.template.spec.hostNetwork", flag),
    piece("spec.strategy.type", |random| (*random.pick(&["Recreate", "RollingUpdate"])).into()),
    piece("spec.template.spec.nodeSelector", object),
];

const SERVICE: [Piece; 6] = [
    piece("spec.ports", service_ports),
    piece("spec.ports", service_ports),
    piece("spec.selector.app", word),
    piece("spec.selector", object),
    piece("spec.sessionAffinity", |random| (*random.pick(&["None", "ClientIP"])).into()),
    piece("spec.type", |random| (*random.pick(&["ClusterIP", "NodePort"])).into()),
];

const WIDGET: [Piece; 14] = [
    piece("spec.replicas", number),
    piece("spec.text", word),
    piece("spec.atomicList", words),
    piece("spec.setList", words),
    piece("spec.mapList", map_list),
    piece("spec.mapList", map_list),
    piece("spec.labels", object),
    piece("spec.labels.a", word),
    piece("spec.atomicMap", object),
    piece("spec.struct.a", word),
    piece("spec.struct.inner.b", word),
    piece("spec.atomicStruct", object),
    piece("spec.free", anything),
    piece("spec.level", number),
];

const STATUS: [Piece; 3] = [
    piece("status.replicas", number),
    piece("status.observedGeneration", number),
    piece("status.conditions", conditions),
];

/// Every kind that sequences are about.
pub(crate) const KINDS: [Kind; 4] = [
    Kind {
        api_version: "v1",
        name: "ConfigMap",
        path: "/api/v1/namespaces/{ns}/configmaps",
        status: false,
        scale: false,
        custom: false,
        base: || json!({}),
        pieces: &CONFIG_MAP,
    },
    Kind {
        api_version: "apps/v1",
        name: "Deployment",
        path: "/apis/apps/v1/namespaces/{ns}/deployments",
        status: true,
        scale: true,
        custom: false,
        base: || {
            json!({ "spec": {
                "selector": { "matchLabels": { "app": "a" } },
                "template": {
                    "metadata": { "labels": { "app": "a" } },
                    "spec": { "containers": [{ "name": "one", "image": "i:1" }] },
                },
            }})
        },
        pieces: &DEPLOYMENT,
    },
    Kind {
        api_version: "v1",
        name: "Service",
        path: "/api/v1/namespaces/{ns}/services",
        status: true,
        scale: false,
        custom: false,
        base: || json!({ "spec": { "ports": [{ "port": 80, "name": "p80" }] } }),
        pieces: &SERVICE,
    },
    Kind {
        api_version: "sequences.example.com/v1",
        name: "Widget",
        path: "/apis/sequences.example.com/v1/namespaces/{ns}/widgets",
        status: true,
        scale: true,
        custom: true,
        base: || json!({}),
        pieces: &WIDGET,
    },
];

/// The pieces of metadata that objects of every kind may have.
pub(crate) fn metadata() -> &'static [Piece] {
    &METADATA
}

/// The pieces of the status of a kind that is not custom, or is.
pub(crate) fn status() -> &'static [Piece] {
    &STATUS
}

/// The definition of the custom kind, with every type of list and mapping.
pub(crate) fn definition() -> Value {
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "integer" });
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let with = |mut schema: Value, name: &str, value: Value| {
        schema[name] = value;
        schema
    };
    let item = json!({ "type": "object", "required": ["port"], "properties": {
        "port": number(),
        "protocol": { "type": "string", "default": "TCP" },
        "note": text(),
        "tags": with(texts(), "x-kubernetes-list-type", json!("set")),
    }});
    let map_list = json!({
        "type": "array",
        "items": item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["port", "protocol"],
    });
    let labels = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let inner = json!({ "type": "object", "properties": { "b": text() } });
    let fields = json!({ "type": "object", "properties": {
        "a": text(), "b": text(), "c": text(), "inner": inner,
    }});
    let spec = json!({ "type": "object", "properties": {
        "replicas": number(),
        "text": text(),
        "level": { "type": "integer", "default": 2 },
        "atomicList": texts(),
        "setList": with(texts(), "x-kubernetes-list-type", json!("set")),
        "mapList": map_list,
        "labels": labels,
        "atomicMap": with(labels.clone(), "x-kubernetes-map-type", json!("atomic")),
        "struct": fields,
        "atomicStruct": with(fields.clone(), "x-kubernetes-map-type", json!("atomic")),
        "free": { "x-kubernetes-preserve-unknown-fields": true },
    }});
    let status = status_schema();
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.sequences.example.com" },
        "spec": {
            "group": "sequences.example.com",
            "scope": "Namespaced",
            "names": { "plural": "widgets", "kind": "Widget" },
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "subresources": {
                    "status": {},
                    "scale": {
                        "specReplicasPath": ".spec.replicas",
                        "statusReplicasPath": ".status.replicas",
                    },
                },
                "schema": { "openAPIV3Schema": {
                    "type": "object", "properties": { "spec": spec, "status": status },
                }},
            }],
        },
    })
}

fn status_schema() -> Value {
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "integer" });
    let condition = json!({ "type": "object", "required": ["type", "status"], "properties": {
        "type": text(), "status": text(),
    }});
    json!({ "type": "object", "properties": {
        "replicas": number(),
        "observedGeneration": number(),
        "conditions": {
            "type": "array",
            "items": condition,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
    }})
}
