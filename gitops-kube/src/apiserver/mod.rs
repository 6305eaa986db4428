//! A Kubernetes API server in the process, as a tower service.
//!
//! [`ApiServer`] answers like a real server: discovery, reading, writing, server-side apply with
//! field ownership, watches and custom resources. It needs no socket, and can listen on one so
//! that `kubectl` works against it. Everybody is an administrator unless users
//! are told apart: see [`ApiServerBuilder::token`], [`ApiServer::client_as`] and the headers of
//! impersonation.

mod access;
mod answer;
mod conform;
mod controllers;
mod crd;
mod create;
mod decode;
mod defaults;
mod delete;
mod discovery;
mod duplicates;
mod garbage;
mod kinds;
mod list;
mod listen;
mod managed;
mod namespaces;
mod negotiate;
mod openapi;
mod params;
mod patch;
mod protobuf;
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
    access::User,
    answer::Body,
    controllers::{
        Behaviour, Controllers, NODES_MAX, Pods, Running, SCRIPT_LINES_MAX, SETTLE_STEPS_MAX,
        Unsettled,
    },
    listen::Listening,
    server::{ApiServer, ApiServerBuilder, LoggedRequest},
};
