//! Changing scalars of a file and nothing else.

mod marker;
mod write;

use std::ops::Range;

use serde_json::Value;

pub use self::marker::Marker;
use super::{
    Document, Input, NodeRef, NodeShape, YamlError, documents,
    node::{Node, Tag},
    number,
    resolve::{Scalar, resolve_plain, resolve_tagged},
};

/// Changes scalars of a stream and leaves every other byte as it is: comments, order, quoting,
/// blank lines.
///
/// The new value is written in the style of the old one where it can be, and always so that it
/// reads back the same.
///
/// # Example
///
/// ```
/// use gitops_core::yaml::{Editor, Input};
///
/// let input = Input::new(b"image:   'nginx:1.26' # pinned\nreplicas: 2\n");
/// let mut editor = Editor::new(&input)?;
/// editor.set(0, "/image", &"nginx:1.27".into())?;
/// editor.set(0, "/replicas", &3.into())?;
/// assert_eq!(editor.finish()?, "image:   'nginx:1.27' # pinned\nreplicas: 3\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Editor<'a> {
    text: &'a str,
    documents: Vec<Document<'a>>,
    edits: Vec<Edit>,
}

/// Why a scalar could not be changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// There is nothing at this place.
    #[error("document {document} has nothing at {pointer}")]
    NotFound {
        /// The document, counted from 0.
        document: usize,
        /// The JSON pointer.
        pointer: String,
    },
    /// The place holds a list or a mapping, or the new value is one.
    #[error("line {line}: only one scalar can take the place of another")]
    NotScalar {
        /// The line of the place, counted from 1.
        line: u32,
    },
    /// The value cannot be written at this place so that it reads back.
    #[error("line {line}: the value cannot be written here: change the file by hand")]
    Unwritable {
        /// The line of the place, counted from 1.
        line: u32,
    },
}

/// One scalar that is to change.
#[derive(Debug)]
struct Edit {
    document: usize,
    node: u32,
    line: u32,
    value: Value,
    range: Range<usize>,
    text: String,
}

impl<'a> Editor<'a> {
    /// Reads a stream.
    ///
    /// # Errors
    ///
    /// [`YamlError`] when the stream is no YAML.
    pub fn new(input: &'a Input<'_>) -> Result<Self, YamlError> {
        Ok(Self { text: input.text(), documents: documents(input)?, edits: Vec::new() })
    }

    /// Returns the documents as they were read.
    pub fn documents(&self) -> &[Document<'a>] {
        &self.documents
    }

    /// Sets the scalar at a JSON pointer of a document. An alias there is replaced.
    ///
    /// # Errors
    ///
    /// [`EditError::NotFound`] when there is nothing, [`EditError::NotScalar`] when one of the
    /// values is none.
    pub fn set(&mut self, document: usize, pointer: &str, value: &Value) -> Result<(), EditError> {
        let found = self.documents.get(document).and_then(|document| document.find(pointer));
        let Some(node) = found else {
            return Err(EditError::NotFound { document, pointer: pointer.to_owned() });
        };
        let node = node.index;
        self.set_node(document, node, value)
    }

    /// Sets the scalar that a marker stands for.
    ///
    /// # Errors
    ///
    /// [`EditError::NotScalar`] when `value` is none.
    pub fn set_marked(&mut self, marker: &Marker, value: &Value) -> Result<(), EditError> {
        self.set_node(marker.document, marker.node, value)
    }

    /// Returns the scalars with a comment such as `# {"$imagepolicy": "flux-system:web"}` on their
    /// line, where `name` is `$imagepolicy`.
    pub fn markers(&self, name: &str) -> Vec<Marker> {
        marker::find(self.text, &self.documents, name)
    }

    /// Returns the changed text.
    ///
    /// # Errors
    ///
    /// [`EditError::Unwritable`] when the text would not read back with these changes and no
    /// other ones.
    pub fn finish(mut self) -> Result<String, EditError> {
        self.edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let mut text = String::with_capacity(self.text.len());
        let mut from = 0;
        for edit in &self.edits {
            text.push_str(&self.text[from..edit.range.start]);
            text.push_str(&edit.text);
            from = edit.range.end;
        }
        text.push_str(&self.text[from..]);
        self.check(&text)?;
        Ok(text)
    }

    fn set_node(&mut self, document: usize, node: u32, value: &Value) -> Result<(), EditError> {
        let source = &self.documents[document];
        let found = NodeRef { document: source, index: node };
        let line = found.line();
        if matches!(found.shape(), NodeShape::List { .. } | NodeShape::Mapping { .. }) {
            return Err(EditError::NotScalar { line });
        }
        if value.is_array() || value.is_object() {
            return Err(EditError::NotScalar { line });
        }
        let flow = self.is_in_flow(document, node);
        let (range, text) = write::splice(source, node, value, flow);
        self.edits.retain(|edit| (edit.document, edit.node) != (document, node));
        let value = value.clone();
        self.edits.push(Edit { document, node, line, value, range, text });
        Ok(())
    }

    fn is_in_flow(&self, document: usize, node: u32) -> bool {
        let document = &self.documents[document];
        let flow = |node: &Node| {
            matches!(node.shape, NodeShape::List { flow: true } | NodeShape::Mapping { flow: true })
        };
        let holds = |parent: u32| node < document.after(parent);
        (0..node).any(|parent| flow(&document.nodes[parent as usize]) && holds(parent))
    }

    // Whether the text reads back with these edits and no other change.
    fn check(&self, text: &str) -> Result<(), EditError> {
        let line = self.edits.first().map_or(1, |edit| edit.line);
        let unwritable = |_| EditError::Unwritable { line };
        let input = Input::new(text.as_bytes());
        let read = documents(&input).map_err(unwritable)?;
        if read.len() != self.documents.len() {
            return Err(EditError::Unwritable { line });
        }
        for (number, (old, new)) in self.documents.iter().zip(&read).enumerate() {
            let edits: Vec<&Edit> = self.edits.iter().filter(|it| it.document == number).collect();
            check_document(old, new, &edits).map_err(|line| EditError::Unwritable { line })?;
        }
        Ok(())
    }
}

// Compares node by node; returns the line of an edit where the documents differ otherwise.
fn check_document(old: &Document<'_>, new: &Document<'_>, edits: &[&Edit]) -> Result<(), u32> {
    let line = edits.first().map_or(old.root().line(), |edit| edit.line);
    if old.nodes.len() != new.nodes.len() {
        return Err(line);
    }
    for (index, (before, after)) in old.nodes.iter().zip(&new.nodes).enumerate() {
        let edit = edits.iter().find(|edit| edit.node as usize == index);
        let same = match edit {
            Some(edit) => means(new, after, &edit.value),
            None => {
                before.tag == after.tag
                    && before.shape == after.shape
                    && old.text_of(before) == new.text_of(after)
            }
        };
        if !same {
            return Err(edit.map_or(line, |edit| edit.line));
        }
    }
    Ok(())
}

// Whether a scalar means `value`.
fn means(document: &Document<'_>, node: &Node, value: &Value) -> bool {
    if !matches!(node.shape, NodeShape::Scalar(_)) {
        return false;
    }
    let text = document.text_of(node);
    let scalar = match (node.tag, node.implicit) {
        (Tag::None, false) => Scalar::Str(text),
        (Tag::None, true) => resolve_plain(text, false),
        (tag, _) => match resolve_tagged(tag, text) {
            Ok(scalar) => scalar,
            Err(_) => return false,
        },
    };
    match (scalar, value) {
        (Scalar::Null, Value::Null) => true,
        (Scalar::Bool(a), Value::Bool(b)) => a == *b,
        (Scalar::Int(a), Value::Number(b)) => b.as_i64() == Some(a),
        (Scalar::Uint(a), Value::Number(b)) => b.as_u64() == Some(a),
        (Scalar::Float(a), Value::Number(b)) => number::yaml_float(a) == number::yaml_number(b),
        (Scalar::Str(a) | Scalar::Timestamp(a), Value::String(b)) => a == b,
        _ => false,
    }
}
