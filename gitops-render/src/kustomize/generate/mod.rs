//! Objects that are made from files and literals.

mod chart;
mod config_map;
mod pairs;
mod secret;

pub use self::chart::{ChartRenderer, ChartRequest, RemoteChart};
pub(super) use self::{
    chart::{chart, charts},
    config_map::config_map,
    secret::secret,
};
use super::{
    load::Loader,
    manifest::{Generator, GeneratorOptions},
    node::{Mapping, Node},
    problem::{Outcome, problem},
    resource::{Behavior, Resource},
    scalar::{Scalar, Tag},
};

// Returns an object without data.
fn object(kind: &str, generator: &Generator) -> Outcome<Mapping> {
    if generator.name.is_empty() {
        return Err(problem(format!("a generated {kind} must have a name")));
    }
    let mut meta = vec![("name".to_owned(), Node::string(&*generator.name))];
    if !generator.namespace.is_empty() {
        meta.push(("namespace".to_owned(), Node::string(&*generator.namespace)));
    }
    Ok(Mapping::of(vec![
        ("apiVersion".to_owned(), Node::string("v1")),
        ("kind".to_owned(), Node::string(kind)),
        ("metadata".to_owned(), Node::Map(Mapping::of(meta))),
    ]))
}

// Adds what the options ask for.
fn finish(
    mut object: Mapping,
    generator: &Generator,
    options: &GeneratorOptions,
    loader: &Loader,
    file: &str,
) -> Resource {
    if options.immutable {
        let value = Node::Scalar(Scalar::of(Tag::Bool, "true"));
        object.entries.push(("immutable".to_owned(), value));
    }
    let mut resource = Resource::new(Node::Map(object), loader.origin(file));
    for (field, pairs) in [("labels", &options.labels), ("annotations", &options.annotations)] {
        if !pairs.is_empty() {
            let pairs = pairs.iter().map(|(key, value)| (key.clone(), value.clone()));
            resource.set_pairs(field, pairs.collect());
        }
    }
    resource.needs_hash = !options.disable_name_suffix_hash;
    resource.behavior = match generator.behavior.as_str() {
        "create" => Behavior::Create,
        "replace" => Behavior::Replace,
        "merge" => Behavior::Merge,
        _ => Behavior::Unspecified,
    };
    resource
}
