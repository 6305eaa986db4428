//! Go's `fmt.Sprintf`: the walk along a format.

use super::Printer;
use super::format::Flags;
use super::runes::decode;
use crate::helm::value::Value;

/// Widths and precisions beyond this are refused, as Go does.
const NUMBER_MAX: usize = 1_000_000;

/// `fmt.Sprintf`, with its complaints about bad formats in the text.
pub(crate) fn sprintf(format: &[u8], arguments: &[Value]) -> Vec<u8> {
    let mut walk = Walk {
        format,
        at: 0,
        arguments,
        next: 0,
        reordered: false,
        good_index: true,
        after_index: false,
        printer: Printer::default(),
    };
    while walk.step() {}
    walk.extra();
    walk.printer.out
}

struct Walk<'a> {
    format: &'a [u8],
    at: usize,
    arguments: &'a [Value],
    next: usize,
    reordered: bool,
    good_index: bool,
    after_index: bool,
    printer: Printer,
}

impl Walk<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn write(&mut self, text: &[u8]) {
        self.printer.out.extend_from_slice(text);
    }

    /// The text up to the next verb and the verb; false at the end.
    fn step(&mut self) -> bool {
        self.good_index = true;
        let rest = &self.format[self.at..];
        let plain = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
        self.printer.out.extend_from_slice(&rest[..plain]);
        self.at += plain;
        if self.at >= self.format.len() {
            return false;
        }
        self.at += 1;
        self.printer.flags = Flags::default();
        if self.flags() {
            return true;
        }
        self.index();
        self.width();
        self.precision();
        if !self.after_index {
            self.index();
        }
        self.verb()
    }

    /// Passes the flags; a small letter right behind them is the verb, which is done at once.
    fn flags(&mut self) -> bool {
        while let Some(byte) = self.peek() {
            let flags = &mut self.printer.flags;
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                b'a'..=b'z' if self.next < self.arguments.len() => {
                    self.at += 1;
                    self.print(char::from(byte));
                    return true;
                }
                _ => return false,
            }
            self.at += 1;
        }
        false
    }

    fn print(&mut self, verb: char) {
        let flags = &mut self.printer.flags;
        if matches!(verb, 'v' | 'w') {
            flags.sharp_v = std::mem::take(&mut flags.sharp);
            flags.plus_v = std::mem::take(&mut flags.plus);
        }
        let argument = &self.arguments[self.next];
        if verb == 'w' {
            self.printer.bad_verb(argument, verb);
        } else {
            self.printer.argument(argument, verb);
        }
        self.next += 1;
    }

    /// `[3]` before a width, a precision or a verb.
    fn index(&mut self) {
        self.after_index = false;
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let end = rest.iter().position(|byte| *byte == b']').filter(|_| rest.len() >= 3);
        let Some(end) = end else {
            self.at += 1;
            self.good_index = false;
            return;
        };
        self.at += end + 1;
        let number = std::str::from_utf8(&rest[1..end]).ok();
        let number = number.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let number = number.and_then(|text| text.parse::<usize>().ok());
        let number = number.filter(|number| *number <= 10 * NUMBER_MAX);
        // A number that is out of range still counts as one, but prints as bad.
        self.after_index = number.is_some();
        match number.and_then(|number| number.checked_sub(1)) {
            Some(index) if index < self.arguments.len() => self.next = index,
            _ => self.good_index = false,
        }
    }

    fn number(&mut self) -> Option<usize> {
        let from = self.at;
        let mut value = 0_usize;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            if value > NUMBER_MAX {
                self.at = self.format.len();
                return None;
            }
            value = value * 10 + usize::from(digit - b'0');
            self.at += 1;
        }
        (self.at > from).then_some(value)
    }

    /// The next argument as the number that `*` asks for.
    fn star(&mut self) -> Option<i64> {
        self.at += 1;
        let number = match self.arguments.get(self.next)? {
            Value::Int(number, _) => Some(*number),
            Value::Uint(number, _) => i64::try_from(*number).ok(),
            _ => None,
        };
        self.next += 1;
        self.after_index = false;
        number.filter(|number| number.unsigned_abs() <= NUMBER_MAX as u64)
    }

    fn width(&mut self) {
        if self.peek() == Some(b'*') {
            let number = self.star();
            self.after_index = false;
            if number.is_none() {
                self.write(b"%!(BADWIDTH)");
            }
            let flags = &mut self.printer.flags;
            flags.width = number.and_then(|number| usize::try_from(number.unsigned_abs()).ok());
            if number.is_some_and(|number| number < 0) {
                flags.minus = true;
                flags.zero = false;
            }
            return;
        }
        let number = self.number();
        if self.after_index && number.is_some() {
            self.good_index = false;
        }
        self.printer.flags.width = number;
    }

    fn precision(&mut self) {
        if self.peek() != Some(b'.') || self.at + 1 >= self.format.len() {
            return;
        }
        self.at += 1;
        if self.after_index {
            self.good_index = false;
        }
        self.index();
        if self.peek() == Some(b'*') {
            let number = self.star();
            self.after_index = false;
            let number = number.and_then(|number| usize::try_from(number).ok());
            if number.is_none() {
                self.write(b"%!(BADPREC)");
            }
            self.printer.flags.precision = number;
        } else {
            self.printer.flags.precision = Some(self.number().unwrap_or(0));
        }
    }

    fn verb(&mut self) -> bool {
        let Some((verb, width)) = self.format.get(self.at..).and_then(decode) else {
            self.write(b"%!(NOVERB)");
            return false;
        };
        self.at += width;
        if verb == '%' {
            self.write(b"%");
        } else if !self.good_index {
            self.write(format!("%!{verb}(BADINDEX)").as_bytes());
        } else if self.next >= self.arguments.len() {
            self.write(format!("%!{verb}(MISSING)").as_bytes());
        } else {
            self.print(verb);
        }
        true
    }

    /// Arguments that no verb took.
    fn extra(&mut self) {
        if self.reordered || self.next >= self.arguments.len() {
            return;
        }
        self.printer.flags = Flags::default();
        self.write(b"%!(EXTRA ");
        let arguments = self.arguments;
        for (at, value) in arguments[self.next..].iter().enumerate() {
            if at > 0 {
                self.write(b", ");
            }
            if matches!(value, Value::Nil) {
                self.write(b"<nil>");
            } else {
                self.write(value.type_name().as_bytes());
                self.write(b"=");
                self.printer.argument(value, 'v');
            }
        }
        self.write(b")");
    }
}
