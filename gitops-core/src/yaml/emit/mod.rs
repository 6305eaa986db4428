//! Values as sigs.k8s.io/yaml prints them, byte for byte.

mod analyze;
mod order;
mod scalar;
mod sink;

use serde_json::{Map, Value};

use self::{order::sorted, sink::Sink};
use super::{Duplicates, Style, YAML_DEPTH_MAX, YAML_SIMPLE_KEY_MAX, YamlError, json, number};

/// What a level of nesting is indented by.
const INDENT: usize = 2;
/// A key longer than this is written after `?`.
const SIMPLE_KEY_BYTES_MAX: usize = 128;

/// Returns `value` as YAML, as Helm's `toYaml` and Kustomize print it.
///
/// Keys are in go-yaml's natural order, strings have quotes where they would read back as
/// something else, long lines are folded.
///
/// # Errors
///
/// [`YamlError`] for a string that YAML cannot hold, such as one with a delete character, and for
/// a value nested deeper than [`YAML_DEPTH_MAX`].
pub fn encode(value: &Value) -> Result<String, YamlError> {
    let mut out = String::new();
    encode_into(value, &mut out)?;
    Ok(out)
}

/// Adds `value` as YAML to `out`, which stays as it is on an error. `out` ends a line.
///
/// # Errors
///
/// As for [`encode`].
pub fn encode_into(value: &Value, out: &mut String) -> Result<(), YamlError> {
    if is_passed_on(value, 0)? {
        Emitter::new(out).document(value);
    } else {
        Emitter::new(out).document(&passed_through_json(value)?);
    }
    Ok(())
}

/// Returns the style in which a string can be written on one line.
pub(super) fn inline_style(text: &str) -> Style {
    analyze::style_of(text, true)
}

/// Whether a string can be written between `'` on one line.
pub(super) fn may_be_single_quoted(text: &str) -> bool {
    analyze::may_be_single_quoted(text)
}

/// Whether a string can be written as a block, in lines of its own.
pub fn may_be_block(text: &str) -> bool {
    analyze::may_be_block(text)
}

/// Returns a string as it is written on one line in this style, which has to be allowed.
pub(super) fn inline(text: &str, style: Style) -> String {
    let mut out = String::new();
    scalar::write_inline(&mut Sink::new(&mut out), text, style);
    out
}

// The printer we agree with prints JSON first and reads that as YAML. Whether nothing is changed
// or refused on that way.
fn is_passed_on(value: &Value, depth: usize) -> Result<bool, YamlError> {
    if YAML_DEPTH_MAX < depth {
        let problem = format!("exceeded max depth of {YAML_DEPTH_MAX}");
        return Err(YamlError::limit(1, "YAML_DEPTH_MAX", YAML_DEPTH_MAX, problem));
    }
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(true),
        Value::String(text) => Ok(is_harmless(text)),
        Value::Array(items) => {
            for item in items {
                if !is_passed_on(item, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Value::Object(map) => {
            for (key, item) in map {
                // Each character of the key may be an escape of six.
                let long = YAML_SIMPLE_KEY_MAX < 2 + 6 * key.len();
                if long || !is_harmless(key) || !is_passed_on(item, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

// Whether YAML takes every character of the text between quotes as it is.
fn is_harmless(text: &str) -> bool {
    text.bytes().all(|byte| !matches!(byte, 0x7f | 0xc2 | 0xef))
}

fn passed_through_json(value: &Value) -> Result<Value, YamlError> {
    super::decode(json::to_escaped_json(value).as_bytes(), Duplicates::Last)?;
    refold(value)
}

// Returns the value with strings as they are read from between quotes, where NEL is a line break.
fn refold(value: &Value) -> Result<Value, YamlError> {
    Ok(match value {
        Value::String(text) => Value::String(refold_text(text)?),
        Value::Array(items) => Value::Array(items.iter().map(refold).collect::<Result<_, _>>()?),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| Ok((refold_text(key)?, refold(value)?));
            Value::Object(map.iter().map(entry).collect::<Result<Map<_, _>, YamlError>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

fn refold_text(text: &str) -> Result<String, YamlError> {
    if !text.contains('\u{85}') {
        return Ok(text.to_owned());
    }
    let json = json::to_escaped_json(&Value::from(text));
    match super::decode(json.as_bytes(), Duplicates::Last)? {
        Value::String(text) => Ok(text),
        _ => Ok(text.to_owned()),
    }
}

/// Where a node is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    /// A key without `?`, on one line.
    SimpleKey,
    /// A key after `?`, or a value.
    Pair,
}

struct Emitter<'o> {
    sink: Sink<'o>,
    // What block collections are indented by; `None` at the root.
    indent: Option<usize>,
}

impl<'o> Emitter<'o> {
    fn new(out: &'o mut String) -> Self {
        Self { sink: Sink::new(out), indent: None }
    }

    fn document(mut self, value: &Value) {
        self.node(value, Place::Root);
        self.sink.write_indent(0);
    }

    fn node(&mut self, value: &Value, place: Place) {
        match value {
            Value::Null => self.sink.write_token("null"),
            Value::Bool(true) => self.sink.write_token("true"),
            Value::Bool(false) => self.sink.write_token("false"),
            Value::Number(number) => self.sink.write_token(&number::yaml_number(number)),
            Value::String(text) => self.string(text, place),
            Value::Array(items) if items.is_empty() => self.sink.write_token("[]"),
            Value::Object(map) if map.is_empty() => self.sink.write_token("{}"),
            Value::Array(items) => self.list(items, place),
            Value::Object(map) => self.mapping(map),
        }
    }

    fn string(&mut self, text: &str, place: Place) {
        let indent = self.indent.unwrap_or(0) + INDENT;
        scalar::write(&mut self.sink, text, indent, place == Place::SimpleKey);
    }

    fn list(&mut self, items: &[Value], place: Place) {
        let outer = self.indent;
        // A list right after its key is no further right than the key.
        let aligned = place == Place::Pair && !self.sink.is_indention();
        let indent = match outer {
            None => 0,
            Some(indent) if aligned => indent,
            Some(indent) => indent + INDENT,
        };
        self.indent = Some(indent);
        for item in items {
            self.sink.write_indent(indent);
            self.sink.write_block_indicator('-');
            self.node(item, Place::Item);
        }
        self.indent = outer;
    }

    fn mapping(&mut self, map: &Map<String, Value>) {
        let outer = self.indent;
        let indent = outer.map_or(0, |indent| indent + INDENT);
        self.indent = Some(indent);
        for (key, value) in sorted(map) {
            self.sink.write_indent(indent);
            if key.len() <= SIMPLE_KEY_BYTES_MAX && !analyze::is_multiline(key) {
                self.string(key, Place::SimpleKey);
                self.sink.write_colon();
            } else {
                self.sink.write_block_indicator('?');
                self.string(key, Place::Pair);
                self.sink.write_indent(indent);
                self.sink.write_block_indicator(':');
            }
            self.node(value, Place::Pair);
        }
        self.indent = outer;
    }
}
