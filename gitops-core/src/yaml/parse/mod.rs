//! From tokens to nodes, by the grammar of YAML 1.1 as libyaml and go-yaml know it.

mod block;
mod document;
mod flow;
mod properties;

use std::collections::BTreeMap;

use super::{
    Document, Input, YAML_DEPTH_MAX, YamlError,
    node::{Node, NodeShape, Part, Tag},
    scan::{Mark, Scanner, Token, WrittenTag},
};

/// Reads the documents of a stream, one after the other.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    scanner: Scanner<'a>,
    state: State,
    states: Vec<State>,
    directives: Vec<WrittenTag>,
    nodes: Vec<Node>,
    open: Vec<u32>,
    // Where the last `---` ends.
    marker_end: Mark,
    // Where the last node ends that has text.
    last_end: u32,
    anchors: BTreeMap<String, u32>,
}

/// What is expected next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    DocumentStart { implicit: bool },
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequence { first: bool },
    IndentlessSequence,
    BlockMappingKey { first: bool },
    BlockMappingValue,
    FlowSequence { first: bool },
    FlowPairKey,
    FlowPairValue,
    FlowPairEnd,
    FlowMappingKey { first: bool },
    FlowMappingValue { empty: bool },
    End,
}

impl<'a> Parser<'a> {
    pub(super) fn new(input: &'a Input<'_>) -> Self {
        Self {
            scanner: Scanner::new(input),
            state: State::DocumentStart { implicit: true },
            states: Vec::new(),
            directives: Vec::new(),
            nodes: Vec::new(),
            open: Vec::new(),
            marker_end: Mark::default(),
            last_end: 0,
            anchors: BTreeMap::new(),
        }
    }

    /// Reads the next document, `None` at the end of the stream.
    pub(super) fn document(&mut self) -> Result<Option<Document<'a>>, YamlError> {
        let Some(start) = self.start_document()? else { return Ok(None) };
        while self.state != State::DocumentEnd {
            self.step()?;
        }
        let end = self.end_document()?;
        self.anchors.clear();
        let mut nodes = std::mem::take(&mut self.nodes);
        nodes.shrink_to_fit();
        Ok(Some(Document {
            text: self.scanner.whole_text(),
            cooked: self.scanner.take_cooked(),
            nodes,
            start: start.pos as usize,
            end: end.pos as usize,
            line: start.line,
            last_line: end.line,
        }))
    }

    fn step(&mut self) -> Result<(), YamlError> {
        match self.state {
            State::DocumentContent => self.document_content(),
            State::BlockNode => self.node(true, false),
            State::BlockSequence { first } => self.block_sequence(first),
            State::IndentlessSequence => self.indentless_sequence(),
            State::BlockMappingKey { first } => self.block_mapping_key(first),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequence { first } => self.flow_sequence(first),
            State::FlowPairKey => self.flow_pair_key(),
            State::FlowPairValue => self.flow_pair_value(),
            State::FlowPairEnd => self.flow_pair_end(),
            State::FlowMappingKey { first } => self.flow_mapping_key(first),
            State::FlowMappingValue { empty } => self.flow_mapping_value(empty),
            State::DocumentStart { .. } | State::DocumentEnd | State::End => Ok(()),
        }
    }

    fn peek(&mut self) -> Result<Token, YamlError> {
        self.scanner.peek_token()
    }

    fn skip(&mut self) {
        self.scanner.skip_token();
    }

    // Takes the peeked token and returns the next one.
    fn next(&mut self) -> Result<Token, YamlError> {
        self.skip();
        self.peek()
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::DocumentEnd);
    }

    // Expects a node, and `then` after it.
    fn node_then(&mut self, then: State, block: bool, indentless: bool) -> Result<(), YamlError> {
        self.states.push(then);
        self.node(block, indentless)
    }

    // Takes nothing as a node, and expects `then` after it.
    fn nothing_then(&mut self, then: State, mark: Mark) {
        self.state = then;
        self.add(Node {
            shape: NodeShape::Scalar(super::Style::Plain),
            tag: Tag::None,
            implicit: true,
            line: mark.line,
            start: mark.pos,
            end: mark.pos,
            part: Part::Text { start: mark.pos, end: mark.pos },
        });
    }

    fn add(&mut self, node: Node) -> u32 {
        // A node takes at least a byte, or two for a key without a value.
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if node.start < node.end {
            self.last_end = node.end;
        }
        self.nodes.push(node);
        index
    }

    fn open(&mut self, node: Node) -> Result<u32, YamlError> {
        let line = node.line + 1;
        let index = self.add(node);
        self.open.push(index);
        if YAML_DEPTH_MAX < self.open.len() {
            let problem = format!("exceeded max depth of {YAML_DEPTH_MAX}");
            return Err(YamlError::limit(line, "YAML_DEPTH_MAX", YAML_DEPTH_MAX, problem));
        }
        Ok(index)
    }

    // Ends the innermost collection: where its last node does, or at its bracket.
    fn close(&mut self, bracket: Option<Mark>) {
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if let Some(mark) = bracket {
            self.last_end = mark.pos;
        }
        if let Some(index) = self.open.pop() {
            let node = &mut self.nodes[index as usize];
            node.part = Part::Children { next };
            node.end = node.end.max(self.last_end);
        }
    }

    fn error(token: Token, problem: &'static str) -> YamlError {
        // go-yaml counts the lines of these problems from 0, and names none for the first.
        let line = token.start.line;
        YamlError::at(line + 1, (line != 0).then_some(line), problem)
    }
}
