//! Reads TOML into the types that Go gives its values.

use std::rc::Rc;

use super::super::value::{Elem, List, Value};
use super::moment::Moment;
use super::time_read::parse;

/// The table that `text` means; the error begins as Go's does, but words the problem its own way.
pub(super) fn read(text: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(text).map_err(|_| "toml: invalid UTF-8".to_owned())?;
    match text.parse::<toml::Table>() {
        Ok(table) => Ok(convert(&toml::Value::Table(table))),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = 1 + text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
            Err(format!("toml: line {line}: {}", error.message()))
        }
    }
}

fn convert(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::text(text),
        toml::Value::Integer(number) => Value::int64(*number),
        toml::Value::Float(number) => Value::Float(*number),
        toml::Value::Boolean(flag) => Value::Bool(*flag),
        toml::Value::Datetime(time) => moment(&time.to_string()),
        toml::Value::Array(items) => {
            let tables = !items.is_empty() && items.iter().all(toml::Value::is_table);
            let elem = if tables { Elem::Map } else { Elem::Any };
            Value::List(Rc::new(List::new(elem, items.iter().map(convert).collect())))
        }
        toml::Value::Table(entries) => {
            Value::map(entries.iter().map(|(key, item)| (key, convert(item))))
        }
    }
}

/// A time, a date or a time of day.
fn moment(text: &str) -> Value {
    const LAYOUTS: [&[u8]; 4] = [
        b"2006-01-02T15:04:05.999999999Z07:00",
        b"2006-01-02T15:04:05.999999999",
        b"2006-01-02",
        b"15:04:05.999999999",
    ];
    let text = text.replace(' ', "T");
    let found = LAYOUTS.iter().find_map(|layout| parse(layout, text.as_bytes()).ok());
    Value::object(found.unwrap_or_else(|| Moment::utc(0, 0)))
}
