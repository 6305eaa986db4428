//! Secrets from files and literals.

use super::{
    super::{
        load::Loader,
        manifest::{Generator, GeneratorOptions},
        node::{Mapping, Node},
        problem::Outcome,
        resource::Resource,
    },
    finish, object,
    pairs::{base64_lines, pairs},
};

/// Makes the Secret that `generator` describes.
pub(in crate::kustomize) fn secret(
    generator: &Generator,
    options: &GeneratorOptions,
    loader: &Loader,
    file: &str,
) -> Outcome<Resource> {
    let mut made = object("Secret", generator)?;
    let kind = match generator.secret_type.as_str() {
        "" => "Opaque",
        other => other,
    };
    made.entries.push(("type".to_owned(), Node::string(kind)));
    let pairs = pairs(generator, loader)?;
    let entries = pairs.into_iter().map(|(key, bytes)| (key, Node::string(base64_lines(&bytes))));
    let data = Mapping::of(entries.collect());
    made.entries.push(("data".to_owned(), Node::Map(data)));
    Ok(finish(made, generator, options, loader, file))
}
