//! A Kubernetes API server in the process, as a tower service.
//!
//! [`ApiServer`] answers like a real server: discovery, reading, writing, server-side apply with
//! field ownership, watches and custom resources. It needs no socket, and can listen on one so
//! that `kubectl` works against it. There is no authentication.

mod answer;
mod conform;
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
pub mod patch;
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
    listen::Listening,
    server::{ApiServer, ApiServerBuilder, LoggedRequest},
};
