//! A Kubernetes API server in the process, for tests of everything that talks to one.
//!
//! [`ApiServer`] answers as a real server does: discovery, reading, writing, server-side apply with
//! field ownership, patches, watches, custom resources. It needs no socket, no binary and no
//! cleaning up: a test makes one, a few hundred a second if it likes, and drops it. It can also
//! listen, so that `kubectl` works against it ([`ApiServer::listen`]).
//!
//! # For those who write controllers with `kube`
//!
//! **Start, and get a client.** The client's requests go straight to the server. Everything
//! `kube` has works on it: `Api`, `watcher`, `Controller`.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use gitops_kube::apiserver::ApiServer;
//! use k8s_openapi::api::core::v1::ConfigMap;
//! use kube::{Api, api::{Patch, PatchParams}};
//! use serde_json::json;
//!
//! let server = ApiServer::new();
//! let maps: Api<ConfigMap> = Api::namespaced(server.client("default"), "default");
//! let body = json!({
//!     "apiVersion": "v1", "kind": "ConfigMap",
//!     "metadata": { "name": "settings" }, "data": { "color": "red" },
//! });
//! maps.patch("settings", &PatchParams::apply("me"), &Patch::Apply(&body)).await?;
//! let owners = maps.get("settings").await?.metadata.managed_fields.unwrap();
//! assert_eq!(owners[0].manager.as_deref(), Some("me"));
//! # Ok::<(), kube::Error>(())
//! # }).unwrap();
//! ```
//!
//! **Put objects there first, and look at what is there afterwards.** A seed makes uids and drawn
//! names the same in every run; [`ApiServer::writes`] and [`ApiServer::request_log`] say what the
//! code under test did, [`ApiServer::snapshot`] what it left.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! # use gitops_kube::apiserver::ApiServer;
//! # use k8s_openapi::api::core::v1::ConfigMap;
//! # use kube::{Api, api::PostParams};
//! let server = ApiServer::builder().seed(7).build();
//! let maps: Api<ConfigMap> = Api::namespaced(server.client("default"), "default");
//! for name in ["one", "two"] {
//!     let mut map = ConfigMap::default();
//!     map.metadata.name = Some(name.to_owned());
//!     maps.create(&PostParams::default(), &map).await?;
//! }
//! assert_eq!(server.writes(), 2);
//! assert!(server.request_log().iter().all(|request| request.method == "POST"));
//! let found = server.snapshot();
//! assert!(found.iter().any(|object| object["metadata"]["name"] == "two"));
//! # Ok::<(), kube::Error>(())
//! # }).unwrap();
//! ```
//!
//! **Watch.** Watches hear of changes as they happen, with bookmarks, and end with 410 when they
//! ask for versions that are forgotten.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! # use gitops_kube::apiserver::ApiServer;
//! # use k8s_openapi::api::core::v1::Namespace;
//! # use futures_util::StreamExt;
//! # use kube::{Api, api::{WatchEvent, WatchParams}};
//! let server = ApiServer::new();
//! let namespaces: Api<Namespace> = Api::all(server.client("default"));
//! let events = namespaces.watch(&WatchParams::default(), "0").await?;
//! let first = events.boxed().next().await.unwrap()?;
//! assert!(matches!(first, WatchEvent::Added(namespace) if namespace.metadata.name.is_some()));
//! # Ok::<(), kube::Error>(())
//! # }).unwrap();
//! ```
//!
//! **Let things go wrong.** [`faults`] loses answers, refuses, cuts watches, lets rivals write in
//! between: one line each, or drawn from a seed.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! # use k8s_openapi::api::core::v1::ConfigMap;
//! # use kube::{Api, api::PostParams};
//! use gitops_kube::apiserver::{ApiServer, faults::{Asked, Fault, Faults}};
//!
//! let server = ApiServer::new();
//! let faults = Faults::of(&server);
//! faults.on(Asked::writes("configmaps"), Fault::ServerError(503));
//! let maps: Api<ConfigMap> = Api::namespaced(faults.client("default"), "default");
//! let mut map = ConfigMap::default();
//! map.metadata.name = Some("one".to_owned());
//! assert!(maps.create(&PostParams::default(), &map).await.is_err());
//! assert!(maps.create(&PostParams::default(), &map).await.is_ok(), "the fault was for one");
//! # });
//! ```
//!
//! **Controllers** can be stepped or run in the background ([`ApiServer::controllers`]); without them
//! Deployments stay without pods and a namespace ends as soon as it is empty.
//!
//! **Time** comes from the clock that [`ApiServerBuilder::clock`] is given: under
//! `#[tokio::test(start_paused = true)]` timeouts of watches take no time.
//!
//! **Patches** alone, without a server, are in [`patch`].
//!
//! **Users.** Everybody is an administrator unless users are told apart: see [`ApiServerBuilder::token`],
//! [`ApiServer::client_as`] and the headers of impersonation.
//!
//! There is no TLS and no admission webhook; where versions of custom resources would be converted by a webhook, the
//! request fails and says so. Nothing runs in pods, so that there are no logs and nothing to attach to.

mod access;
mod answer;
mod at;
mod bytes;
mod conform;
mod controllers;
mod crd;
mod create;
mod decode;
mod defaults;
mod delete;
mod discovery;
mod duplicates;
mod evict;
pub mod faults;
mod garbage;
mod held;
mod kinds;
mod list;
mod listen;
mod managed;
mod namespaces;
mod negotiate;
mod openapi;
mod params;
pub mod patch;
mod precondition;
mod protobuf;
mod quantity;
mod read;
mod recent;
mod references;
mod request;
mod route;
mod scale;
mod select;
mod server;
mod shown;
mod stale;
mod status;
mod store;
mod syntax;
mod table;
mod traces;
mod update;
mod validate;
mod watch;
mod world;
mod write;

pub use self::{
    access::User,
    answer::Body,
    controllers::{
        Behaviour, Controllers, NODES_MAX, Pods, Running, SCRIPT_LINES_MAX, SETTLE_STEPS_MAX,
        Unsettled,
    },
    listen::Listening,
    server::{ApiServer, ApiServerBuilder, LoggedRequest},
};
