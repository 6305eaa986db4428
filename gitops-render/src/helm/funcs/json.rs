//! JSON as Go's `encoding/json` writes and reads it.

use std::fmt::Write as _;

use super::super::template::limits::VALUE_DEPTH_MAX;
use super::super::template::print::runes::decode;
use super::super::value::{Elem, Type, Value};
use super::args::{any, bytes, list_bytes};
use super::encode::base64;
use super::json_read::check_type;
use super::{Answer, Call, Failure, Function, fixed};
use gitops_core::yaml::number::json_float;

const ANY: &[Type] = &[Type::Any];
const STR: &[Type] = &[Type::Str];

pub(super) const TABLE: &[Function] = &[
    fixed("toJson", ANY, Type::Str, |call, v| lenient(call, v, Style::Compact)),
    fixed("mustToJson", ANY, Type::Str, |call, v| strict(call, v, Style::Compact)),
    fixed("toPrettyJson", ANY, Type::Str, |call, v| lenient(call, v, Style::Pretty)),
    fixed("mustToPrettyJson", ANY, Type::Str, |call, v| strict(call, v, Style::Pretty)),
    fixed("toRawJson", ANY, Type::Str, |call, v| strict(call, v, Style::Raw)),
    fixed("mustToRawJson", ANY, Type::Str, |call, v| strict(call, v, Style::Raw)),
    fixed("fromJson", STR, Type::Map, |_, v| Ok(from_json_map(bytes(v, 0)))),
    fixed("fromJsonArray", STR, Type::List, |_, v| Ok(from_json_array(bytes(v, 0)))),
    fixed("mustFromJson", STR, Type::Any, |_, v| {
        super::json_read::read(bytes(v, 0)).map_err(Failure::from)
    }),
];

/// How JSON is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Compact,
    Pretty,
    /// Compact, with `<`, `>` and `&` as they are.
    Raw,
}

fn lenient(call: &mut Call<'_>, values: &[Value], style: Style) -> Answer {
    let text = encode(&any(values, 0), style).unwrap_or_default();
    call.room(text.len())?;
    Ok(Value::text(text))
}

fn strict(call: &mut Call<'_>, values: &[Value], style: Style) -> Answer {
    let text = encode(&any(values, 0), style)?;
    call.room(text.len())?;
    Ok(Value::text(text))
}

fn encode(value: &Value, style: Style) -> Result<String, Failure> {
    let mut writer = Writer { out: String::new(), style, depth: 0 };
    writer.value(value)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    style: Style,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Value) -> Result<(), Failure> {
        if self.depth > VALUE_DEPTH_MAX {
            return Err("json: unsupported value: encountered a cycle".into());
        }
        match value {
            Value::Nil => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Value::Int(number, _) => self.out.push_str(&number.to_string()),
            Value::Uint(number, _) => self.out.push_str(&number.to_string()),
            Value::Float(number) if number.is_finite() => self.out.push_str(&json_float(*number)),
            Value::Float(number) => {
                let text = super::super::template::print::float::plain_float(*number);
                return Err(format!("json: unsupported value: {text}").into());
            }
            Value::Str(text) => self.string(text),
            Value::List(list) if list.is_nil() => self.out.push_str("null"),
            Value::List(list) if list.elem() == Elem::Byte => {
                self.string(base64(&list_bytes(list)).as_bytes());
            }
            Value::List(list) => {
                let items = list.iter().map(|item| (None, item.clone()));
                self.group('[', items, ']')?;
            }
            Value::Map(map) if map.is_nil() => self.out.push_str("null"),
            Value::Map(map) => {
                let entries = map.entries().into_iter();
                let entries = entries.map(|(key, item)| (Some(key.to_vec()), item));
                self.group('{', entries, '}')?;
            }
            Value::Object(object) => {
                if let Some(view) = object.to_json().or_else(|| object.view()) {
                    self.value(&view)?;
                } else {
                    let fields = object.json_fields().into_iter();
                    let fields = fields.map(|(name, item)| (Some(name.into()), item));
                    self.group('{', fields, '}')?;
                }
            }
        }
        Ok(())
    }

    fn group(
        &mut self,
        open: char,
        items: impl Iterator<Item = (Option<Vec<u8>>, Value)>,
        close: char,
    ) -> Result<(), Failure> {
        self.out.push(open);
        self.depth += 1;
        let mut first = true;
        for (key, item) in items {
            if !first {
                self.out.push(',');
            }
            first = false;
            self.newline();
            if let Some(key) = key {
                self.string(&key);
                self.out.push_str(if self.style == Style::Pretty { ": " } else { ":" });
            }
            self.value(&item)?;
        }
        self.depth -= 1;
        if !first {
            self.newline();
        }
        self.out.push(close);
        Ok(())
    }

    fn newline(&mut self) {
        if self.style == Style::Pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn string(&mut self, text: &[u8]) {
        self.out.push('"');
        let mut rest = text;
        while let Some((rune, width)) = decode(rest) {
            let invalid = width == 1 && rune == char::REPLACEMENT_CHARACTER;
            rest = &rest[width..];
            match rune {
                rune if invalid => self.escape(rune),
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\x08' => self.out.push_str("\\b"),
                '\x0c' => self.out.push_str("\\f"),
                '\0'..=' ' if rune != ' ' => self.escape(rune),
                '<' | '>' | '&' if self.style != Style::Raw => self.escape(rune),
                '\u{2028}' | '\u{2029}' => self.escape(rune),
                rune => self.out.push(rune),
            }
        }
        self.out.push('"');
    }

    fn escape(&mut self, rune: char) {
        // Writing to a string cannot fail.
        let _ = write!(self.out, "\\u{:04x}", u32::from(rune));
    }
}

fn from_json_map(text: &[u8]) -> Value {
    let parts = super::json_read::read_parts(text);
    let unfit = parts.as_ref().ok().and_then(|(_, unfit)| unfit.clone());
    let value = parts.and_then(|(value, _)| check_type(value, "map[string]interface {}"));
    match value {
        Ok(Value::Map(map)) => {
            if let Some(problem) = unfit {
                map.insert("Error", Value::text(problem));
            }
            Value::Map(map)
        }
        Ok(_) => Value::Map(std::rc::Rc::new(super::super::value::Map::nil(
            super::super::value::MapType::Any,
        ))),
        Err(problem) => Value::map([("Error", Value::text(problem))]),
    }
}

fn from_json_array(text: &[u8]) -> Value {
    match super::json_read::read_as(text, "[]interface {}") {
        Ok(Value::List(list)) => Value::List(list),
        Ok(_) => Value::List(std::rc::Rc::new(super::super::value::List::nil(Elem::Any))),
        Err(problem) => Value::list(vec![Value::text(problem)]),
    }
}
