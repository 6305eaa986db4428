//! A document as it is written: every node with its place.

use std::ops::Range;

use super::scan::{Span, Style};

/// What kind of node a [`NodeRef`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeShape {
    /// One value.
    Scalar(Style),
    /// A list, in `[]` when `flow`.
    List {
        /// Whether it is written in `[]`.
        flow: bool,
    },
    /// A mapping, in `{}` when `flow`.
    Mapping {
        /// Whether it is written in `{}`.
        flow: bool,
    },
    /// The name of another node.
    Alias,
}

/// What a tag says about a scalar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tag {
    #[default]
    None,
    Str,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
    Binary,
    Merge,
    /// A tag that means nothing here: the scalar is a string.
    Other,
}

/// One node. A document holds them in the order in which they are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) shape: NodeShape,
    pub(super) tag: Tag,
    /// Whether a scalar without a tag may be more than a string.
    pub(super) implicit: bool,
    pub(super) line: u32,
    /// Where the node is in the text, tag and anchor included.
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) part: Part,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// What a scalar says.
    Text { start: u32, end: u32 },
    /// The same, where it is no part of the text.
    Cooked { start: u32, end: u32 },
    /// Children, which end before node number `next`.
    Children { next: u32 },
    /// The node that an alias names.
    Target { node: u32 },
}

impl Part {
    pub(super) fn text(span: Span) -> Self {
        let Span { start, end, cooked } = span;
        if cooked { Self::Cooked { start, end } } else { Self::Text { start, end } }
    }
}

/// One document of a stream, as it is written.
#[derive(Debug)]
pub struct Document<'a> {
    pub(super) text: &'a str,
    pub(super) cooked: String,
    // Invariant: not empty; children follow their parent.
    pub(super) nodes: Vec<Node>,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) line: u32,
    pub(super) last_line: u32,
}

/// A node of a [`Document`].
#[derive(Clone, Copy, Debug)]
pub struct NodeRef<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) index: u32,
}

impl Document<'_> {
    /// Returns the node that holds all others.
    pub fn root(&self) -> NodeRef<'_> {
        NodeRef { document: self, index: 0 }
    }

    /// Whether nothing but comments is written.
    pub fn is_empty(&self) -> bool {
        let root = &self.nodes[0];
        root.start == root.end && root.implicit
    }

    /// Returns where the document is in the text of its stream, its `---` included.
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Returns the lines of the document, counted from 1, its `---` included.
    pub fn lines(&self) -> Range<u32> {
        self.line + 1..self.last_line + 1
    }

    /// Returns the node at a JSON pointer, such as `/spec/ports/0`. Aliases are followed.
    pub fn find(&self, pointer: &str) -> Option<NodeRef<'_>> {
        if pointer.is_empty() {
            return Some(self.root());
        }
        let mut node = self.root();
        for step in pointer.strip_prefix('/')?.split('/') {
            let step = step.replace("~1", "/").replace("~0", "~");
            node = match node.resolved().shape() {
                NodeShape::Mapping { .. } => node.get(&step)?,
                NodeShape::List { .. } => node.items().nth(step.parse().ok()?)?,
                NodeShape::Scalar(_) | NodeShape::Alias => return None,
            };
        }
        Some(node)
    }

    pub(super) fn text_of(&self, node: &Node) -> &str {
        match node.part {
            Part::Text { start, end } => &self.text[start as usize..end as usize],
            Part::Cooked { start, end } => &self.cooked[start as usize..end as usize],
            Part::Children { .. } | Part::Target { .. } => "",
        }
    }

    // Returns the number of the node after `index` and everything in it.
    pub(super) fn after(&self, index: u32) -> u32 {
        match self.nodes[index as usize].part {
            Part::Children { next } => next,
            _ => index + 1,
        }
    }
}

impl<'d> NodeRef<'d> {
    fn node(self) -> &'d Node {
        &self.document.nodes[self.index as usize]
    }

    /// Returns what kind of node this is.
    pub fn shape(self) -> NodeShape {
        self.node().shape
    }

    /// Returns the line the node starts on, counted from 1.
    pub fn line(self) -> u32 {
        self.node().line + 1
    }

    /// Returns where the node is in the text of the stream, tag and anchor included.
    pub fn span(self) -> Range<usize> {
        self.node().start as usize..self.node().end as usize
    }

    /// Returns what a scalar says, without quotes, or `None` for any other node.
    pub fn text(self) -> Option<&'d str> {
        let node = self.node();
        matches!(node.shape, NodeShape::Scalar(_)).then(|| self.document.text_of(node))
    }

    /// Returns the node that an alias names, and any other node itself.
    #[must_use]
    pub fn resolved(self) -> Self {
        match self.node().part {
            Part::Target { node } => Self { index: node, ..self },
            _ => self,
        }
    }

    /// Returns the children in order: items of a list; keys and values of a mapping, in turns.
    pub fn children(self) -> impl Iterator<Item = NodeRef<'d>> {
        let node = self.resolved();
        let end = node.document.after(node.index);
        let holds = matches!(node.node().part, Part::Children { .. });
        let mut next = if holds { node.index + 1 } else { end };
        std::iter::from_fn(move || {
            let child = Self { index: next, ..node };
            (next < end).then(|| {
                next = node.document.after(next);
                child
            })
        })
    }

    /// Returns the items of a list; nothing for any other node.
    pub fn items(self) -> impl Iterator<Item = NodeRef<'d>> {
        let list = matches!(self.resolved().shape(), NodeShape::List { .. });
        self.children().take_while(move |_| list)
    }

    /// Returns the pairs of a mapping; nothing for any other node.
    pub fn entries(self) -> impl Iterator<Item = (NodeRef<'d>, NodeRef<'d>)> {
        let mapping = matches!(self.resolved().shape(), NodeShape::Mapping { .. });
        let mut children = self.children().take_while(move |_| mapping);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// Returns the value at a key of a mapping: the last one, as readers take it.
    pub fn get(self, key: &str) -> Option<NodeRef<'d>> {
        let entries = self.entries().filter(|(name, _)| name.resolved().text() == Some(key));
        entries.last().map(|(_, value)| value)
    }
}
