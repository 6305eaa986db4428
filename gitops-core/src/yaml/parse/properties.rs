//! One node: its anchor and tag, and what it is.

use super::{Parser, State};
use crate::yaml::{
    YamlError,
    node::{Node, NodeShape, Part, Tag},
    scan::{Mark, Style, Token, TokenKind},
};

/// What stands before a node.
struct Properties {
    start: Mark,
    end: Mark,
    anchor: Option<Token>,
    tag: Option<String>,
}

impl Parser<'_> {
    /// Reads the start of a node, all of it if it is a scalar or an alias.
    pub(super) fn node(&mut self, block: bool, indentless: bool) -> Result<(), YamlError> {
        let token = self.peek()?;
        if token.kind == TokenKind::Alias {
            return self.alias(token);
        }
        let has_properties = matches!(token.kind, TokenKind::Anchor | TokenKind::Tag);
        let (start, end) = (token.start, token.start);
        let mut properties = Properties { start, end, anchor: None, tag: None };
        if has_properties {
            self.properties(&mut properties)?;
        }
        let token = self.peek()?;
        let (shape, then) = match token.kind {
            TokenKind::BlockEntry if indentless => {
                (NodeShape::List { flow: false }, State::IndentlessSequence)
            }
            TokenKind::Scalar(style) => {
                self.scalar(token, style, &properties);
                return Ok(());
            }
            TokenKind::FlowSequenceStart => {
                (NodeShape::List { flow: true }, State::FlowSequence { first: true })
            }
            TokenKind::FlowMappingStart => {
                (NodeShape::Mapping { flow: true }, State::FlowMappingKey { first: true })
            }
            TokenKind::BlockSequenceStart if block => {
                (NodeShape::List { flow: false }, State::BlockSequence { first: true })
            }
            TokenKind::BlockMappingStart if block => {
                (NodeShape::Mapping { flow: false }, State::BlockMappingKey { first: true })
            }
            _ if properties.anchor.is_some() || properties.tag.is_some() => {
                self.scalar_without_text(&properties);
                return Ok(());
            }
            _ => return Err(Self::error(token, "did not find expected node content")),
        };
        self.state = then;
        self.collection(token, shape, &properties)
    }

    fn alias(&mut self, token: Token) -> Result<(), YamlError> {
        self.pop_state();
        let name = self.scanner.text_of(token.value);
        let Some(node) = self.anchors.get(name) else {
            let problem = format!("unknown anchor '{name}' referenced");
            return Err(YamlError::plain(Some(token.start.line + 1), problem));
        };
        let part = Part::Target { node: *node };
        self.add(Node {
            shape: NodeShape::Alias,
            tag: Tag::None,
            implicit: false,
            line: token.start.line,
            start: token.start.pos,
            end: token.end.pos,
            part,
        });
        self.skip();
        Ok(())
    }

    fn properties(&mut self, properties: &mut Properties) -> Result<(), YamlError> {
        let mut tag = None;
        for _ in 0..2 {
            let token = self.peek()?;
            match token.kind {
                TokenKind::Anchor if properties.anchor.is_none() => {
                    properties.anchor = Some(token);
                }
                TokenKind::Tag if tag.is_none() => tag = Some(token),
                _ => break,
            }
            properties.end = token.end;
            self.skip();
        }
        // What follows is scanned before the tag is looked up.
        self.peek()?;
        let Some(token) = tag else { return Ok(()) };
        let written = self.scanner.tag(token);
        let full = if written.handle.is_empty() {
            written.suffix.clone()
        } else {
            let known = self.directives.iter().find(|known| known.handle == written.handle);
            let Some(known) =
                known.filter(|known| !known.suffix.is_empty() || !written.suffix.is_empty())
            else {
                return Err(Self::error(token, "found undefined tag handle"));
            };
            format!("{}{}", known.suffix, written.suffix)
        };
        properties.tag = Some(full).filter(|tag| !tag.is_empty());
        Ok(())
    }

    fn scalar(&mut self, token: Token, style: Style, properties: &Properties) {
        let tag = properties.tag.as_deref();
        let implicit = tag == Some("!") || (tag.is_none() && style == Style::Plain);
        self.pop_state();
        let index = self.add(Node {
            shape: NodeShape::Scalar(style),
            tag: tag.map_or(Tag::None, classify),
            implicit,
            line: properties.start.line,
            start: properties.start.pos,
            end: token.end.pos,
            part: Part::text(token.value),
        });
        self.name(index, properties);
        self.skip();
    }

    // An anchor or tag with nothing after it.
    fn scalar_without_text(&mut self, properties: &Properties) {
        self.pop_state();
        let end = properties.end.pos;
        let index = self.add(Node {
            shape: NodeShape::Scalar(Style::Plain),
            tag: properties.tag.as_deref().map_or(Tag::None, classify),
            implicit: properties.tag.is_none(),
            line: properties.start.line,
            start: properties.start.pos,
            end,
            part: Part::Text { start: end, end },
        });
        self.name(index, properties);
    }

    fn collection(
        &mut self,
        token: Token,
        shape: NodeShape,
        properties: &Properties,
    ) -> Result<(), YamlError> {
        let index = self.open(Node {
            shape,
            tag: Tag::None,
            implicit: false,
            line: properties.start.line,
            start: properties.start.pos,
            end: token.end.pos,
            part: Part::Children { next: 0 },
        })?;
        self.name(index, properties);
        Ok(())
    }

    fn name(&mut self, index: u32, properties: &Properties) {
        if let Some(anchor) = properties.anchor {
            self.anchors.insert(self.scanner.text_of(anchor.value).to_owned(), index);
        }
    }
}

fn classify(tag: &str) -> Tag {
    match tag.strip_prefix("tag:yaml.org,2002:") {
        Some("str") => Tag::Str,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("null") => Tag::Null,
        Some("timestamp") => Tag::Timestamp,
        Some("binary") => Tag::Binary,
        Some("merge") => Tag::Merge,
        _ => Tag::Other,
    }
}
