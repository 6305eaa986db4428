//! Says where a text stops being JSON, in the words of Go's decoder.

/// How deep a body may nest.
const DEPTH_MAX: usize = 10_000;

/// Returns why `bytes` is not JSON; `None` when it is.
pub(crate) fn json_problem(bytes: &[u8]) -> Option<String> {
    let mut scan = Scan { bytes, at: 0 };
    scan.space();
    if let Err(problem) = scan.value() {
        return Some(problem);
    }
    scan.space();
    scan.peek().map(|byte| Scan::unexpected(byte, "after top-level value"))
}

struct Scan<'b> {
    bytes: &'b [u8],
    at: usize,
}

enum Open {
    Array,
    Object,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, String> {
        let byte = self.peek().ok_or_else(|| "unexpected end of JSON input".to_owned())?;
        self.at += 1;
        Ok(byte)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn unexpected(byte: u8, place: &str) -> String {
        let shown = match byte {
            b'\'' => "'\\''".to_owned(),
            b'"' => "'\"'".to_owned(),
            byte => format!("{:?}", char::from(byte)),
        };
        format!("invalid character {shown} {place}")
    }

    /// Reads a value without recursion, so that no body can exhaust the stack.
    fn value(&mut self) -> Result<(), String> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            self.space();
            let byte = self.next()?;
            let mut closed = true;
            match byte {
                b'{' => {
                    self.space();
                    if self.peek() == Some(b'}') {
                        self.at += 1;
                    } else {
                        open.push(Open::Object);
                        self.key()?;
                        closed = false;
                    }
                }
                b'[' => {
                    self.space();
                    if self.peek() == Some(b']') {
                        self.at += 1;
                    } else {
                        open.push(Open::Array);
                        closed = false;
                    }
                }
                b'"' => self.string()?,
                b'-' | b'0'..=b'9' => self.number(byte)?,
                b't' => self.literal("true")?,
                b'f' => self.literal("false")?,
                b'n' => self.literal("null")?,
                byte => return Err(Self::unexpected(byte, "looking for beginning of value")),
            }
            if DEPTH_MAX < open.len() {
                return Err("exceeded max depth".to_owned());
            }
            if closed && self.close(&mut open)? {
                return Ok(());
            }
        }
    }

    /// After a value: goes on to the next one, or says that the outermost is complete.
    fn close(&mut self, open: &mut Vec<Open>) -> Result<bool, String> {
        loop {
            let Some(last) = open.last() else { return Ok(true) };
            self.space();
            let byte = self.next()?;
            match (last, byte) {
                (Open::Array, b',') => return Ok(false),
                (Open::Object, b',') => {
                    self.key()?;
                    return Ok(false);
                }
                (Open::Array, b']') | (Open::Object, b'}') => {
                    open.pop();
                }
                (Open::Array, byte) => return Err(Self::unexpected(byte, "after array element")),
                (Open::Object, byte) => {
                    return Err(Self::unexpected(byte, "after object key:value pair"));
                }
            }
        }
    }

    fn key(&mut self) -> Result<(), String> {
        self.space();
        match self.next()? {
            b'"' => self.string()?,
            byte => {
                return Err(Self::unexpected(byte, "looking for beginning of object key string"));
            }
        }
        self.space();
        match self.next()? {
            b':' => Ok(()),
            byte => Err(Self::unexpected(byte, "after object key")),
        }
    }

    fn string(&mut self) -> Result<(), String> {
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => match self.next()? {
                    b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
                    b'u' => {
                        for _ in 0..4 {
                            let byte = self.next()?;
                            if !byte.is_ascii_hexdigit() {
                                return Err(Self::unexpected(
                                    byte,
                                    "in \\u hexadecimal character escape",
                                ));
                            }
                        }
                    }
                    byte => return Err(Self::unexpected(byte, "in string escape code")),
                },
                byte if byte < 0x20 => return Err(Self::unexpected(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn number(&mut self, first: u8) -> Result<(), String> {
        if first == b'-' && !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            let byte = self.next()?;
            return Err(Self::unexpected(byte, "in numeric literal"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
            self.at += 1;
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), String> {
        for wanted in word.bytes().skip(1) {
            let byte = self.next()?;
            if byte != wanted {
                let wanted = char::from(wanted);
                let place = format!("in literal {word} (expecting '{wanted}')");
                return Err(Self::unexpected(byte, &place));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_named_as_go_names_them() {
        for (text, problem) in [
            ("hello", "invalid character 'h' looking for beginning of value"),
            ("", "unexpected end of JSON input"),
            ("{\"a\":1", "unexpected end of JSON input"),
            ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
            ("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
        ] {
            assert_eq!(json_problem(text.as_bytes()).as_deref(), Some(problem), "{text}");
        }
        assert_eq!(json_problem(b" {\"a\": [1, -2.5e3, \"\\u00e4\", null, {}]} "), None);
    }
}
