//! Comments that say what sets a scalar.

use serde_json::{Map, Value};

use crate::yaml::{Document, NodeShape};

/// A scalar with a comment that says what sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    pub(super) document: usize,
    pub(super) node: u32,
    /// What the comment gives for the name, such as `flux-system:web:tag`.
    pub setter: String,
    /// What the scalar says.
    pub text: String,
    /// The line, counted from 1.
    pub line: u32,
}

/// Returns the scalars of `documents` that have a comment with `name`.
pub(super) fn find(text: &str, documents: &[Document<'_>], name: &str) -> Vec<Marker> {
    let mut markers = Vec::new();
    if !text.contains(name) {
        return markers;
    }
    for (number, source) in documents.iter().enumerate() {
        for (index, node) in (0..).zip(&source.nodes) {
            if !matches!(node.shape, NodeShape::Scalar(_)) {
                continue;
            }
            let after = text[node.end as usize..].split(['\n', '\r']).next().unwrap_or_default();
            let Some(comment) = after.trim_start_matches([' ', '\t']).strip_prefix('#') else {
                continue;
            };
            let Ok(comment) = serde_json::from_str::<Map<String, Value>>(comment.trim()) else {
                continue;
            };
            if let Some(Value::String(setter)) = comment.get(name) {
                markers.push(Marker {
                    document: number,
                    node: index,
                    setter: setter.clone(),
                    text: source.text_of(node).to_owned(),
                    line: node.line + 1,
                });
            }
        }
    }
    markers
}
