//! From the text of a file to resources.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gitops_core::yaml::{self, Document, Input, NodeRef, NodeShape, Style};

use super::{
    limits::{KUSTOMIZE_NESTING_MAX, KUSTOMIZE_NODES_MAX},
    node::{Mapping, Node},
    problem::{Outcome, problem, problem_at},
    scalar::{Scalar, Tag, resolve},
};

/// A document with the line of its first key.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) node: Node,
    pub(super) line: u32,
}

/// Returns the documents of a file that say something.
pub(super) fn read_documents(path: &str, bytes: &[u8]) -> Outcome<Vec<Read>> {
    let input = Input::new(bytes);
    check_separators(path, input.text())?;
    let documents = yaml::documents(&input)
        .map_err(|err| problem_at(path, err.line().unwrap_or(1), err.problem()))?;
    let mut found = Vec::new();
    for document in &documents {
        if document.is_empty() {
            continue;
        }
        let node = read_document(document)
            .map_err(|err| err.at(|| origin(path, document.root().line())))?;
        if !node.is_null() {
            found.push(Read { node, line: document.root().line() });
        }
    }
    Ok(found)
}

/// Returns the first document of a text, or `None` when it is no YAML or says nothing.
pub(super) fn read_text(text: &str) -> Outcome<Option<Node>> {
    let input = Input::new(text.as_bytes());
    let documents = yaml::documents(&input).map_err(|err| problem(err.to_string()))?;
    documents.first().filter(|document| !document.is_empty()).map(read_document).transpose()
}

fn origin(path: &str, line: u32) -> gitops_core::Origin {
    gitops_core::Origin { path: path.to_owned(), line }
}

// A line that starts with `---` must say nothing else, and no directive may come before it.
fn check_separators(path: &str, text: &str) -> Outcome<()> {
    let directive = text.starts_with('%') || text.contains("\n%");
    if directive {
        let first = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
        let chunks = text.split("\n---");
        if chunks
            .into_iter()
            .any(|chunk| chunk.lines().find(first).is_some_and(|l| l.starts_with('%')))
        {
            return Err(problem_at(path, 1, "a YAML directive is not accepted: leave it out"));
        }
    }
    for (at, _) in text.match_indices("\n---") {
        let line = text[at + 4..].lines().next().unwrap_or_default().trim();
        if !line.is_empty() && !line.starts_with('#') && text[at + 4..].contains('\n') {
            let number = text[..=at].matches('\n').count() + 1;
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            return Err(problem_at(path, number, format!("invalid document separator: ---{line}")));
        }
    }
    Ok(())
}

fn read_document(document: &Document<'_>) -> Outcome<Node> {
    let mut reader = Reader { nodes: 0 };
    reader.node(document.root(), 0)
}

struct Reader {
    nodes: usize,
}

impl Reader {
    fn node(&mut self, node: NodeRef<'_>, depth: usize) -> Outcome<Node> {
        let line = node.line();
        if KUSTOMIZE_NESTING_MAX < depth {
            let text = format!("line {line}: nested deeper than KUSTOMIZE_NESTING_MAX allows");
            return Err(problem(text));
        }
        self.nodes += 1;
        if KUSTOMIZE_NODES_MAX < self.nodes {
            let text = format!("line {line}: the aliases make more than KUSTOMIZE_NODES_MAX nodes");
            return Err(problem(text));
        }
        let resolved = node.resolved();
        match resolved.shape() {
            NodeShape::Scalar(style) => Ok(Node::Scalar(scalar(resolved, style))),
            NodeShape::List { .. } => {
                let items = resolved.items().map(|item| self.node(item, depth + 1));
                Ok(Node::List(items.collect::<Outcome<_>>()?))
            }
            NodeShape::Mapping { flow } => {
                Ok(Node::Map(Mapping { flow, ..self.mapping(resolved, depth)? }))
            }
            NodeShape::Alias => Err(problem(format!("line {line}: alias of an alias"))),
        }
    }

    fn mapping(&mut self, node: NodeRef<'_>, depth: usize) -> Outcome<Mapping> {
        let mut map = Mapping::default();
        let mut merged: Option<Vec<Mapping>> = None;
        for (key, value) in node.entries() {
            let key = key.resolved();
            let NodeShape::Scalar(style) = key.shape() else {
                return Err(problem(format!("line {}: a key must be a string", key.line())));
            };
            let name = scalar(key, style);
            match name.tag {
                Tag::Merge => {
                    if merged.is_some() {
                        return Err(problem(format!("line {}: duplicate merge key", key.line())));
                    }
                    merged = Some(self.merged(value, depth)?);
                    continue;
                }
                // Whoever prints a key that is no string complains.
                Tag::Str
                | Tag::None
                | Tag::Null
                | Tag::Bool
                | Tag::Int
                | Tag::Float
                | Tag::Timestamp => {}
            }
            if name.quoted && resolve(&name.text).0 != Tag::Str {
                map.quoted.push(name.text.clone());
            }
            map.entries.push((name.text, self.node(value, depth + 1)?));
        }
        Ok(match merged {
            Some(merged) => merge_in(map, merged),
            None => map,
        })
    }

    // The mappings that a merge key names; the later ones win.
    fn merged(&mut self, value: NodeRef<'_>, depth: usize) -> Outcome<Vec<Mapping>> {
        let line = value.line();
        match self.node(value, depth + 1)? {
            Node::Map(map) => Ok(vec![map]),
            Node::List(items) => {
                let mut maps = Vec::new();
                for item in items.into_iter().rev() {
                    let Node::Map(map) = item else {
                        return Err(problem(format!("line {line}: `<<` takes mappings only")));
                    };
                    maps.push(map);
                }
                Ok(maps)
            }
            Node::Scalar(_) => {
                Err(problem(format!("line {line}: `<<` takes a mapping or a list of mappings")))
            }
        }
    }
}

fn merge_in(own: Mapping, merged: Vec<Mapping>) -> Mapping {
    let mut result = own.clone();
    for map in merged.into_iter().chain([own]) {
        result.quoted.extend(map.quoted);
        for (key, value) in map.entries {
            match result.get_mut(&key) {
                Some(old) => *old = value,
                None => result.entries.push((key, value)),
            }
        }
    }
    result
}

fn scalar(node: NodeRef<'_>, style: Style) -> Scalar {
    let text = node.text().unwrap_or_default();
    let quoted = style != Style::Plain;
    let tag = match explicit_tag(node) {
        Some(tag) => tag,
        None if quoted => Tag::Str,
        None => resolve(text).0,
    };
    if node.tag() == Some("binary") {
        let bytes = STANDARD.decode(text.split_whitespace().collect::<String>());
        if let Some(text) = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
            return Scalar { text, tag, quoted };
        }
    }
    // A tag beats the quotes.
    Scalar {
        text: text.to_owned(),
        tag,
        quoted: quoted && (tag == Tag::Str || node.tag().is_none()),
    }
}

// Tags are rare: the text before the scalar tells.
fn explicit_tag(node: NodeRef<'_>) -> Option<Tag> {
    let tag = node.tag()?;
    Some(match tag {
        "null" => Tag::Null,
        "bool" => Tag::Bool,
        "int" => Tag::Int,
        "float" => Tag::Float,
        "timestamp" => Tag::Timestamp,
        _ => Tag::Str,
    })
}
