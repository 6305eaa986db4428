//! A renderer for files of JSON.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;

use crate::{
    Digest, Object, ObjectId, Origin, RenderError, Renderer, Tree,
    tree::{TreeError, TreePath},
};

/// How many objects [`MemoryRenderer`] takes from one tree.
pub const MEMORY_OBJECTS_MAX: usize = 20_000;

/// Renders every `*.json` file of a tree: one object, or a list of them. Other files do not count.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryRenderer;

#[async_trait]
impl Renderer for MemoryRenderer {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        let root = TreePath::root();
        let files = tree.walk(&root, |_| true).map_err(|cause| unreadable(&root, cause))?;
        let mut objects: Vec<Object> = Vec::new();
        let mut places: BTreeMap<ObjectId, Origin> = BTreeMap::new();
        let is_json =
            |path: &TreePath| path.as_str().rsplit_once('.').is_some_and(|it| it.1 == "json");
        for file in files.iter().filter(|file| is_json(&file.path)) {
            for object in read(tree, &file.path)? {
                let at = object.origin().cloned().expect("read() sets the origin");
                if let Some(first) = places.insert(object.id().clone(), at.clone()) {
                    let id = object.id().clone();
                    return Err(RenderError::Duplicate { id, first, second: at });
                }
                if objects.len() == MEMORY_OBJECTS_MAX {
                    let max = MEMORY_OBJECTS_MAX as u64;
                    return Err(RenderError::Limit { at, limit: "MEMORY_OBJECTS_MAX", max });
                }
                objects.push(object);
            }
        }
        Ok(objects)
    }

    fn fingerprint(&self) -> Digest {
        Digest::of("memory renderer 1")
    }
}

fn read(tree: &Tree, path: &TreePath) -> Result<Vec<Object>, RenderError> {
    let bytes = tree.read(path).map_err(|cause| unreadable(path, cause))?;
    let at = |line: usize| Origin {
        path: path.to_string(),
        line: u32::try_from(line.max(1)).unwrap_or(u32::MAX),
    };
    let invalid = |err: serde_json::Error| RenderError::Invalid {
        at: at(err.line()),
        problem: format!("the file is no JSON: {err}"),
    };
    let (values, depth) = match serde_json::from_slice(&bytes).map_err(invalid)? {
        Value::Array(values) => (values, 1),
        value => (vec![value], 0),
    };
    let mut lines = mapping_lines(&bytes, depth).into_iter();
    let object = |value: Value| {
        let line = if value.is_object() { lines.next() } else { None };
        let at = at(line.unwrap_or(1));
        Object::new(value, Some(at.clone())).map_err(|cause| RenderError::NotObject {
            at,
            hint: "a file holds one Kubernetes object or a list of them".to_owned(),
            cause,
        })
    };
    values.into_iter().map(object).collect()
}

// Returns the lines on which the mappings at this depth begin. The text is JSON.
fn mapping_lines(json: &[u8], at_depth: usize) -> Vec<usize> {
    let (mut lines, mut line, mut depth) = (Vec::new(), 1, 0);
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\n' => line += 1,
            b'"' => {
                // A string has no line break, and no quote that is not escaped.
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => drop(bytes.next()),
                        _ => {}
                    }
                }
            }
            b'{' | b'[' => {
                if depth == at_depth && *byte == b'{' {
                    lines.push(line);
                }
                depth += 1;
            }
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    lines
}

fn unreadable(path: &TreePath, cause: TreeError) -> RenderError {
    RenderError::Tree { path: path.to_string(), line: None, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_objects() {
        let json = br#"[
{"text": "{ \" [", "more": {}},
[{}], 1,

{"b": [{}]}]"#;
        assert_eq!(mapping_lines(json, 1), [2, 5]);
        assert_eq!(mapping_lines(b"\n{}", 0), [2]);
    }
}
