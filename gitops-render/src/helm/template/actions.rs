//! The grammar of lists: texts, actions, blocks and the definitions of templates.

use std::borrow::Cow;

use bytes::Bytes;

use super::ast::{Branch, Id, Keyword, List, Literal, Node, Span, TemplateCall, place};
use super::parser::{Parsed, Parser, Root, settle};
use super::print::quote::{quote_cut, unquote};
use super::token::{Item, Token};

/// What ends a list of nodes.
enum End {
    End,
    Else(u32),
}

/// A node, or the keyword that ends a list.
enum Step {
    Node(Node),
    End(End),
}

impl End {
    const fn text(&self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else(_) => "{{else}}",
        }
    }
}

impl Parser<'_> {
    pub(super) fn add(&mut self, name: Bytes, list: List) -> Parsed<()> {
        let root = Root { name, list, empty: self.source().is_empty(&list) };
        match self.known.get(&root.name).copied() {
            None => {
                self.known.insert(root.name.clone(), self.roots.len());
                self.roots.push(root);
            }
            Some(at) if self.roots[at].empty => self.roots[at] = root,
            Some(_) if root.empty => {}
            Some(_) => {
                let name = quote_cut(&root.name, None);
                return self.fail(format!("template: multiple definition of template {name}"));
            }
        }
        Ok(())
    }

    pub(super) fn top(&mut self) -> Parsed<List> {
        let pos = self.peek().start;
        while self.peek().token != Token::Eof {
            if self.peek().token == Token::LeftDelim {
                let delimiter = self.next();
                if self.next_word().token == Token::Define {
                    self.define()?;
                    continue;
                }
                self.backup2(delimiter);
            }
            let item = self.next_word();
            match self.text_or_action(item)? {
                Step::Node(node) => self.open.nodes.push(node),
                Step::End(end) => return self.fail(format!("unexpected {}", end.text())),
            }
        }
        Ok(self.list(pos, 0))
    }

    /// The list of what was opened since `mark`.
    fn list(&mut self, pos: u32, mark: usize) -> List {
        List { pos, nodes: settle(&mut self.open.nodes, mark, &mut self.tables.nodes) }
    }

    fn define(&mut self) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let item = self.next_word();
        let name = self.template_name(&item, CONTEXT)?;
        self.expect(Token::RightDelim, CONTEXT)?;
        let root = self.own_scope(CONTEXT)?;
        self.add(self.name(name), root)
    }

    /// The body of `define` or `block`, which sees no variable from outside.
    fn own_scope(&mut self, context: &str) -> Parsed<List> {
        let outer = std::mem::replace(&mut self.scope, self.variables.len());
        self.variables.push(b"$");
        let (range_depth, action) = (self.range_depth, self.action);
        (self.range_depth, self.action) = (0, None);
        let (root, end) = self.item_list()?;
        if !matches!(end, End::End) {
            return self.fail(format!("unexpected {} in {context}", end.text()));
        }
        self.variables.truncate(self.scope);
        self.scope = outer;
        (self.range_depth, self.action) = (range_depth, action);
        Ok(root)
    }

    fn item_list(&mut self) -> Parsed<(List, End)> {
        self.nest(|parser| {
            let (pos, mark) = (parser.peek_word().start, parser.open.nodes.len());
            loop {
                let item = parser.next_word();
                if item.token == Token::Eof {
                    return parser.fail("unexpected EOF");
                }
                match parser.text_or_action(item)? {
                    Step::Node(node) => parser.open.nodes.push(node),
                    Step::End(end) => return Ok((parser.list(pos, mark), end)),
                }
            }
        })
    }

    fn text_or_action(&mut self, item: Item) -> Parsed<Step> {
        match item.token {
            Token::Text => Ok(Step::Node(Node::Text(Span { start: item.start, end: item.end }))),
            Token::LeftDelim => {
                self.action = Some(item.start);
                let step = self.action()?;
                self.action = None;
                Ok(step)
            }
            _ => self.unexpected(&item, "input"),
        }
    }

    fn action(&mut self) -> Parsed<Step> {
        let item = self.next_word();
        let node = match item.token {
            Token::Block => self.block()?,
            Token::Break | Token::Continue => self.jump(&item)?,
            Token::Else => return self.otherwise().map(Step::End),
            Token::End => {
                self.expect(Token::RightDelim, "end")?;
                return Ok(Step::End(End::End));
            }
            Token::If => self.branch(Keyword::If)?,
            Token::Range => self.branch(Keyword::Range)?,
            Token::With => self.branch(Keyword::With)?,
            Token::Template => self.template()?,
            _ => {
                self.backup();
                let pipe = self.pipeline("command", Token::RightDelim)?;
                Node::Action { pos: item.start, pipe }
            }
        };
        Ok(Step::Node(node))
    }

    fn jump(&mut self, item: &Item) -> Parsed<Node> {
        let (text, node) = if item.token == Token::Break {
            ("{{break}}", Node::Break { pos: item.start })
        } else {
            ("{{continue}}", Node::Continue { pos: item.start })
        };
        let after = self.next_word();
        if after.token != Token::RightDelim {
            return self.unexpected(&after, text);
        }
        if self.range_depth == 0 {
            return self.fail(format!("{text} outside {{{{range}}}}"));
        }
        Ok(node)
    }

    fn branch(&mut self, keyword: Keyword) -> Parsed<Node> {
        self.nest(|parser| {
            let declared = parser.variables.len();
            let pipe = parser.pipeline(keyword.name(), Token::RightDelim)?;
            let is_range = usize::from(keyword == Keyword::Range);
            parser.range_depth += is_range;
            let (list, end) = parser.item_list()?;
            parser.range_depth -= is_range;
            let otherwise = match end {
                End::End => None,
                End::Else(pos) => Some(parser.else_list(keyword, pos)?),
            };
            parser.variables.truncate(declared);
            let branches = &mut parser.tables.branches;
            branches.push(Branch { keyword, pipe, list, otherwise });
            Ok(Node::Branch(place(branches.len() - 1)))
        })
    }

    /// What is behind `else`; `else if` and `else with` are a branch of their own.
    fn else_list(&mut self, keyword: Keyword, pos: u32) -> Parsed<List> {
        let chained = matches!(
            (keyword, self.peek().token),
            (Keyword::If, Token::If) | (Keyword::With, Token::With)
        );
        if chained {
            self.next();
            let (mark, node) = (self.open.nodes.len(), self.branch(keyword)?);
            self.open.nodes.push(node);
            return Ok(self.list(pos, mark));
        }
        let (list, end) = self.item_list()?;
        match end {
            End::End => Ok(list),
            End::Else(_) => self.fail(format!("expected end; found {}", end.text())),
        }
    }

    fn otherwise(&mut self) -> Parsed<End> {
        let ahead = self.peek_word();
        if matches!(ahead.token, Token::If | Token::With) {
            return Ok(End::Else(ahead.start));
        }
        Ok(End::Else(self.expect(Token::RightDelim, "else")?.start))
    }

    fn block(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "block clause";
        let item = self.next_word();
        let name = self.template_name(&item, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Token::RightDelim)?;
        let root = self.own_scope(CONTEXT)?;
        self.add(self.name(name), root)?;
        Ok(self.call(TemplateCall { pos: item.start, name, pipe: Some(pipe) }))
    }

    fn template(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "template clause";
        let item = self.next_word();
        let name = self.template_name(&item, CONTEXT)?;
        let mut pipe: Option<Id> = None;
        if self.next_word().token != Token::RightDelim {
            self.backup();
            pipe = Some(self.pipeline(CONTEXT, Token::RightDelim)?);
        }
        Ok(self.call(TemplateCall { pos: item.start, name, pipe }))
    }

    fn call(&mut self, call: TemplateCall) -> Node {
        self.tables.calls.push(call);
        Node::Template(place(self.tables.calls.len() - 1))
    }

    fn template_name(&mut self, item: &Item, context: &str) -> Parsed<Literal> {
        match item.token {
            Token::String | Token::RawString => self.literal(item),
            _ => self.unexpected(item, context),
        }
    }

    /// What a string means.
    pub(super) fn literal(&mut self, item: &Item) -> Parsed<Literal> {
        let bytes = item.bytes(self.input);
        let plain = Literal::Plain(Span { start: item.start + 1, end: item.end - 1 });
        if item.token == Token::String && bytes.is_ascii() && !bytes.contains(&b'\\') {
            return Ok(plain);
        }
        match unquote(bytes) {
            Some(Cow::Borrowed(_)) => Ok(plain),
            Some(Cow::Owned(text)) => {
                self.tables.escaped.push(text.into());
                Ok(Literal::Escaped(place(self.tables.escaped.len() - 1)))
            }
            None => self.fail("invalid syntax"),
        }
    }

    fn name(&self, name: Literal) -> Bytes {
        match name {
            Literal::Plain(span) => self.input.slice(span.start as usize..span.end as usize),
            Literal::Escaped(id) => self.tables.escaped[id as usize].clone(),
        }
    }
}
