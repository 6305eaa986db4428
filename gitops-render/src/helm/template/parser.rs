//! From words to trees: the grammar of templates and its complaints.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::RandomState;
use gitops_core::find;

use super::ast::{Command, Expr, List, Node, Part, Source, Span, Tables, Tree, place};
use super::lexer::Lexer;
use super::limits::{NESTING_MAX, TEXT_BYTES_MAX};
use super::token::{Item, Token};

pub(super) type Parsed<T> = Result<T, String>;

/// A template of a file, without its text and its nodes.
#[derive(Clone, Debug)]
pub(super) struct Root {
    pub(super) name: Bytes,
    pub(super) list: List,
    pub(super) empty: bool,
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
    pub(super) variables: Vec<&'a [u8]>,
    pub(super) scope: usize,
    pub(super) open: Open,
    pub(super) roots: Vec<Root>,
    pub(super) known: HashMap<Bytes, usize, RandomState>,
    /// Where the action that is being read begins.
    pub(super) action: Option<u32>,
    pub(super) range_depth: usize,
    nesting: usize,
}

/// Nodes whose neighbours are still to come; those of inner lists lie on top.
#[derive(Default)]
pub(super) struct Open {
    pub(super) nodes: Vec<Node>,
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

impl Parser<'_> {
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

    pub(super) fn expect(&mut self, token: Token, context: &str) -> Parsed<Item> {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_no_more_bytes_than_places_can_tell() {
        // A system gives memory that nobody looks at only when somebody does.
        let text = Bytes::from(vec![0; TEXT_BYTES_MAX + 1]);
        let problem = parse(&Bytes::from_static(b"c/a"), &text).unwrap_err();
        assert_eq!(problem, "template: c/a:1: the file has more than 2147483648 bytes");
    }
}
