//! The types of Kubernetes objects: fields, list and map semantics, patch strategies.
//!
//! The built-in ones come from two tables beside this file, made by `generate.py` from the `OpenAPI`
//! documents of a real server. [`Types`] can also be built by hand, which is how the schemas of
//! custom resources join in.

mod builtin;
mod resources;
mod table;

pub use self::{
    builtin::{builtin, builtin_kinds},
    resources::{Resource, Subresource, builtin_resources, groups},
    table::{Atom, Field, Key, ListType, MapType, Merge, Patch, Scalar, TypeId, TypeRef, Types},
};
