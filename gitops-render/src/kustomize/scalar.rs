//! What a scalar means: the types of go-yaml v3, which reads the resources.

use gitops_core::yaml::may_be_block;
use serde_json::{Number, Value};

use super::{
    problem::{Outcome, problem},
    timestamp::as_rfc3339,
};

/// The type that a scalar has, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tag {
    /// Whatever the text looks like.
    #[default]
    None,
    Str,
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    /// The key that merges other mappings in.
    Merge,
}

/// One value, as it would be written.
///
/// Type and quotes are separate, since changing a value keeps the quotes of the old one: a number
/// that is put where a quoted string was is a string.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) tag: Tag,
    /// Whether it is written with quotes or as a block.
    pub(super) quoted: bool,
}

impl Scalar {
    /// Returns a string.
    pub(super) fn string(text: impl Into<String>) -> Self {
        Self { text: text.into(), tag: Tag::Str, quoted: false }
    }

    /// Returns a value that is whatever it looks like.
    pub(super) fn untyped(text: impl Into<String>) -> Self {
        Self { text: text.into(), tag: Tag::None, quoted: false }
    }

    /// Returns a value of a type, without quotes.
    pub(super) fn of(tag: Tag, text: impl Into<String>) -> Self {
        Self { text: text.into(), tag, quoted: false }
    }

    /// Whether this counts as a string for those who change strings.
    pub(super) fn is_string(&self) -> bool {
        matches!(self.tag, Tag::Str | Tag::None)
    }

    /// Returns the JSON that the printed scalar means.
    pub(super) fn to_value(&self) -> Outcome<Value> {
        let indicated = self.tag == Tag::Str || (self.tag == Tag::None && self.quoted);
        if indicated {
            return Ok(Value::String(self.text.clone()));
        }
        let (found, value) = resolve(&self.text);
        if self.tag == Tag::None || found == self.tag {
            let block = self.quoted || self.text.contains('\n');
            return Ok(if block { Value::String(self.text.clone()) } else { value });
        }
        if self.tag == Tag::Float && found == Tag::Int {
            return Ok(value);
        }
        let (text, found, tag) = (&self.text, found.name(), self.tag.name());
        Err(problem(format!("cannot decode {found} `{text}` as a {tag}")))
    }
}

impl Scalar {
    /// Returns the JSON that the scalar means by its type, as it would be written without quotes.
    pub(super) fn decoded(&self) -> Outcome<Value> {
        Self { quoted: self.quoted && self.tag == Tag::None, ..self.clone() }.to_value()
    }

    /// Checks that the scalar can be read again when it is printed outside of `{}`.
    ///
    /// Kustomize does just that: where a text has several lines and no quotes it becomes a block,
    /// and one that begins with a tab cannot be read.
    pub(super) fn check_block(&self) -> Outcome<()> {
        let text = &self.text;
        let block = !self.quoted && text.starts_with('\t') && text.contains('\n');
        // Unlike its predecessor, go-yaml v3 writes tabs in blocks.
        if block && may_be_block(&text.replace('\t', "x")) {
            let text = "found a tab character where an indentation space is expected: a text of several \
                        lines cannot begin with a tab";
            return Err(problem(text));
        }
        Ok(())
    }
}

impl Tag {
    /// Returns the name in YAML.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None | Self::Str => "!!str",
            Self::Null => "!!null",
            Self::Bool => "!!bool",
            Self::Int => "!!int",
            Self::Float => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::Merge => "!!merge",
        }
    }
}

/// Whether Kustomize cannot read its own form of a text: a block that starts with a tab.
pub(super) fn is_unreadable_block(text: &str) -> bool {
    let printable = |char: char| match char {
        '\t' | '\n' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fefe}' => true,
        other => ('\u{ff00}'..='\u{fffd}').contains(&other),
    };
    text.starts_with('\t')
        && text.contains('\n')
        && !text.contains(" \n")
        && !text.ends_with(' ')
        && text.chars().all(printable)
}

/// Returns the type and the JSON of a text without quotes and tag.
pub(super) fn resolve(text: &str) -> (Tag, Value) {
    let string = || (Tag::Str, Value::String(text.to_owned()));
    let Some(first) = text.bytes().next() else { return (Tag::Null, Value::Null) };
    match first {
        b'~' | b'n' | b'N' if matches!(text, "~" | "null" | "Null" | "NULL") => {
            (Tag::Null, Value::Null)
        }
        b't' | b'T' if matches!(text, "true" | "True" | "TRUE") => (Tag::Bool, Value::Bool(true)),
        b'f' | b'F' if matches!(text, "false" | "False" | "FALSE") => {
            (Tag::Bool, Value::Bool(false))
        }
        b'<' if text == "<<" => (Tag::Merge, Value::String(text.to_owned())),
        b'.' => special(text).or_else(|| point_float(text)).unwrap_or_else(string),
        b'+' | b'-' => special(text).or_else(|| number(text)).unwrap_or_else(string),
        b'0'..=b'9' => match as_rfc3339(text) {
            Some(time) => (Tag::Timestamp, Value::String(time)),
            None => number(text).unwrap_or_else(string),
        },
        _ => string(),
    }
}

// JSON has no such numbers: they are strings to whoever reads the output.
fn special(text: &str) -> Option<(Tag, Value)> {
    let known = [
        ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
        "-.Inf", "-.INF",
    ];
    known.contains(&text).then_some((Tag::Float, Value::Null))
}

fn point_float(text: &str) -> Option<(Tag, Value)> {
    is_float(text).then(|| float(text)).flatten()
}

fn number(text: &str) -> Option<(Tag, Value)> {
    let plain = text.replace('_', "");
    if let Some(number) = integer(&plain) {
        return Some((Tag::Int, Value::Number(number)));
    }
    if is_float(&plain) {
        return float(&plain);
    }
    None
}

// Go's integers: `0x`, `0o`, `0b` and a leading 0 choose the base.
fn integer(text: &str) -> Option<Number> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("+", &text[1..]),
        _ => ("", text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.bytes().next()?.is_ascii_alphanumeric() {
        return None;
    }
    let size = u64::from_str_radix(digits, base).ok()?;
    match sign {
        "-" => 0_i64.checked_sub_unsigned(size).map(Number::from),
        "+" => i64::try_from(size).ok().map(Number::from),
        _ => Some(Number::from(size)),
    }
}

// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = digits(text);
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if whole == 0 && count == 0 {
            return false;
        }
        rest = &fraction[count..];
    } else if whole == 0 {
        return false;
    }
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return rest.is_empty() };
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    !exponent.is_empty() && digits(exponent) == exponent.len()
}

fn float(text: &str) -> Option<(Tag, Value)> {
    let value: f64 = text.parse().ok()?;
    Some((Tag::Float, Value::Number(json_number(value)?)))
}

/// Returns a number as it reads once JSON has carried it: whole numbers are integers.
pub(super) fn json_number(value: f64) -> Option<Number> {
    let text = gitops_core::yaml::number::json_float(value);
    if !text.contains(['.', 'e']) {
        if let Ok(whole) = text.parse::<i64>() {
            return Some(Number::from(whole));
        }
        if let Ok(whole) = text.parse::<u64>() {
            return Some(Number::from(whole));
        }
    }
    Number::from_f64(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_have_the_types_of_yaml_1_2_with_old_octals() {
        let check = |text: &str, tag: Tag, json: &str| {
            let (found, value) = resolve(text);
            assert_eq!((found, value.to_string().as_str()), (tag, json), "{text}");
        };
        check("yes", Tag::Str, r#""yes""#);
        check("0755", Tag::Int, "493");
        check("0o755", Tag::Int, "493");
        check("0xFF", Tag::Int, "255");
        check("1_000", Tag::Int, "1000");
        check("1e3", Tag::Float, "1000");
        check("1.50", Tag::Float, "1.5");
        check("08", Tag::Float, "8");
        check("1.2.3", Tag::Str, r#""1.2.3""#);
        check("2024-01-02", Tag::Timestamp, r#""2024-01-02T00:00:00Z""#);
        check("~", Tag::Null, "null");
    }

    #[test]
    fn a_number_between_old_quotes_is_a_string() {
        let quoted = Scalar { text: "2".to_owned(), tag: Tag::Int, quoted: true };
        assert_eq!(quoted.to_value().unwrap(), Value::String("2".to_owned()));
        assert!(Scalar::of(Tag::Int, "x").to_value().is_err());
    }
}
