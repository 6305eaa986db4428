//! A Kubernetes API server in the process, as a tower service.
//!
//! [`ApiServer`] answers like a real server: discovery, reading, writing, server-side apply with
//! field ownership, watches and custom resources. It needs no socket, and can listen on one so
//! that `kubectl` works against it. There is no authentication.
//!
//! [`Controllers`] make pods of workloads, as a controller manager and a kubelet do, and fail as a test tells them to.

mod answer;
mod conform;
mod controllers;
mod crd;
mod create;
mod decode;
mod defaults;
mod delete;
mod discovery;
mod garbage;
mod kinds;
mod listen;
mod managed;
mod namespaces;
mod openapi;
mod params;
mod patch;
mod quantity;
mod read;
mod request;
mod route;
mod scale;
mod select;
mod server;
mod status;
mod store;
mod syntax;
mod table;
mod update;
mod validate;
mod watch;
mod world;
mod write;

pub use self::{
    answer::Body,
    controllers::{
        Behaviour, Controllers, NODES_MAX, Pods, Running, SCRIPT_LINES_MAX, SETTLE_STEPS_MAX,
        Unsettled,
    },
    listen::Listening,
    server::{ApiServer, ApiServerBuilder, LoggedRequest},
};
