//! The pieces that objects are made of.

use serde_json::{Value, json};

use crate::{kinds::Piece, random::Random};

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

fn volumes(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for name in random.some(&["data", "conf"]) {
        let sources = [
            json!({ "emptyDir": {} }),
            json!({ "configMap": { "name": "c" } }),
            json!({ "secret": { "secretName": "s", "defaultMode": 256 } }),
            json!({ "secret": {} }),
        ];
        let mut volume = random.pick(&sources).clone();
        volume["name"] = name.into();
        out.push(volume);
    }
    out.into()
}

fn claims(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for name in random.some(&["data", "logs"]) {
        let storage = random.pick(&["1Gi", "1024Mi", "16Gi", "0.5Gi"]);
        out.push(json!({ "metadata": { "name": name }, "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": { "requests": { "storage": storage } },
        }}));
    }
    out.into()
}

fn bytes(random: &mut Random) -> Value {
    (*random.pick(&["eA==", "", "dHdv", "eB=="])).into()
}

fn references(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for name in random.some(&["one", "two"]) {
        out.push(json!({ "name": name }));
    }
    out.into()
}

fn backend(random: &mut Random) -> Value {
    json!({ "name": "web", "port": { "number": random.pick(&[80, 443]) } })
}

fn rules(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for host in random.some(&["a.example.com", "b.example.com"]) {
        let mut paths = Vec::new();
        for path in random.some(&["/", "/x"]) {
            paths.push(json!({
                "path": path,
                "pathType": random.pick(&["Prefix", "Exact"]),
                "backend": { "service": backend(random) },
            }));
        }
        out.push(json!({ "host": host, "http": { "paths": paths } }));
    }
    out.into()
}

fn role_rules(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for resource in random.some(&["pods", "services"]) {
        let verbs = random.some(&["get", "list"]);
        out.push(json!({ "apiGroups": [""], "resources": [resource], "verbs": verbs }));
    }
    out.into()
}

fn conditions(random: &mut Random) -> Value {
    let mut out = Vec::new();
    for kind in random.some(&["Ready", "Other"]) {
        out.push(json!({ "type": kind, "status": random.pick(&["True", "False"]) }));
    }
    out.into()
}

pub(crate) const METADATA: [Piece; 5] = [
    piece("metadata.labels.a", word),
    piece("metadata.labels.b", word),
    piece("metadata.annotations.n", word),
    piece("metadata.finalizers", finalizers),
    piece("metadata.ownerReferences", owner),
];

pub(crate) const CONFIG_MAP: [Piece; 6] = [
    piece("data.a", word),
    piece("data.b", word),
    piece("data.c", word),
    piece("data", object),
    piece("binaryData.x", |_| "eA==".into()),
    piece("immutable", flag),
];

pub(crate) const DEPLOYMENT: [Piece; 10] = [
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

pub(crate) const SERVICE: [Piece; 6] = [
    piece("spec.ports", service_ports),
    piece("spec.ports", service_ports),
    piece("spec.selector.app", word),
    piece("spec.selector", object),
    piece("spec.sessionAffinity", |random| (*random.pick(&["None", "ClientIP"])).into()),
    piece("spec.type", |random| (*random.pick(&["ClusterIP", "NodePort"])).into()),
];

pub(crate) const WIDGET: [Piece; 14] = [
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

pub(crate) const STATEFUL_SET: [Piece; 9] = [
    piece("spec.replicas", number),
    piece("spec.minReadySeconds", number),
    piece("spec.podManagementPolicy", |_| "Parallel".into()),
    piece("spec.template.spec.containers", containers),
    piece("spec.template.metadata.annotations.t", word),
    piece("spec.template.spec.volumes", volumes),
    piece("spec.updateStrategy.type", |random| {
        (*random.pick(&["OnDelete", "RollingUpdate"])).into()
    }),
    piece("spec.volumeClaimTemplates", claims),
    piece("spec.volumeClaimTemplates", claims),
];

pub(crate) const SECRET: [Piece; 7] = [
    piece("data.a", bytes),
    piece("data.b", bytes),
    piece("data", |_| json!({})),
    piece("stringData.c", word),
    piece("stringData", object),
    piece("immutable", flag),
    piece("type", |random| (*random.pick(&["Opaque", "example.com/t"])).into()),
];

pub(crate) const ACCOUNT: [Piece; 4] = [
    piece("secrets", references),
    piece("secrets", references),
    piece("imagePullSecrets", references),
    piece("automountServiceAccountToken", flag),
];

pub(crate) const INGRESS: [Piece; 5] = [
    piece("spec.rules", rules),
    piece("spec.rules", rules),
    piece("spec.defaultBackend.service", backend),
    piece("spec.ingressClassName", |random| (*random.pick(&["x", "y"])).into()),
    piece("spec.tls", |random| json!([{ "hosts": words(random), "secretName": "s" }])),
];

pub(crate) const ROLE: [Piece; 2] = [piece("rules", role_rules), piece("rules", role_rules)];

pub(crate) const STATUS: [Piece; 3] = [
    piece("status.replicas", number),
    piece("status.observedGeneration", number),
    piece("status.conditions", conditions),
];
