//! The printed text, and what is known about its end.

/// Lines are folded at the first blank after so many characters.
const WIDTH: usize = 80;

/// Where printed text goes.
pub(super) struct Sink<'o> {
    out: &'o mut String,
    column: usize,
    // Whether the text ends in a blank or a line break that separates tokens.
    whitespace: bool,
    // Whether there is only indentation on the line so far.
    indention: bool,
}

impl<'o> Sink<'o> {
    pub(super) fn new(out: &'o mut String) -> Self {
        Self { out, column: 0, whitespace: true, indention: true }
    }

    pub(super) fn is_indention(&self) -> bool {
        self.indention
    }

    /// Whether the line is so long that it is folded at the next blank.
    pub(super) fn is_full(&self) -> bool {
        WIDTH < self.column
    }

    /// Whether `chars` more characters leave no place to fold.
    pub(super) fn has_room(&self, chars: usize) -> bool {
        self.column + chars <= WIDTH
    }

    /// Moves to `indent` on this line, if it has nothing yet, or on the next one.
    pub(super) fn write_indent(&mut self, indent: usize) {
        let at_indent = self.column == indent && !self.whitespace;
        if !self.indention || indent < self.column || at_indent {
            self.put_break();
        }
        while self.column < indent {
            self.out.push(' ');
            self.column += 1;
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// Writes `-`, `?` or `:` at the start of a node of a block collection.
    pub(super) fn write_block_indicator(&mut self, indicator: char) {
        self.separate();
        self.put(indicator);
        self.whitespace = false;
    }

    /// Writes the colon after a key.
    pub(super) fn write_colon(&mut self) {
        self.put(':');
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes text of one line, without blanks that could be folded.
    pub(super) fn write_token(&mut self, text: &str) {
        self.separate();
        self.put_str(text, text.len());
        self.end_token();
    }

    /// Writes a blank if the text does not end in one.
    pub(super) fn separate(&mut self) {
        if !self.whitespace {
            self.put(' ');
        }
    }

    /// Notes that a scalar ends here.
    pub(super) fn end_token(&mut self) {
        self.whitespace = false;
        self.indention = false;
    }

    pub(super) fn put(&mut self, char: char) {
        self.out.push(char);
        self.column += 1;
    }

    /// Writes text of `chars` characters without line breaks.
    pub(super) fn put_str(&mut self, text: &str, chars: usize) {
        self.out.push_str(text);
        self.column += chars;
    }

    pub(super) fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    /// Writes a character that is a line break in a scalar.
    pub(super) fn put_break_char(&mut self, char: char) {
        self.out.push(char);
        self.column = 0;
        self.indention = true;
    }

    /// Notes that the line has text.
    pub(super) fn end_indention(&mut self) {
        self.indention = false;
    }

    /// Starts the lines of a block scalar.
    pub(super) fn start_block(&mut self) {
        self.put_break();
        self.indention = true;
        self.whitespace = true;
    }
}
