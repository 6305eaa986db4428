//! From text to tokens, by the rules of YAML 1.1 as libyaml and go-yaml read them.

mod block;
mod cursor;
mod directive;
mod fetch;
mod plain;
mod quoted;
mod tag;
mod token;

use std::collections::VecDeque;

use self::cursor::count_chars;
pub use self::token::Style;
pub(super) use self::token::{Mark, Span, Token, TokenKind, WrittenTag};
use super::{Input, YAML_DEPTH_MAX, YAML_SIMPLE_KEY_MAX, YamlError};

/// Finds tokens in a text, one after the other.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    rest: Option<&'a YamlError>,
    // A second byte order mark: go-yaml then takes the first character of each line for one, as
    // long as it has not read on.
    skips_line_starts: bool,
    ascii: bool,
    pos: usize,
    line: u32,
    line_start: usize,
    // A place of the current line and the column there, so that columns are counted only once.
    column_known: (usize, usize),

    flow_level: usize,
    indent: isize,
    indents: Vec<isize>,
    simple_key_allowed: bool,
    // One for each level of flow collections. Invariant: their tokens are in order.
    simple_keys: Vec<SimpleKey>,

    queue: VecDeque<Token>,
    taken: usize,
    // What scalars mean where that is no part of the text.
    cooked: String,
    breaks: String,
    tags: Vec<WrittenTag>,
}

/// A place where a key may have started.
#[derive(Clone, Copy, Debug, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    // Whether its token waits in the queue until it is known to be a key or not.
    awaited: bool,
    token: usize,
    mark: Mark,
    column: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(input: &'a Input<'_>) -> Self {
        let text = input.text();
        Self {
            text,
            bytes: text.as_bytes(),
            rest: input.rest(),
            ascii: text.is_ascii(),
            skips_line_starts: text[input.start()..].starts_with('\u{feff}'),
            pos: input.start(),
            line: 0,
            line_start: input.start(),
            column_known: (input.start(), 0),
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
            queue: VecDeque::new(),
            taken: 0,
            cooked: String::new(),
            breaks: String::new(),
            tags: Vec::new(),
        }
    }

    /// Whether no character of the text is longer than a byte.
    pub(super) fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// Moves to `pos` in the line that starts at `line_start`, within a block collection at
    /// column `indent` or in brackets, and forgets the text that was made for earlier tokens.
    pub(super) fn place(&mut self, pos: usize, line_start: usize, indent: isize, flow: bool) {
        self.pos = pos;
        self.line_start = line_start;
        self.column_known = (line_start, 0);
        self.indent = indent;
        self.flow_level = usize::from(flow);
        self.cooked.clear();
        self.breaks.clear();
    }

    /// Returns where the cursor is, and where its line starts.
    pub(super) fn place_of_cursor(&self) -> (usize, usize) {
        (self.pos, self.line_start)
    }

    /// Returns the next token without taking it.
    pub(super) fn peek_token(&mut self) -> Result<Token, YamlError> {
        loop {
            if let Some(token) = self.queue.front().copied()
                && !self.head_may_become_key()?
            {
                return Ok(token);
            }
            self.fetch()?;
        }
    }

    /// Takes the token that was peeked at last.
    pub(super) fn skip_token(&mut self) {
        self.queue.pop_front();
        self.taken += 1;
    }

    /// Returns a tag, or tag directive, by the number its token has.
    pub(super) fn tag(&self, token: Token) -> &WrittenTag {
        &self.tags[token.value.start as usize]
    }

    pub(super) fn text_of(&self, span: Span) -> &str {
        let text = if span.cooked { self.cooked.as_str() } else { self.text };
        &text[span.start as usize..span.end as usize]
    }

    /// Takes the text that was made for the tokens so far.
    pub(super) fn take_cooked(&mut self) -> String {
        std::mem::take(&mut self.cooked)
    }

    pub(super) fn whole_text(&self) -> &'a str {
        self.text
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        let token = Token::new(kind, start, self.mark());
        self.queue.push_back(token);
    }

    fn error(&self, problem: &'static str) -> YamlError {
        let line = self.line + 1;
        YamlError::at(line, (self.line != 0).then_some(line), problem)
    }

    // Whether a `:` further on could still make the first token of the queue a key.
    fn head_may_become_key(&mut self) -> Result<bool, YamlError> {
        let from = self.simple_keys.partition_point(|key| key.token < self.taken);
        for at in from..self.simple_keys.len() {
            if self.simple_keys[at].token != self.taken {
                break;
            }
            if self.simple_keys[at].awaited && self.simple_key_is_valid(at)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    // A key without `?` is on one line and not longer than YAML_SIMPLE_KEY_MAX.
    fn simple_key_is_valid(&mut self, at: usize) -> Result<bool, YamlError> {
        let key = self.simple_keys[at];
        if !key.possible {
            return Ok(false);
        }
        let start = key.mark.pos as usize;
        let far = key.mark.line < self.line
            || (YAML_SIMPLE_KEY_MAX < self.pos - start
                && YAML_SIMPLE_KEY_MAX < count_chars(&self.bytes[start..self.pos]));
        if !far {
            return Ok(true);
        }
        if key.required {
            return Err(self.error("could not find expected ':'"));
        }
        self.simple_keys[at].possible = false;
        Ok(false)
    }

    fn save_simple_key(&mut self) -> Result<(), YamlError> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let column = self.column();
        let required = self.flow_level == 0 && self.indent == column.cast_signed();
        let token = self.taken + self.queue.len();
        let mark = self.mark();
        let key = SimpleKey { possible: true, required, awaited: true, token, mark, column };
        self.remove_simple_key()?;
        if let Some(last) = self.simple_keys.last_mut() {
            *last = key;
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<(), YamlError> {
        let Some(key) = self.simple_keys.last_mut() else { return Ok(()) };
        let required = key.possible && key.required;
        if !required {
            key.possible = false;
            return Ok(());
        }
        Err(self.error("could not find expected ':'"))
    }

    fn increase_flow_level(&mut self) -> Result<(), YamlError> {
        let token = self.taken + self.queue.len();
        self.simple_keys.push(SimpleKey { token, mark: self.mark(), ..SimpleKey::default() });
        self.flow_level += 1;
        if YAML_DEPTH_MAX < self.flow_level { Err(self.too_deep()) } else { Ok(()) }
    }

    fn decrease_flow_level(&mut self) {
        if 0 < self.flow_level {
            self.flow_level -= 1;
            let inner = self.simple_keys.pop();
            // go-yaml no longer awaits an empty collection: its own place is where the place of
            // its first key would be, and goes with it.
            if let (Some(inner), Some(outer)) = (inner, self.simple_keys.last_mut())
                && inner.token == outer.token
            {
                outer.awaited = false;
            }
        }
    }

    // Starts a block collection where the column is further right than the last one's.
    fn roll_indent(
        &mut self,
        column: usize,
        at: Option<usize>,
        kind: TokenKind,
        mark: Mark,
    ) -> Result<(), YamlError> {
        let column = column.cast_signed();
        if 0 < self.flow_level || column <= self.indent {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if YAML_DEPTH_MAX < self.indents.len() {
            return Err(self.too_deep());
        }
        self.insert(at, Token::new(kind, mark, mark));
        Ok(())
    }

    // Puts a token in front of the one of that number, or last where that one is taken already.
    fn insert(&mut self, number: Option<usize>, token: Token) {
        let at = number.and_then(|number| number.checked_sub(self.taken));
        self.queue.insert(at.unwrap_or(self.queue.len()), token);
    }

    // Ends the block collections that are further right than `column`.
    fn unroll_indent(&mut self, column: isize) {
        if 0 < self.flow_level {
            return;
        }
        while column < self.indent {
            self.push(TokenKind::BlockEnd, self.mark());
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn too_deep(&self) -> YamlError {
        let problem = format!("exceeded max depth of {YAML_DEPTH_MAX}");
        YamlError::limit(self.line + 1, "YAML_DEPTH_MAX", YAML_DEPTH_MAX, problem)
    }
}
