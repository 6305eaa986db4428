//! From words to trees: the grammar of templates and its complaints.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::RandomState;
use gitops_core::find;

use super::ast::{
    Branch, Command, Expr, Id, Keyword, List, Literal, Node, Part, Source, Span, Tables,
    TemplateCall, Tree, place,
};
use super::lexer::Lexer;
use super::limits::{NESTING_MAX, TEXT_BYTES_MAX};
use super::print::quote::{quote_cut, unquote};
use super::token::{Item, Token};

pub(super) type Parsed<T> = Result<T, String>;

/// A template of a file, without its text and its nodes.
#[derive(Clone, Debug)]
pub(super) struct Root {
    name: Bytes,
    list: List,
    empty: bool,
}

impl Root {
    /// The template in a file whose nodes are in `tables`.
    pub(super) fn tree(&self, file: &Bytes, text: &Bytes, tables: &Arc<Tables>) -> Tree {
        let (name, file, text) = (self.name.clone(), file.clone(), text.clone());
        Tree { name, file, text, tables: Arc::clone(tables), root: self.list, empty: self.empty }
    }
}

/// Parses one text by itself.
pub(super) fn parse(name: &Bytes, text: &Bytes) -> Result<Vec<Tree>, String> {
    let mut tables = Tables::default();
    let roots = parse_into(&mut tables, name, text)?;
    let tables = Arc::new(tables);
    Ok(roots.iter().map(|root| root.tree(name, text, &tables)).collect())
}

/// Parses one text: the templates in it, the one called `name` among them.
///
/// The error is as Go prints it: `template: NAME:LINE: …`.
pub(super) fn parse_into(
    tables: &mut Tables,
    name: &Bytes,
    text: &Bytes,
) -> Result<Vec<Root>, String> {
    if text.len() > TEXT_BYTES_MAX {
        let name = String::from_utf8_lossy(name);
        return Err(format!("template: {name}:1: the file has more than {TEXT_BYTES_MAX} bytes"));
    }
    let mut parser = Parser {
        input: text,
        file: name,
        tables,
        lexer: Lexer::new(text),
        tokens: [Item { token: Token::Eof, start: 0, end: 0 }; 3],
        ahead: 0,
        variables: vec![b"$"],
        scope: 0,
        open: Open::default(),
        roots: Vec::new(),
        known: HashMap::default(),
        action: None,
        range_depth: 0,
        nesting: 0,
    };
    let root = parser.top()?;
    parser.add(name.clone(), root)?;
    Ok(parser.roots)
}

pub(super) struct Parser<'a> {
    /// The whole text.
    pub(super) input: &'a Bytes,
    /// The name of the file.
    file: &'a [u8],
    /// The nodes so far.
    pub(super) tables: &'a mut Tables,
    lexer: Lexer<'a>,
    tokens: [Item; 3],
    ahead: usize,
    /// The names known, innermost last; those of the definition around begin at `scope`.
    variables: Vec<&'a [u8]>,
    scope: usize,
    pub(super) open: Open,
    roots: Vec<Root>,
    known: HashMap<Bytes, usize, RandomState>,
    /// Where the action that is being read begins.
    action: Option<u32>,
    range_depth: usize,
    nesting: usize,
}

/// Nodes whose neighbours are still to come; those of inner lists lie on top.
#[derive(Default)]
pub(super) struct Open {
    nodes: Vec<Node>,
    pub(super) commands: Vec<Command>,
    pub(super) args: Vec<Expr>,
}

/// Moves what lies above `mark` into its table.
pub(super) fn settle<T: Copy>(open: &mut Vec<T>, mark: usize, table: &mut Vec<T>) -> Part {
    let from = place(table.len());
    match open[mark..] {
        [only] => table.push(only),
        ref more => table.extend_from_slice(more),
    }
    open.truncate(mark);
    Part { from, to: place(table.len()) }
}

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

impl<'a> Parser<'a> {
    #[inline]
    pub(super) fn next(&mut self) -> Item {
        if self.ahead > 0 {
            self.ahead -= 1;
            return self.tokens[self.ahead];
        }
        self.tokens[0] = self.lexer.next_item();
        self.tokens[0]
    }

    pub(super) const fn backup(&mut self) {
        self.ahead += 1;
    }

    /// Gives back two words, of which the later is still the one read last.
    pub(super) const fn backup2(&mut self, first: Item) {
        self.tokens[1] = first;
        self.ahead = 2;
    }

    pub(super) const fn backup3(&mut self, first: Item, second: Item) {
        self.tokens[1] = second;
        self.tokens[2] = first;
        self.ahead = 3;
    }

    pub(super) fn peek(&mut self) -> Item {
        if self.ahead == 0 {
            self.ahead = 1;
            self.tokens[0] = self.lexer.next_item();
        }
        self.tokens[self.ahead - 1]
    }

    pub(super) fn next_word(&mut self) -> Item {
        loop {
            let item = self.next();
            if item.token != Token::Space {
                return item;
            }
        }
    }

    pub(super) fn peek_word(&mut self) -> Item {
        let item = self.next_word();
        self.backup();
        item
    }

    fn line(&self, pos: u32) -> usize {
        let before = self.input.get(..pos as usize).unwrap_or_default();
        1 + find::count(b'\n', before)
    }

    /// An error at the word read last.
    pub(super) fn fail<T>(&self, problem: impl AsRef<str>) -> Parsed<T> {
        let line = self.line(self.tokens[0].start);
        let name = String::from_utf8_lossy(self.file);
        Err(format!("template: {name}:{line}: {}", problem.as_ref()))
    }

    fn expect(&mut self, token: Token, context: &str) -> Parsed<Item> {
        let item = self.next_word();
        if item.token == token { Ok(item) } else { self.unexpected(&item, context) }
    }

    pub(super) fn unexpected<T>(&self, item: &Item, context: &str) -> Parsed<T> {
        let text = item.describe(self.input, self.lexer.problem.as_ref());
        if item.token != Token::Error {
            return self.fail(format!("unexpected {text} in {context}"));
        }
        let mut extra = String::new();
        if let Some(action) = self.action.map(|start| self.line(start))
            && action != self.line(item.start)
        {
            let name = String::from_utf8_lossy(self.file);
            extra = format!(" in action started at {name}:{action}");
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

    pub(super) fn source(&self) -> Source<'_> {
        Source { text: self.input, tables: self.tables }
    }

    pub(super) fn declare(&mut self, name: Item) -> Span {
        self.variables.push(name.bytes(self.input));
        Span { start: name.start, end: name.end }
    }

    pub(super) fn declares(&self, name: &[u8]) -> bool {
        self.variables[self.scope..].contains(&name)
    }

    fn add(&mut self, name: Bytes, list: List) -> Parsed<()> {
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

    fn top(&mut self) -> Parsed<List> {
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
            match self.text_or_action()? {
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
            while parser.peek_word().token != Token::Eof {
                match parser.text_or_action()? {
                    Step::Node(node) => parser.open.nodes.push(node),
                    Step::End(end) => return Ok((parser.list(pos, mark), end)),
                }
            }
            parser.fail("unexpected EOF")
        })
    }

    fn text_or_action(&mut self) -> Parsed<Step> {
        let item = self.next_word();
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
                let pos = self.peek().start;
                Node::Action { pos, pipe: self.pipeline("command", Token::RightDelim)? }
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
