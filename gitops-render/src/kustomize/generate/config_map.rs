//! Objects of kind `ConfigMap` from files and literals.

use super::{
    super::{
        load::Loader,
        manifest::{Generator, GeneratorOptions},
        node::{Mapping, Node},
        problem::{Outcome, problem},
        resource::Resource,
        scalar::is_unreadable_block,
    },
    finish, object,
    pairs::{base64_lines, pairs},
};

/// Makes the `ConfigMap` that `generator` describes.
pub(in crate::kustomize) fn config_map(
    generator: &Generator,
    options: &GeneratorOptions,
    loader: &Loader,
    file: &str,
) -> Outcome<Resource> {
    let mut made = object("ConfigMap", generator)?;
    for (key, bytes) in pairs(generator, loader)? {
        let (field, value) = match String::from_utf8(bytes) {
            Ok(text) => ("data", text),
            Err(err) => ("binaryData", base64_lines(err.as_bytes())),
        };
        if is_unreadable_block(&value) {
            let text = "a text of several lines cannot start with a tab: Kustomize refuses it";
            return Err(problem(format!("key {key:?}: {text}")));
        }
        if made.get(field).is_none() {
            made.entries.push((field.to_owned(), Node::map()));
        }
        if let Some(Node::Map(Mapping { entries, .. })) = made.get_mut(field) {
            entries.push((key, Node::string(value)));
        }
    }
    Ok(finish(made, generator, options, loader, file))
}
