//! YAML as Kubernetes tools read and print it: go-yaml v2's rules over JSON.
//!
//! [`decode`] reads one document as `kubectl`, Helm and Kustomize do; [`documents`] reads a
//! stream and keeps where everything is written.
//!
//! # Example
//!
//! ```
//! use gitops_core::yaml;
//!
//! let value = yaml::decode(b"replicas: 010\nenabled: on\n", yaml::Duplicates::Refuse)?;
//! assert_eq!(value, serde_json::json!({ "replicas": 8, "enabled": true }));
//!
//! let input = yaml::Input::new(b"a: 1\n---\nb:\n- 2\n");
//! let documents = yaml::documents(&input)?;
//! assert_eq!(documents[1].find("/b/0").map(|node| node.line()), Some(4));
//! # Ok::<(), yaml::YamlError>(())
//! ```

mod class;
mod decode;
mod direct;
mod edit;
mod emit;
mod error;
mod form;
mod input;
mod json;
mod limits;
mod node;
pub mod number;
mod parse;
mod resolve;
mod scan;
mod timestamp;

use serde_json::Value;

pub use self::{
    decode::Duplicates,
    edit::{EditError, Editor, Marker},
    emit::{encode, encode_into, may_be_block},
    error::YamlError,
    form::Form,
    input::Input,
    json::to_json,
    limits::{YAML_ALIAS_BYTES_MAX, YAML_BYTES_MAX, YAML_DEPTH_MAX, YAML_SIMPLE_KEY_MAX},
    node::{Document, NodeRef, NodeShape},
    scan::Style,
};

/// Returns the JSON that the first document of `bytes` means. Other documents are not read.
///
/// # Errors
///
/// [`YamlError`] when the document is no YAML or has no JSON form.
pub fn decode(bytes: &[u8], duplicates: Duplicates) -> Result<Value, YamlError> {
    decode_as(bytes, duplicates)
}

/// Returns the first document of `bytes` in another form than JSON. Other documents are not read.
///
/// # Errors
///
/// As for [`decode`].
pub fn decode_as<F: Form>(bytes: &[u8], duplicates: Duplicates) -> Result<F, YamlError> {
    let input = Input::new(bytes);
    match direct::read(&input, duplicates, &[]) {
        Some(value) => Ok(value),
        None => Ok(F::from_json(general(&input, duplicates)?)),
    }
}

/// Returns what is asked for of the JSON that the first document of `bytes` means: all of it is
/// read, but of its outer mappings only those keys need be there that `fields` has, in lower case,
/// for each level. Keys are compared without regard to case, later ones win.
///
/// # Errors
///
/// As for [`decode`].
pub fn decode_fields(bytes: &[u8], fields: &[&[&str]]) -> Result<Value, YamlError> {
    let input = Input::new(bytes);
    match direct::read(&input, Duplicates::Last, fields) {
        Some(value) => Ok(value),
        None => general(&input, Duplicates::Last),
    }
}

fn general(input: &Input<'_>, duplicates: Duplicates) -> Result<Value, YamlError> {
    match parse::Parser::new(input).document()? {
        Some(document) => document.to_value(duplicates),
        None => Ok(Value::Null),
    }
}

/// Returns the documents of a stream in order, with empty ones.
///
/// # Errors
///
/// [`YamlError`] when the stream is no YAML.
pub fn documents<'a>(input: &'a Input<'_>) -> Result<Vec<Document<'a>>, YamlError> {
    let mut parser = parse::Parser::new(input);
    let mut documents = Vec::new();
    while let Some(document) = parser.document()? {
        documents.push(document);
    }
    Ok(documents)
}
