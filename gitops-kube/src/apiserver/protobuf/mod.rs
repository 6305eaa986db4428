//! Objects in the binary form that typed clients send: read by a table of field numbers.
//!
//! Answers are JSON; every client that sends the binary form accepts that too.

mod messages;
mod wire;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use self::{
    messages::{Field, Shape, messages},
    wire::{Part, Reader},
};

/// How deep messages may lie in each other.
pub(crate) const MESSAGE_DEPTH_MAX: usize = 64;

/// What every body in the binary form begins with.
const MAGIC: [u8; 4] = [b'k', b'8', b's', 0];
const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.";

type Read<T> = Result<T, String>;

/// Reads the object in a body; `name` gives the whole name of the type of a kind.
///
/// # Errors
///
/// A text that says what is wrong with the body.
pub(crate) fn object(body: &[u8], name: impl Fn(&str, &str) -> Option<String>) -> Read<Value> {
    let (version, kind, raw) = envelope(body)?;
    let name = name(&version, &kind)
        .ok_or_else(|| format!("no kind {kind:?} is registered for version {version:?}"))?;
    let number =
        messages().named(&name).ok_or_else(|| format!("{name} has no binary form here"))?;
    let Value::Object(fields) = message(raw, number, 0)? else {
        return Err(format!("{name} is no object"));
    };
    let mut out = Map::new();
    out.insert("apiVersion".to_owned(), version.into());
    out.insert("kind".to_owned(), kind.into());
    out.extend(fields);
    Ok(Value::Object(out))
}

/// Reads the options in the body of a DELETE.
///
/// # Errors
///
/// A text that says what is wrong with the body.
pub(crate) fn options(body: &[u8]) -> Read<Value> {
    object(body, |_, kind| (kind == "DeleteOptions").then(|| format!("{META}DeleteOptions")))
}

/// Takes a body apart: version, kind, and the message of that kind.
fn envelope(body: &[u8]) -> Read<(String, String, &[u8])> {
    let Some(rest) = body.strip_prefix(&MAGIC) else {
        return Err("provided data does not appear to be a protobuf message, expected prefix \
                    [107 56 115 0]"
            .to_owned());
    };
    let (mut version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    let mut reader = Reader::new(rest);
    while let Some((number, part)) = reader.next()? {
        match (number, part) {
            (1, Part::Bytes(bytes)) => {
                let mut reader = Reader::new(bytes);
                while let Some((number, part)) = reader.next()? {
                    match (number, part) {
                        (1, Part::Bytes(text)) => version = utf8(text)?,
                        (2, Part::Bytes(text)) => kind = utf8(text)?,
                        _ => {}
                    }
                }
            }
            (2, Part::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    Ok((version, kind, raw))
}

fn utf8(bytes: &[u8]) -> Read<String> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| "a text is not UTF-8".to_owned())
}

/// Reads one message; what JSON would leave out is left out.
fn message(bytes: &[u8], number: usize, depth: usize) -> Read<Value> {
    if MESSAGE_DEPTH_MAX < depth {
        return Err(format!("messages lie more than {MESSAGE_DEPTH_MAX} deep in each other"));
    }
    let Some(message) = messages().at(number) else { return Err("unknown message".to_owned()) };
    if let Some(value) = special(message.name, bytes)? {
        return Ok(value);
    }
    let mut out = Map::new();
    let mut reader = Reader::new(bytes);
    while let Some((number, part)) = reader.next()? {
        // Fields of newer clients are nothing to this server.
        if let Some(field) = message.fields.iter().find(|field| field.number == number) {
            put(&mut out, field, &part, depth)?;
        }
    }
    Ok(Value::Object(out))
}

fn put(out: &mut Map<String, Value>, field: &Field, part: &Part<'_>, depth: usize) -> Read<()> {
    match field.shape {
        Shape::List => {
            let list = out.entry(field.name).or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                list.extend(items(field, part, depth)?);
            }
        }
        Shape::Map => {
            let Part::Bytes(bytes) = part else { return Err(wrong(field)) };
            let (key, value) = entry(field, bytes, depth)?;
            let map = out.entry(field.name).or_insert_with(|| json!({}));
            map[key] = value;
        }
        Shape::Inline => {
            if let Value::Object(inner) = one(field, part, depth)? {
                out.extend(inner);
            }
        }
        Shape::Pointer => {
            out.insert(field.name.to_owned(), one(field, part, depth)?);
        }
        Shape::Plain => {
            let value = one(field, part, depth)?;
            let empty = match &value {
                Value::Null => true,
                Value::String(text) => text.is_empty(),
                Value::Bool(yes) => !yes,
                Value::Number(number) => number.as_f64() == Some(0.0),
                Value::Object(map) => map.is_empty(),
                Value::Array(_) => false,
            };
            if !empty {
                out.insert(field.name.to_owned(), value);
            }
        }
    }
    Ok(())
}

fn wrong(field: &Field) -> String {
    format!("the field {} has the wrong wire type", field.name)
}

/// Reads the items of a list: one, or several numbers packed together.
fn items(field: &Field, part: &Part<'_>, depth: usize) -> Read<Vec<Value>> {
    if let (Part::Bytes(bytes), "i" | "b") = (part, field.of) {
        let mut reader = Reader::new(bytes);
        let mut out = Vec::new();
        while !reader.is_empty() {
            out.push(scalar(field, &Part::Number(reader.varint()?))?);
        }
        return Ok(out);
    }
    Ok(vec![one(field, part, depth)?])
}

fn entry(field: &Field, bytes: &[u8], depth: usize) -> Read<(String, Value)> {
    let (mut key, mut value) = (String::new(), None);
    let mut reader = Reader::new(bytes);
    while let Some((number, part)) = reader.next()? {
        match (number, &part) {
            (1, Part::Bytes(text)) => key = utf8(text)?,
            (2, part) => value = Some(one(field, part, depth)?),
            _ => {}
        }
    }
    let empty = || if matches!(field.of, "s" | "y") { json!("") } else { json!({}) };
    Ok((key, value.unwrap_or_else(empty)))
}

fn one(field: &Field, part: &Part<'_>, depth: usize) -> Read<Value> {
    match (field.of.parse::<usize>(), part) {
        (Ok(number), Part::Bytes(bytes)) => message(bytes, number, depth + 1),
        (Ok(_), _) => Err(wrong(field)),
        (Err(_), part) => scalar(field, part),
    }
}

fn scalar(field: &Field, part: &Part<'_>) -> Read<Value> {
    Ok(match (field.of, part) {
        ("s", Part::Bytes(text)) => json!(utf8(text)?),
        ("y", Part::Bytes(bytes)) => json!(STANDARD.encode(bytes)),
        ("b", Part::Number(number)) => json!(*number != 0),
        ("i", Part::Number(number)) => json!(number.cast_signed()),
        ("d", Part::Double(number)) => json!(number),
        _ => return Err(wrong(field)),
    })
}

/// Reads the types whose JSON is no object of their fields.
fn special(name: &str, bytes: &[u8]) -> Read<Option<Value>> {
    let short = name.rsplit('.').next().unwrap_or_default();
    if !matches!(
        short,
        "Time"
            | "MicroTime"
            | "Quantity"
            | "IntOrString"
            | "FieldsV1"
            | "RawExtension"
            | "ExtraValue"
            | "Verbs"
    ) {
        return Ok(None);
    }
    let (mut numbers, mut texts) = ([0_i64; 4], Vec::new());
    let mut reader = Reader::new(bytes);
    while let Some((number, part)) = reader.next()? {
        match part {
            Part::Number(value) => {
                if let Some(slot) = numbers.get_mut(number) {
                    *slot = value.cast_signed();
                }
            }
            Part::Bytes(bytes) => texts.push(utf8(bytes)?),
            Part::Double(_) => {}
        }
    }
    let text = || texts.first().cloned().unwrap_or_default();
    Ok(Some(match short {
        "Time" | "MicroTime" => time(short, numbers[1], numbers[2])?,
        "IntOrString" if numbers[1] == 0 => json!(numbers[2]),
        "Quantity" | "IntOrString" => json!(text()),
        "ExtraValue" | "Verbs" => json!(texts),
        _ if text().is_empty() => Value::Null,
        _ => serde_json::from_str(&text()).map_err(|cause| cause.to_string())?,
    }))
}

fn time(kind: &str, seconds: i64, nanoseconds: i64) -> Read<Value> {
    if (seconds, nanoseconds) == (0, 0) {
        return Ok(Value::Null);
    }
    let nanoseconds = i32::try_from(nanoseconds).unwrap_or(0);
    let time = Timestamp::new(seconds, nanoseconds).map_err(|cause| cause.to_string())?;
    let format = if kind == "Time" { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S.%6fZ" };
    Ok(json!(time.strftime(format).to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{MAGIC, MESSAGE_DEPTH_MAX, message, messages, object};

    /// Writes a field of bytes.
    fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2];
        let mut length = content.len();
        while 0x7f < length {
            out.push(u8::try_from(length & 0x7f).unwrap_or(0) | 0x80);
            length >>= 7;
        }
        out.push(u8::try_from(length).unwrap_or(0));
        out.extend_from_slice(content);
        out
    }

    fn body(kind: &str, content: &[u8]) -> Vec<u8> {
        let head = [bytes(1, b"v1"), bytes(2, kind.as_bytes())].concat();
        [MAGIC.to_vec(), bytes(1, &head), bytes(2, content)].concat()
    }

    fn read(body: &[u8]) -> Result<serde_json::Value, String> {
        object(body, |_, kind| Some(format!("io.k8s.api.core.v1.{kind}")))
    }

    #[test]
    fn a_configuration_is_read_from_its_binary_form() {
        let meta = bytes(1, &[bytes(1, b"settings"), bytes(2, b""), bytes(8, b"")].concat());
        let data = bytes(2, &[bytes(1, b"a"), bytes(2, b"1")].concat());
        let found = read(&body("ConfigMap", &[meta, data].concat()));
        let wanted = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "settings" }, "data": { "a": "1" },
        });
        assert_eq!(found, Ok(wanted));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        assert!(read(b"{}").is_err_and(|why| why.contains("expected prefix")));
        assert!(read(&body("ConfigMap", &[0x0a, 0xff])).is_err());
        assert!(read(&body("Nothing", &[])).is_err());
    }

    #[test]
    fn messages_in_messages_have_a_limit() {
        let number = messages().named("io.k8s.api.core.v1.ConfigMap").unwrap_or_default();
        assert!(message(&[], number, MESSAGE_DEPTH_MAX).is_ok());
        assert!(message(&[], number, MESSAGE_DEPTH_MAX + 1).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn arbitrary_bytes_never_panic(content in proptest::collection::vec(any::<u8>(), 0..256)) {
            for kind in ["Pod", "ConfigMap", "Event"] {
                let _ = read(&body(kind, &content));
            }
            let _ = read(&content);
        }
    }
}
