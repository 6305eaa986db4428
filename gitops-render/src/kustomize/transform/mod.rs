//! What changes resources, one transformer a file.

mod images;
mod labels;
mod names;
mod namespace;
mod replicas;
mod value_add;

pub(super) use self::{
    images::set_images,
    labels::{label_fields, set_pairs},
    names::{End, rename},
    namespace::{Namespacer, Subjects},
    replicas::set_replicas,
    value_add::ValueAdd,
};
