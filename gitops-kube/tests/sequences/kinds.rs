//! The kinds that sequences are about, and what their objects may say.

use serde_json::{Value, json};

use crate::{
    pieces::{
        ACCOUNT, CONFIG_MAP, DEPLOYMENT, INGRESS, METADATA, ROLE, SECRET, SERVICE, STATEFUL_SET,
        STATUS, WIDGET,
    },
    random::Random,
};

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

/// Every kind that sequences are about.
pub(crate) const KINDS: [Kind; 9] = [
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
        api_version: "apps/v1",
        name: "StatefulSet",
        path: "/apis/apps/v1/namespaces/{ns}/statefulsets",
        status: true,
        scale: true,
        custom: false,
        base: || {
            json!({ "spec": {
                "serviceName": "db",
                "selector": { "matchLabels": { "app": "a" } },
                "template": {
                    "metadata": { "labels": { "app": "a" } },
                    "spec": { "containers": [{ "name": "one", "image": "i:1" }] },
                },
            }})
        },
        pieces: &STATEFUL_SET,
    },
    Kind {
        api_version: "v1",
        name: "Secret",
        path: "/api/v1/namespaces/{ns}/secrets",
        status: false,
        scale: false,
        custom: false,
        base: || json!({}),
        pieces: &SECRET,
    },
    Kind {
        api_version: "v1",
        name: "ServiceAccount",
        path: "/api/v1/namespaces/{ns}/serviceaccounts",
        status: false,
        scale: false,
        custom: false,
        base: || json!({}),
        pieces: &ACCOUNT,
    },
    Kind {
        api_version: "networking.k8s.io/v1",
        name: "Ingress",
        path: "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses",
        status: true,
        scale: false,
        custom: false,
        base: || {
            json!({ "spec": { "defaultBackend": { "service": {
                "name": "web", "port": { "number": 80 },
            }}}})
        },
        pieces: &INGRESS,
    },
    Kind {
        api_version: "rbac.authorization.k8s.io/v1",
        name: "Role",
        path: "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles",
        status: false,
        scale: false,
        custom: false,
        base: || json!({}),
        pieces: &ROLE,
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
