//! From words to trees: the grammar of templates and its complaints.

use std::rc::Rc;

use bytes::Bytes;

use super::super::value::Text;
use super::ast::{Branch, Keyword, List, Node, Source, Tree};
use super::lexer::Lexer;
use super::limits::NESTING_MAX;
use super::print::quote::{quote_cut, unquote};
use super::token::{Item, Token};

type Parsed<T> = Result<T, String>;

/// Parses one text: the templates in it by name, the one called `name` among them.
///
/// The error is as Go prints it: `template: NAME:LINE: …`.
pub(super) fn parse(name: Text, text: Bytes) -> Result<Vec<Rc<Tree>>, String> {
    let source = Rc::new(Source { name: name.clone(), text });
    let input = Bytes::clone(&source.text);
    let mut parser = Parser {
        source: Rc::clone(&source),
        lexer: Lexer::new(&input),
        tokens: [None, None, None],
        ahead: 0,
        variables: vec![Text::from("$")],
        trees: Vec::new(),
        action_line: 0,
        range_depth: 0,
        nesting: 0,
    };
    let root = parser.top()?;
    parser.add(Tree { name, source, root })?;
    Ok(parser.trees)
}

pub(super) struct Parser<'a> {
    source: Rc<Source>,
    lexer: Lexer<'a>,
    tokens: [Option<Item<'a>>; 3],
    ahead: usize,
    pub(super) variables: Vec<Text>,
    trees: Vec<Rc<Tree>>,
    action_line: u32,
    range_depth: usize,
    nesting: usize,
}

/// What ends a list of nodes.
enum End {
    End,
    Else(usize),
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

impl<'a> Parser<'a> {
    pub(super) fn next(&mut self) -> Item<'a> {
        if self.ahead > 0 {
            self.ahead -= 1;
        } else {
            self.tokens[0] = Some(self.lexer.next_item());
        }
        self.tokens[self.ahead].expect("a word was read before it is given again")
    }

    pub(super) const fn backup(&mut self) {
        self.ahead += 1;
    }

    /// Gives back two words, of which the later is still the one read last.
    pub(super) fn backup2(&mut self, first: Item<'a>) {
        self.tokens[1] = Some(first);
        self.ahead = 2;
    }

    pub(super) fn backup3(&mut self, first: Item<'a>, second: Item<'a>) {
        self.tokens[1] = Some(second);
        self.tokens[2] = Some(first);
        self.ahead = 3;
    }

    pub(super) fn peek(&mut self) -> Item<'a> {
        if self.ahead == 0 {
            self.ahead = 1;
            self.tokens[0] = Some(self.lexer.next_item());
        }
        self.tokens[self.ahead - 1].expect("a word was read before it is given again")
    }

    pub(super) fn next_word(&mut self) -> Item<'a> {
        loop {
            let item = self.next();
            if item.token != Token::Space {
                return item;
            }
        }
    }

    pub(super) fn peek_word(&mut self) -> Item<'a> {
        let item = self.next_word();
        self.backup();
        item
    }

    /// An error at the word read last.
    pub(super) fn fail<T>(&self, problem: impl AsRef<str>) -> Parsed<T> {
        let line = self.tokens[0].as_ref().map_or(1, |item| item.line);
        Err(format!("template: {}:{line}: {}", self.source.name, problem.as_ref()))
    }

    fn expect(&mut self, token: Token, context: &str) -> Parsed<Item<'a>> {
        let item = self.next_word();
        if item.token == token { Ok(item) } else { self.unexpected(&item, context) }
    }

    pub(super) fn unexpected<T>(&self, item: &Item<'_>, context: &str) -> Parsed<T> {
        if item.token != Token::Error {
            return self.fail(format!("unexpected {} in {context}", item.describe()));
        }
        let text = item.describe();
        let mut extra = String::new();
        if self.action_line != 0 && self.action_line != item.line {
            extra = format!(" in action started at {}:{}", self.source.name, self.action_line);
            if text.ends_with(" action") {
                extra.drain(..10);
            }
        }
        self.fail(format!("{text}{extra}"))
    }

    /// Goes one level down; refuses to go too deep.
    pub(super) fn nest<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= NESTING_MAX {
            return self.fail("max expression depth exceeded");
        }
        self.nesting += 1;
        let done = inner(self);
        self.nesting -= 1;
        done
    }

    fn add(&mut self, tree: Tree) -> Parsed<()> {
        let known = self.trees.iter().position(|known| known.name == tree.name);
        match known {
            None => self.trees.push(Rc::new(tree)),
            Some(at) if self.trees[at].root.is_empty() => self.trees[at] = Rc::new(tree),
            Some(_) if tree.root.is_empty() => {}
            Some(_) => {
                let name = quote_cut(&tree.name, None);
                return self.fail(format!("template: multiple definition of template {name}"));
            }
        }
        Ok(())
    }

    fn top(&mut self) -> Parsed<List> {
        let mut list = List { pos: self.peek().pos, nodes: Vec::new() };
        while self.peek().token != Token::Eof {
            if self.peek().token == Token::LeftDelim {
                let delimiter = self.next();
                if self.next_word().token == Token::Define {
                    self.define()?;
                    continue;
                }
                self.backup2(delimiter);
            }
            match self.text_or_action()? {
                Step::Node(node) => list.nodes.push(node),
                Step::End(end) => return self.fail(format!("unexpected {}", end.text())),
            }
        }
        Ok(list)
    }

    fn define(&mut self) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let item = self.next_word();
        let name = self.template_name(&item, CONTEXT)?;
        self.expect(Token::RightDelim, CONTEXT)?;
        let root = self.own_scope(CONTEXT)?;
        let source = Rc::clone(&self.source);
        self.add(Tree { name, source, root })
    }

    /// The body of `define` or `block`, which sees no variable from outside.
    fn own_scope(&mut self, context: &str) -> Parsed<List> {
        let outer = std::mem::replace(&mut self.variables, vec![Text::from("$")]);
        let (range_depth, action_line) = (self.range_depth, self.action_line);
        (self.range_depth, self.action_line) = (0, 0);
        let (root, end) = self.item_list()?;
        if !matches!(end, End::End) {
            return self.fail(format!("unexpected {} in {context}", end.text()));
        }
        self.variables = outer;
        (self.range_depth, self.action_line) = (range_depth, action_line);
        Ok(root)
    }

    fn item_list(&mut self) -> Parsed<(List, End)> {
        self.nest(|parser| {
            let mut list = List { pos: parser.peek_word().pos, nodes: Vec::new() };
            while parser.peek_word().token != Token::Eof {
                match parser.text_or_action()? {
                    Step::Node(node) => list.nodes.push(node),
                    Step::End(end) => return Ok((list, end)),
                }
            }
            parser.fail("unexpected EOF")
        })
    }

    fn text_or_action(&mut self) -> Parsed<Step> {
        let item = self.next_word();
        match item.token {
            Token::Text => {
                let text = self.source.text.slice_ref(item.bytes());
                Ok(Step::Node(Node::Text { pos: item.pos, text }))
            }
            Token::LeftDelim => {
                self.action_line = item.line;
                let step = self.action()?;
                self.action_line = 0;
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
                let pos = self.peek().pos;
                Node::Action { pos, pipe: self.pipeline("command", Token::RightDelim)? }
            }
        };
        Ok(Step::Node(node))
    }

    fn jump(&mut self, item: &Item<'a>) -> Parsed<Node> {
        let (text, node) = if item.token == Token::Break {
            ("{{break}}", Node::Break { pos: item.pos })
        } else {
            ("{{continue}}", Node::Continue { pos: item.pos })
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
            let pos = pipe.pos;
            Ok(Node::Branch(Box::new(Branch { keyword, pos, pipe, list, otherwise })))
        })
    }

    /// What is behind `else`; `else if` and `else with` are a branch of their own.
    fn else_list(&mut self, keyword: Keyword, pos: usize) -> Parsed<List> {
        let chained = matches!(
            (keyword, self.peek().token),
            (Keyword::If, Token::If) | (Keyword::With, Token::With)
        );
        if chained {
            self.next();
            return Ok(List { pos, nodes: vec![self.branch(keyword)?] });
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
            return Ok(End::Else(ahead.pos));
        }
        Ok(End::Else(self.expect(Token::RightDelim, "else")?.pos))
    }

    fn block(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "block clause";
        let item = self.next_word();
        let name = self.template_name(&item, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Token::RightDelim)?;
        let root = self.own_scope(CONTEXT)?;
        let source = Rc::clone(&self.source);
        self.add(Tree { name: name.clone(), source, root })?;
        Ok(Node::Template { pos: item.pos, name, pipe: Some(pipe) })
    }

    fn template(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "template clause";
        let item = self.next_word();
        let name = self.template_name(&item, CONTEXT)?;
        let mut pipe = None;
        if self.next_word().token != Token::RightDelim {
            self.backup();
            pipe = Some(self.pipeline(CONTEXT, Token::RightDelim)?);
        }
        Ok(Node::Template { pos: item.pos, name, pipe })
    }

    fn template_name(&mut self, item: &Item<'a>, context: &str) -> Parsed<Text> {
        match item.token {
            Token::String | Token::RawString => match unquote(item.bytes()) {
                Some(name) => Ok(Text::from(&*name)),
                None => self.fail("invalid syntax"),
            },
            _ => self.unexpected(item, context),
        }
    }
}
