//! Reads JSON with Go's words for what is wrong in it.

use super::super::template::limits::VALUE_DEPTH_MAX;
use super::super::template::print::quote::quote_cut;
use super::super::value::{Text, Value};

const CUT_OFF: &str = "unexpected end of JSON input";

/// The value that `text` means.
pub(super) fn read(text: &[u8]) -> Result<Value, String> {
    match read_parts(text)? {
        (value, None) => Ok(value),
        (_, Some(problem)) => Err(problem),
    }
}

/// The same, and what Go says of numbers that do not fit, which are nil.
pub(super) fn read_parts(text: &[u8]) -> Result<(Value, Option<String>), String> {
    let mut reader = Reader { text, at: 0, depth: 0, unfit: None };
    reader.blank();
    let value = reader.value()?;
    reader.blank();
    match reader.peek() {
        // The text is one number that does not fit: it still is a number.
        None if reader.unfit.is_some() && matches!(value, Value::Nil) => {
            Ok((Value::Float(f64::INFINITY), reader.unfit))
        }
        None => Ok((value, reader.unfit)),
        Some(byte) => Err(bad(byte, "after top-level value")),
    }
}

/// The value that `text` begins with, and where it ends: Go's `Decoder`.
pub(in crate::helm) fn read_first(text: &[u8]) -> Result<(Value, usize), String> {
    let mut reader = Reader { text, at: 0, depth: 0, unfit: None };
    reader.blank();
    let value = reader.value().map_err(|problem| match problem.as_str() {
        CUT_OFF => "unexpected EOF".to_owned(),
        _ => problem,
    })?;
    match reader.unfit {
        None => Ok((value, reader.at)),
        Some(problem) => Err(problem),
    }
}

/// The same, where Go wants a value of a type: a map or a slice.
pub(super) fn read_as(text: &[u8], wanted: &str) -> Result<Value, String> {
    let (value, unfit) = read_parts(text)?;
    let value = check_type(value, wanted)?;
    unfit.map_or(Ok(value), Err)
}

/// Refuses a value of another type.
pub(super) fn check_type(value: Value, wanted: &str) -> Result<Value, String> {
    let found = match &value {
        Value::Nil => return Ok(value),
        Value::Bool(_) => "bool",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "number",
    };
    let fits = match found {
        "array" => wanted.starts_with('['),
        "object" => wanted.starts_with("map"),
        _ => false,
    };
    if fits {
        return Ok(value);
    }
    Err(format!("json: cannot unmarshal {found} into Go value of type {wanted}"))
}

fn bad(byte: u8, place: &str) -> String {
    let shown = match byte {
        b'\'' => "'\\''".into(),
        b'"' => "'\"'".into(),
        byte => {
            let quoted = quote_cut(char::from(byte).to_string().as_bytes(), None);
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    };
    format!("invalid character {shown} {place}")
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    /// What is wrong with the first number that does not fit.
    unfit: Option<String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The next byte; the end counts as a blank that does not fit.
    fn refuse<T>(&self, place: &str) -> Result<T, String> {
        Err(bad(self.peek().unwrap_or(b' '), place))
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.peek() {
            None => Err(CUT_OFF.into()),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Value::Str(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Nil),
            Some(byte) => Err(bad(byte, "looking for beginning of value")),
        }
    }

    fn nested(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<Value, String>,
    ) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > VALUE_DEPTH_MAX {
            return Err("exceeded max depth".into());
        }
        self.at += 1;
        self.blank();
        let value = inner(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Value, String> {
        let mut entries = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::map(entries));
        }
        loop {
            match self.peek() {
                None => return Err(CUT_OFF.into()),
                Some(b'"') => {}
                Some(byte) => {
                    return Err(bad(byte, "looking for beginning of object key string"));
                }
            }
            let key = self.string()?;
            self.blank();
            match self.peek() {
                None => return Err(CUT_OFF.into()),
                Some(b':') => self.at += 1,
                Some(byte) => return Err(bad(byte, "after object key")),
            }
            self.blank();
            entries.push((key, self.value()?));
            self.blank();
            match self.peek() {
                None => return Err(CUT_OFF.into()),
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::map(entries));
                }
                Some(byte) => return Err(bad(byte, "after object key:value pair")),
            }
            self.blank();
        }
    }

    fn array(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value()?);
            self.blank();
            match self.peek() {
                None => return Err(CUT_OFF.into()),
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::list(items));
                }
                Some(byte) => return Err(bad(byte, "after array element")),
            }
            self.blank();
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                let expected = char::from(expected);
                return self.refuse(&format!("in literal {word} (expecting '{expected}')"));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self, place: &str) -> Result<(), String> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.refuse(place);
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value, String> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = String::from_utf8_lossy(&self.text[from..self.at]).into_owned();
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => {
                self.unfit.get_or_insert_with(|| {
                    format!("json: cannot unmarshal number {text} into Go value of type float64")
                });
                Ok(Value::Nil)
            }
        }
    }

    fn string(&mut self) -> Result<Text, String> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let Some(byte) = self.peek() else {
                return Err(CUT_OFF.into());
            };
            match byte {
                b'"' => {
                    self.at += 1;
                    let text = Text::from(out);
                    return Ok(Text::from(text.to_str().into_owned()));
                }
                b'\\' => {
                    self.at += 1;
                    let rune = self.escape()?;
                    out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..=0x1f => return Err(bad(byte, "in string literal")),
                byte => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let Some(byte) = self.peek() else {
            return self.refuse("in string escape code");
        };
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                let low = self.text.get(self.at..self.at + 2) == Some(b"\\u");
                if (0xd800..0xdc00).contains(&unit) && low {
                    let back = self.at;
                    self.at += 2;
                    let second = self.unit()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let code = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = back;
                }
                char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            byte => return Err(bad(byte, "in string escape code")),
        })
    }

    fn unit(&mut self) -> Result<u32, String> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return self.refuse("in \\u hexadecimal character escape");
            };
            value = value << 4 | digit;
            self.at += 1;
        }
        Ok(value)
    }
}
