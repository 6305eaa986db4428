//! On which lines of a file its values are.

use std::{collections::HashMap, fmt::Write as _};

use gitops_core::yaml::{self, Input, NodeRef, NodeShape};

use super::limits::KUSTOMIZE_NESTING_MAX;

/// The lines of the values of a file, by JSON pointer.
#[derive(Debug, Default)]
pub(super) struct Lines(HashMap<String, u32>);

impl Lines {
    /// Reads the first document; one that is no YAML has no lines.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut lines = Self::default();
        let input = Input::new(bytes);
        if let Some(document) = yaml::documents(&input).ok().as_deref().and_then(<[_]>::first) {
            lines.note(document.root(), &mut String::new(), 0);
        }
        lines
    }

    /// Returns the line of the value at a pointer, or of what is around it.
    pub(super) fn at(&self, mut pointer: &str) -> u32 {
        loop {
            if let Some(line) = self.0.get(pointer) {
                return *line;
            }
            match pointer.rfind('/') {
                Some(end) => pointer = &pointer[..end],
                None => return 1,
            }
        }
    }

    fn note(&mut self, node: NodeRef<'_>, pointer: &mut String, depth: usize) {
        // What lies deeper, and what is behind an alias, is where what is around it is.
        if KUSTOMIZE_NESTING_MAX < depth {
            return;
        }
        self.0.entry(pointer.clone()).or_insert(node.line());
        let length = pointer.len();
        match node.shape() {
            NodeShape::List { .. } => {
                for (index, item) in node.items().enumerate() {
                    let _ = write!(pointer, "/{index}");
                    self.note(item, pointer, depth + 1);
                    pointer.truncate(length);
                }
            }
            NodeShape::Mapping { .. } => {
                for (key, value) in node.entries() {
                    pointer.push('/');
                    let key = key.text().unwrap_or_default();
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                    self.note(value, pointer, depth + 1);
                    pointer.truncate(length);
                }
            }
            NodeShape::Scalar(_) | NodeShape::Alias => {}
        }
    }
}
