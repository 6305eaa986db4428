//! The older document in the binary form that kubectl asks for.
//!
//! Numbers are those of the messages in which the document is defined; what has no message is
//! written as text.

use serde_json::{Map, Value};

/// The media type by which the document is asked for.
pub(crate) const ASKED: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
/// The media type that is answered: one that can be read as such.
pub(crate) const MEDIA: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// Writes a document of the second version.
pub(crate) fn document(whole: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    text(&mut out, 1, &whole["swagger"]);
    nested(&mut out, 2, |out| {
        text(out, 1, &whole["info"]["title"]);
        text(out, 2, &whole["info"]["version"]);
    });
    nested(&mut out, 8, |out| {
        for (path, item) in fields(&whole["paths"]) {
            named(out, 2, path, |out| {
                for (verb, number) in
                    [("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8)]
                {
                    if let Some(found) = item.get(verb) {
                        nested(out, number, |out| operation(out, found));
                    }
                }
            });
        }
    });
    nested(&mut out, 9, |out| schemas(out, &whole["definitions"]));
    out
}

fn operation(out: &mut Vec<u8>, operation: &Value) {
    text(out, 3, &operation["description"]);
    text(out, 5, &operation["operationId"]);
    for parameter in items(&operation["parameters"]) {
        let of = parameter.get("schema").unwrap_or(parameter);
        // A parameter that is not in the body, but in the query.
        nested(out, 8, |out| {
            nested(out, 1, |out| {
                nested(out, 2, |out| {
                    nested(out, 3, |out| {
                        text(out, 2, &parameter["in"]);
                        text(out, 4, &parameter["name"]);
                        text(out, 6, &of["type"]);
                        flag(out, 20, &of["uniqueItems"]);
                    });
                });
            });
        });
    }
    nested(out, 9, |_| {});
    extensions(out, 13, operation);
}

/// Writes schemas by name.
fn schemas(out: &mut Vec<u8>, all: &Value) {
    for (name, of) in fields(all) {
        named(out, 1, name, |out| schema(out, of));
    }
}

/// Writes a schema; it is as deep as the definition it comes from, which is limited.
fn schema(out: &mut Vec<u8>, of: &Value) {
    for (name, number) in
        [("$ref", 1), ("format", 2), ("title", 3), ("description", 4), ("pattern", 13)]
    {
        text(out, number, &of[name]);
    }
    any(out, 5, of.get("default"));
    for (name, number) in [("multipleOf", 6), ("maximum", 7), ("minimum", 9)] {
        double(out, number, &of[name]);
    }
    for (name, number) in [("exclusiveMaximum", 8), ("exclusiveMinimum", 10), ("uniqueItems", 16)] {
        flag(out, number, &of[name]);
    }
    let counts = [("maxLength", 11), ("minLength", 12), ("maxItems", 14), ("minItems", 15)];
    for (name, number) in counts.into_iter().chain([("maxProperties", 17), ("minProperties", 18)]) {
        if let Some(count) = of[name].as_u64() {
            tag(out, number, 0);
            varint(out, count);
        }
    }
    for name in items(&of["required"]) {
        text(out, 19, name);
    }
    for value in items(&of["enum"]) {
        any(out, 20, Some(value));
    }
    match &of["additionalProperties"] {
        Value::Bool(open) => nested(out, 21, |out| flag(out, 2, &Value::Bool(*open))),
        below if below.is_object() => {
            nested(out, 21, |out| nested(out, 1, |out| schema(out, below)));
        }
        _ => {}
    }
    if of["type"].is_string() {
        nested(out, 22, |out| text(out, 1, &of["type"]));
    }
    if of["items"].is_object() {
        nested(out, 23, |out| nested(out, 1, |out| schema(out, &of["items"])));
    }
    for one in items(&of["allOf"]) {
        nested(out, 24, |out| schema(out, one));
    }
    if of["properties"].is_object() {
        nested(out, 25, |out| schemas(out, &of["properties"]));
    }
    extensions(out, 31, of);
}

fn extensions(out: &mut Vec<u8>, number: u8, of: &Value) {
    for (name, value) in fields(of).filter(|(name, _)| name.starts_with("x-")) {
        nested(out, number, |out| {
            bytes(out, 1, name.as_bytes());
            any(out, 2, Some(value));
        });
    }
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().map(Map::iter).into_iter().flatten()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Writes a name and what goes by it.
fn named(out: &mut Vec<u8>, number: u8, name: &str, content: impl FnOnce(&mut Vec<u8>)) {
    nested(out, number, |out| {
        bytes(out, 1, name.as_bytes());
        nested(out, 2, content);
    });
}

fn nested(out: &mut Vec<u8>, number: u8, content: impl FnOnce(&mut Vec<u8>)) {
    let mut below = Vec::new();
    content(&mut below);
    bytes(out, number, &below);
}

fn bytes(out: &mut Vec<u8>, number: u8, content: &[u8]) {
    tag(out, number, 2);
    varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

fn text(out: &mut Vec<u8>, number: u8, value: &Value) {
    if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
        bytes(out, number, text.as_bytes());
    }
}

/// Writes a value as text.
fn any(out: &mut Vec<u8>, number: u8, value: Option<&Value>) {
    if let Some(value) = value {
        nested(out, number, |out| bytes(out, 2, value.to_string().as_bytes()));
    }
}

fn flag(out: &mut Vec<u8>, number: u8, value: &Value) {
    if value == &Value::Bool(true) {
        tag(out, number, 0);
        out.push(1);
    }
}

fn double(out: &mut Vec<u8>, number: u8, value: &Value) {
    if let Some(value) = value.as_f64() {
        tag(out, number, 1);
        out.extend_from_slice(&value.to_le_bytes());
    }
}

fn tag(out: &mut Vec<u8>, number: u8, wire: u8) {
    varint(out, u64::from(number) << 3 | u64::from(wire));
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::document;

    #[test]
    fn every_part_has_its_number() {
        let count = json!({
            "description": "d", "type": "integer", "minimum": 1, "maxLength": 300,
            "required": ["a"], "enum": ["x"], "x-list": [1],
        });
        let whole = json!({
            "swagger": "2.0",
            "info": { "title": "T", "version": "1" },
            "paths": { "/p": { "get": {
                "parameters": [{ "in": "query", "name": "n", "schema": { "type": "string" } }],
                "x-action": "get",
            }}},
            "definitions": { "A": {
                "type": "object",
                "properties": { "c": count },
                "additionalProperties": { "$ref": "#/definitions/B" },
            }},
        });
        let shown: String = document(&whole)
            .into_iter()
            .map(|byte| match char::from(byte) {
                c if c.is_ascii_graphic() => c.to_string(),
                _ => format!("<{byte}>"),
            })
            .collect();
        let lines: Vec<String> = shown
            .as_bytes()
            .chunks(90)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        expect_test::expect![[r#"
            <10><3>2.0<18><6><10><1>T<18><1>1B;<18>9<10><2>/p<18>3<18>1B<24><10><22><18><20><26><18><1
            8><5>query"<1>n2<6>stringJ<0>j<19><10><8>x-action<18><7><18><5>"get"Jk<10>i<10><1>A<18>d<1
            70><1><19><10><17><10><15>#/definitions/B<178><1><8><10><6>object<202><1>@<10>><10><1>c<18
            >9"<1>dI<0><0><0><0><0><0><240>?X<172><2><154><1><1>a<162><1><5><18><3>"x"<178><1><9><10><
            7>integer<250><1><15><10><6>x-list<18><5><18><3>[1]"#]].assert_eq(&lines.join("\n"));
    }
}
