//! Values that surely meet a schema: most do, and then nothing need be said about where and why.
//!
//! What is surely met here has no fault for the validator; whatever is not so simple is its matter.

mod leaf;

use std::{cell::RefCell, collections::BTreeMap};

use self::leaf::{Verdict, are_different, is_of_type, is_one_of, open_if};

use super::{
    document::Draft,
    format,
    lean::{Lean, LeanMap},
    validate::compile,
};
use crate::helm::{
    funcs::Pattern,
    template::limits::REGEX_BYTES_MAX,
    value::{Seen, SeenMap, Shape, Text},
};

/// How deep schemas are followed here.
const QUICK_DEPTH_MAX: usize = 48;

/// Keywords that are not looked at here where the value is of their kind.
const OF_MAPS: &[&str] = &[
    "minProperties",
    "maxProperties",
    "dependencies",
    "propertyNames",
    "dependentSchemas",
    "dependentRequired",
];
const OF_LISTS: &[&str] =
    &["prefixItems", "additionalItems", "contains", "minContains", "maxContains"];
const OF_NUMBERS: &[&str] = &["exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
/// Keywords that are not looked at here at all.
const OF_ALL: &[&str] = &[
    "if",
    "then",
    "else",
    "id",
    "$id",
    "$anchor",
    "$dynamicAnchor",
    "$recursiveRef",
    "$dynamicRef",
    "unevaluatedProperties",
    "unevaluatedItems",
];

/// A schema file, as far as it is simple.
struct Quick<'q> {
    root: &'q Lean<'q>,
    draft: Draft,
    patterns: RefCell<BTreeMap<&'q str, Pattern>>,
}

/// Whether values surely meet a schema, which is one.
pub(super) fn is_surely_met(schema: &[u8], values: &SeenMap<'_>) -> bool {
    let Ok(root) = serde_json::from_slice::<Lean<'_>>(schema) else { return false };
    let named = root.as_map().and_then(|map| map.get("$schema")).and_then(Lean::as_str);
    let draft = named.and_then(Draft::of).unwrap_or(Draft::Draft2020);
    let quick = Quick { root: &root, draft, patterns: RefCell::default() };
    patterns_are_well(&root) && quick.map_verdict(&root, values, 0) == Verdict::Met
}

// Whether every pattern of a schema is one.
fn patterns_are_well(schema: &Lean<'_>) -> bool {
    match schema {
        Lean::List(items) => items.iter().all(patterns_are_well),
        Lean::Map(map) => map.iter().all(|(key, value)| match (key, value) {
            ("enum" | "const" | "default" | "examples", _) => true,
            ("pattern", Lean::Text(pattern)) => {
                Pattern::problem(pattern, REGEX_BYTES_MAX).is_none()
            }
            (_, value) => patterns_are_well(value),
        }),
        _ => true,
    }
}

impl<'q> Quick<'q> {
    fn map_verdict(&self, schema: &'q Lean<'q>, map: &SeenMap<'_>, depth: usize) -> Verdict {
        let schema = match enter(schema, depth) {
            Ok(schema) => schema,
            Err(verdict) => return verdict,
        };
        let looked = |keyword: &str, argument: &'q Lean<'q>| {
            self.of_map(schema, keyword, argument, map, depth)
        };
        self.keywords(schema, "object", looked, |schema| self.map_verdict(schema, map, depth + 1))
    }

    fn verdict(&self, schema: &'q Lean<'q>, value: Seen<'_>, depth: usize) -> Verdict {
        let shape = match value.shape() {
            Shape::Map(map) => return self.map_verdict(schema, &map, depth),
            shape => shape,
        };
        let schema = match enter(schema, depth) {
            Ok(schema) => schema,
            Err(verdict) => return verdict,
        };
        let kind = match &shape {
            Shape::Null => "null",
            Shape::Bool(_) => "boolean",
            Shape::Number(number) if number.fract() == 0.0 => "integer",
            Shape::Number(_) => "number",
            Shape::Text(_) => "string",
            Shape::List => "array",
            Shape::Map(_) | Shape::Strange => return Verdict::Open,
        };
        let looked = |keyword: &str, argument: &'q Lean<'q>| match (&shape, keyword) {
            (_, "enum") => argument.as_list().map_or(Verdict::Open, |all| is_one_of(all, &shape)),
            (_, "const") if Draft::Draft6 <= self.draft => {
                is_one_of(std::slice::from_ref(argument), &shape)
            }
            (Shape::List, keyword) => self.of_list(keyword, argument, value, depth),
            (Shape::Text(text), keyword) => self.of_text(keyword, argument, text),
            (Shape::Number(number), "minimum") => {
                open_if(argument.as_f64().is_none_or(|least| *number < least))
            }
            (Shape::Number(number), "maximum") => {
                open_if(argument.as_f64().is_none_or(|most| most < *number))
            }
            (Shape::Number(_), keyword) => open_if(OF_NUMBERS.contains(&keyword)),
            _ => Verdict::Met,
        };
        self.keywords(schema, kind, looked, |schema| self.verdict(schema, value, depth + 1))
    }

    // Looks at the keywords that mean the same for all kinds of values, and lets `looked` look at
    // the others; `same` is about the same value and a further schema.
    fn keywords(
        &self,
        schema: &'q LeanMap<'q>,
        kind: &str,
        looked: impl Fn(&str, &'q Lean<'q>) -> Verdict,
        same: impl Fn(&'q Lean<'q>) -> Verdict,
    ) -> Verdict {
        if let Some(Lean::Text(reference)) = schema.get("$ref") {
            let pointer = reference.strip_prefix('#').filter(|pointer| !pointer.contains('%'));
            let found = pointer.and_then(|pointer| self.root.pointer(pointer));
            let Some(found) = found else { return Verdict::Open };
            let outcome = same(found);
            if self.draft < Draft::Draft2019 || outcome != Verdict::Met {
                // A miss further on is no miss of this schema's own.
                return if outcome == Verdict::Met { outcome } else { Verdict::Open };
            }
        }
        let mut all = Verdict::Met;
        // What ends a check comes first.
        if let Some(types) = schema.get("type") {
            all = is_of_type(types, kind);
        }
        for (keyword, argument) in schema.iter() {
            if all != Verdict::Met {
                break;
            }
            all = match keyword {
                "type" | "$ref" => Verdict::Met,
                "not" => open_if(same(argument) != Verdict::Missed),
                "allOf" => each(argument, |schemas| {
                    open_if(schemas.iter().any(|schema| same(schema) != Verdict::Met))
                }),
                // A schema that is wrong itself is an error as long as none is met.
                "anyOf" => each(argument, |schemas| {
                    let first = schemas.iter().map(&same).find(|it| *it != Verdict::Missed);
                    open_if(first != Some(Verdict::Met))
                }),
                "oneOf" => each(argument, |schemas| {
                    let verdicts: Vec<_> = schemas.iter().map(&same).collect();
                    let count = |verdict| verdicts.iter().filter(|it| **it == verdict).count();
                    open_if(count(Verdict::Met) != 1 || count(Verdict::Open) != 0)
                }),
                // An address of the whole changes no reference within.
                "id" | "$id" if self.is_root(schema) => Verdict::Met,
                keyword if OF_ALL.contains(&keyword) => Verdict::Open,
                keyword => looked(keyword, argument),
            };
        }
        all
    }

    fn is_root(&self, schema: &'q LeanMap<'q>) -> bool {
        self.root.as_map().is_some_and(|root| std::ptr::eq(root, schema))
    }

    fn of_map(
        &self,
        schema: &'q LeanMap<'q>,
        keyword: &str,
        argument: &'q Lean<'q>,
        map: &SeenMap<'_>,
        depth: usize,
    ) -> Verdict {
        let named = schema.get("properties").and_then(Lean::as_map);
        let patterns = schema.get("patternProperties").and_then(Lean::as_map);
        let fitting = |key: &Text| {
            let patterns = patterns.into_iter().flat_map(LeanMap::iter);
            let key = key.clone();
            patterns.filter(move |(pattern, _)| self.matches(pattern, &key)).map(|(_, it)| it)
        };
        let is_known = |key: &Text| {
            named.is_some_and(|named| named.get(&key.to_str()).is_some())
                || fitting(key).next().is_some()
        };
        match keyword {
            "enum" | "const" => Verdict::Open,
            "required" => {
                let names = argument.as_list().into_iter().flatten().filter_map(Lean::as_str);
                open_if(names.into_iter().any(|name| !map.contains(name)))
            }
            "properties" => open_if(!map.all(|key, value| {
                let schema = named.and_then(|named| named.get(&key.to_str()));
                schema.is_none_or(|schema| self.verdict(schema, value, depth + 1) == Verdict::Met)
            })),
            "additionalProperties" => open_if(!map.all(|key, value| {
                is_known(key) || self.verdict(argument, value, depth + 1) == Verdict::Met
            })),
            "patternProperties" => open_if(!map.all(|key, value| {
                fitting(key).all(|schema| self.verdict(schema, value, depth + 1) == Verdict::Met)
            })),
            keyword => open_if(OF_MAPS.contains(&keyword)),
        }
    }

    fn of_list(
        &self,
        keyword: &str,
        argument: &'q Lean<'q>,
        list: Seen<'_>,
        depth: usize,
    ) -> Verdict {
        #[expect(clippy::cast_precision_loss, reason = "no list is that long")]
        let count = || list.items().count() as f64;
        match keyword {
            "items" if argument.as_list().is_some() => Verdict::Open,
            "items" => open_if(
                list.items().any(|item| self.verdict(argument, item, depth + 1) != Verdict::Met),
            ),
            "minItems" => open_if(argument.as_f64().is_none_or(|least| count() < least)),
            "maxItems" => open_if(argument.as_f64().is_none_or(|most| most < count())),
            "uniqueItems" => open_if(
                1.0 < count() && !matches!(argument, Lean::Bool(false)) && !are_different(list),
            ),
            keyword => open_if(OF_LISTS.contains(&keyword)),
        }
    }

    fn matches(&self, pattern: &'q str, text: &[u8]) -> bool {
        let mut patterns = self.patterns.borrow_mut();
        let pattern = patterns.entry(pattern).or_insert_with(|| compile(pattern));
        pattern.regex.as_ref().is_ok_and(|regex| regex.is_match(text))
    }

    fn of_text(&self, keyword: &str, argument: &'q Lean<'q>, text: &Text) -> Verdict {
        let Ok(text) = std::str::from_utf8(text) else { return Verdict::Open };
        #[expect(clippy::cast_precision_loss, reason = "no text is that long")]
        let chars = || text.chars().count() as f64;
        match keyword {
            "minLength" => open_if(argument.as_f64().is_none_or(|least| chars() < least)),
            "maxLength" => open_if(argument.as_f64().is_none_or(|most| most < chars())),
            "pattern" => {
                let Some(pattern) = argument.as_str() else { return Verdict::Open };
                open_if(!self.matches(pattern, text.as_bytes()))
            }
            "format" if self.draft < Draft::Draft2019 => {
                let Some(name) = argument.as_str() else { return Verdict::Open };
                open_if(name == "regex" || format::check(name, text).is_err())
            }
            _ => Verdict::Met,
        }
    }
}

// Returns the keywords of a schema, unless it has none.
fn enter<'q>(schema: &'q Lean<'q>, depth: usize) -> Result<&'q LeanMap<'q>, Verdict> {
    match schema {
        _ if QUICK_DEPTH_MAX < depth => Err(Verdict::Open),
        Lean::Map(map) => Ok(map),
        Lean::Bool(false) => Err(Verdict::Open),
        _ => Err(Verdict::Met),
    }
}

fn each<'q>(schemas: &'q Lean<'q>, verdict: impl Fn(&'q [Lean<'q>]) -> Verdict) -> Verdict {
    match schemas {
        Lean::List(schemas) if !schemas.is_empty() => verdict(schemas),
        _ => Verdict::Open,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::helm::{
        schema::{document::SchemaDocument, validate::Validator},
        value::{Map, MapType, SealedMap, Value},
    };

    // What is surely met has to have no fault.
    fn verdict(schema: &Json, values: &Json) -> bool {
        let document = SchemaDocument::new(schema);
        let validator = Validator::new(&document);
        let text = schema.to_string();
        let map = values.as_object().unwrap();
        let sealed = is_surely_met(text.as_bytes(), &SeenMap::Sealed(SealedMap::from(map)));
        let entries = map.iter().map(|(key, value)| (key.as_str(), Value::from_json(value)));
        let own = is_surely_met(text.as_bytes(), &SeenMap::of(&Map::new(MapType::Any, entries)));
        assert_eq!(sealed, own, "{schema} {values}");
        if sealed {
            assert!(validator.whole(values).unwrap().is_empty(), "{schema} {values}");
        }
        sealed
    }

    #[test]
    fn usual_schemas_are_met() {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$id": "https://example.com/a.json",
            "definitions": { "port": { "type": "integer", "minimum": 1, "maximum": 65535 } },
            "type": "object",
            "required": ["a"],
            "additionalProperties": false,
            "properties": {
                "a": { "type": ["string", "null"], "pattern": "^x", "maxLength": 3 },
                "b": { "$ref": "#/definitions/port" },
                "c": { "oneOf": [{ "type": "string" }, { "type": "array", "items": { "enum": ["y"] } }] },
                "d": { "anyOf": [{ "type": "null" }, { "type": "boolean" }], "not": { "type": "array" } },
                "f": { "patternProperties": { "^g": { "const": "h" } }, "additionalProperties": false },
                "i": { "minItems": 1, "maxItems": 2, "uniqueItems": true },
                "e": { "additionalProperties": { "type": "number" }, "allOf": [{ "type": "object" }] },
            },
        });
        let met = json!({ "a": "xyz", "b": 80.0, "c": ["y", "y"], "d": true, "e": { "f": 1.5 },
            "f": { "gx": "h" }, "i": ["j", "k"] });
        assert!(verdict(&schema, &met));
        for (key, value) in [
            ("a", json!("y")),
            ("a", json!("xxxx")),
            ("a", json!(1)),
            ("b", json!(0)),
            ("b", json!(1.5)),
            ("c", json!(["z"])),
            ("c", json!({})),
            ("d", json!("")),
            ("e", json!({ "f": "" })),
            ("e", json!([])),
            ("z", json!(1)),
            ("f", json!({ "g": "x" })),
            ("f", json!({ "x": "h" })),
            ("i", json!([])),
            ("i", json!(["a", "b", "c"])),
            ("i", json!(["a", "a"])),
        ] {
            let mut values = met.clone();
            values[key] = value;
            assert!(!verdict(&schema, &values), "{values}");
        }
        assert!(!verdict(&schema, &json!({})));
    }

    #[test]
    fn what_is_not_simple_is_left_open() {
        for schema in [
            json!({ "properties": { "a": { "$ref": "#/nowhere" } } }),
            json!({ "properties": { "a": { "$ref": "#" } }, "allOf": [{ "$ref": "#" }] }),
            json!({ "unevaluatedProperties": true }),
            json!({ "patternProperties": { "a": { "type": "string" } } }),
            json!({ "patternProperties": { "b": {} }, "additionalProperties": false }),
            json!({ "minProperties": 1 }),
            json!({ "if": true }),
        ] {
            assert!(!verdict(&schema, &json!({ "a": { "a": 1 } })), "{schema}");
        }
    }

    #[test]
    fn deep_schemas_are_left_open() {
        let nest = |depth| {
            (0..depth).fold((json!({}), json!(1)), |(schema, value), _| {
                (json!({ "properties": { "a": schema } }), json!({ "a": value }))
            })
        };
        let (schema, value) = nest(QUICK_DEPTH_MAX);
        assert!(verdict(&schema, &value));
        let (schema, value) = nest(QUICK_DEPTH_MAX + 1);
        assert!(!verdict(&schema, &value));
    }
}
