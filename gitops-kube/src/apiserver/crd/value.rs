//! Values against a structural schema, in the words of the server's validator.
//!
//! The walk has the order and the bookkeeping of the original: of alternatives that all fail, the
//! one that passed most checks is shown, and what is said twice is said once.

use serde_json::{Map, Value};

use super::{
    super::status::{Problem, number_text, quoted},
    bounds, formats,
    structure::{ListKind, Structure, Values},
};

/// Checks a value; `old` is what stood in its place, `root` the field that the path starts at.
pub(crate) fn check(
    value: &Value,
    schema: &Structure,
    old: Option<&Value>,
    root: &str,
) -> Vec<Problem> {
    let walk = Walk { root };
    let found = walk.ratcheted(value, schema, "", old);
    found.problems.into_iter().map(|said| said.problem).collect()
}

/// What was found of a value, and how many checks it passed.
#[derive(Debug, Default)]
pub(super) struct Found {
    problems: Vec<Said>,
    passed: usize,
}

/// A problem and the words by which it is known.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) problem: Problem,
    pub(super) words: String,
}

impl Found {
    fn add(&mut self, said: Said) {
        if self.problems.iter().all(|known| known.words != said.words) {
            self.problems.push(said);
        }
    }

    fn merge(&mut self, other: Self) {
        self.passed += other.passed;
        for said in other.problems {
            self.add(said);
        }
    }

    fn is_valid(&self) -> bool {
        self.problems.is_empty()
    }
}

/// A walk over one value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk<'w> {
    root: &'w str,
}

impl Walk<'_> {
    /// Names a field as messages do.
    fn field(self, path: &str) -> String {
        let path = path.strip_prefix('.').unwrap_or(path);
        match (self.root, path) {
            ("", "") => "<nil>".to_owned(),
            ("", path) => path.to_owned(),
            (root, "") => root.to_owned(),
            (root, path) => format!("{root}.{path}"),
        }
    }

    /// A problem of a field, known by its own words.
    pub(super) fn invalid(self, path: &str, value: &Value, words: String) -> Said {
        let field = if path.is_empty() && self.root.is_empty() {
            "<nil>".to_owned()
        } else {
            self.field(path)
        };
        Said { problem: Problem::invalid(field, value, &words), words }
    }

    /// A problem that names no field.
    pub(super) fn unplaced(self, words: String) -> Said {
        let field = if self.root.is_empty() { "<nil>" } else { self.root };
        Said { problem: Problem::invalid(field, &"".into(), &words), words }
    }

    /// What did not change is not held against a change.
    fn ratcheted(
        self,
        value: &Value,
        schema: &Structure,
        path: &str,
        old: Option<&Value>,
    ) -> Found {
        let mut found = self.plain(value, schema, path, old);
        if !found.is_valid() && old == Some(value) {
            found.problems.clear();
        }
        found
    }

    fn plain(self, value: &Value, schema: &Structure, path: &str, old: Option<&Value>) -> Found {
        let mut found = Found::default();
        if value.is_null() {
            found.merge(self.type_of(value, schema, path));
            self.one_of_allowed(value, schema, path, &mut found);
            return found;
        }
        if !schema.types().is_empty() || !schema.format.is_empty() {
            found.merge(self.type_of(value, schema, path));
            found.passed += 1;
        }
        found.merge(self.combined(value, schema, path, old));
        found.passed += 1;
        match value {
            Value::String(text) => {
                if let Some(said) = bounds::text(self, text, schema, path) {
                    found.add(said);
                }
                found.passed += 1;
                if formats::is_for_text(&schema.format) {
                    if !formats::fits(&schema.format, text) {
                        found.add(self.mistyped(path, &schema.format, text));
                    }
                    found.passed += 1;
                }
            }
            Value::Number(number) => {
                for said in bounds::number(self, number, schema, path) {
                    found.add(said);
                }
                found.passed += 2;
            }
            Value::Array(items) => {
                found.merge(self.items(items, schema, path, old));
                found.passed += 1;
            }
            _ => {}
        }
        self.one_of_allowed(value, schema, path, &mut found);
        found.passed += 1;
        if let Value::Object(map) = value {
            found.merge(self.fields(map, schema, path, old));
            found.passed += 1;
        }
        found.passed += 1;
        found
    }

    /// A value of another type; `shown` is the type it has, or the text that lacks a format.
    fn mistyped(self, path: &str, wanted: &str, shown: &str) -> Said {
        let words = if shown.is_empty() && wanted != "string" {
            format!("{path} in body must be of type {wanted}: \"\"")
        } else {
            format!("{path} in body must be of type {wanted}: {}", quoted(shown))
        };
        Said { problem: Problem::type_invalid(self.field(path), &shown.into(), &words), words }
    }

    fn type_of(self, value: &Value, schema: &Structure, path: &str) -> Found {
        let mut found = Found { passed: 1, ..Found::default() };
        let types = schema.types();
        let failed = |said: Said| Found { problems: vec![said], passed: 0 };
        let (name, format) = match value {
            Value::Null => {
                if !types.is_empty() && !schema.nullable {
                    found = failed(self.mistyped(path, &types.join(","), "null"));
                }
                return found;
            }
            Value::Bool(_) => ("boolean", ""),
            Value::Number(number) if number.is_f64() => ("number", "float64"),
            Value::Number(_) => ("integer", "int64"),
            Value::String(_) => ("string", ""),
            Value::Array(_) => ("array", ""),
            Value::Object(_) => ("object", ""),
        };
        let has = |wanted: &str| types.contains(&wanted);
        let whole = value.as_f64().is_some_and(|float| float.fract() == 0.0);
        let as_integer = name == "number" && whole && has("integer");
        let as_number = name == "integer" && has("number");
        let sequence = matches!(value, Value::String(_) | Value::Array(_));
        let fits = has(name) || as_integer || as_number;
        if !sequence && !schema.format.is_empty() && !fits && format != schema.format {
            return failed(self.mistyped(path, &schema.format, format));
        }
        if sequence && !schema.format.is_empty() && !has("number") && !has("integer") {
            return found;
        }
        if !fits {
            return failed(self.mistyped(path, &types.join(","), name));
        }
        found
    }

    fn one_of_allowed(self, value: &Value, schema: &Structure, path: &str, found: &mut Found) {
        let same = |allowed: &Value| {
            allowed == value
                || matches!((allowed.as_f64(), value.as_f64()), (Some(a), Some(b)) if (a - b).abs() == 0.0)
        };
        if schema.allowed.is_empty() || schema.allowed.iter().any(|v| !v.is_null() && same(v)) {
            return;
        }
        let plain = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number_text(number),
            other => other.to_string(),
        };
        let valid: Vec<String> = schema.allowed.iter().map(plain).collect();
        let words = format!("{path} in body should be one of [{}]", valid.join(" "));
        let valid: Vec<&str> = valid.iter().map(String::as_str).collect();
        found.add(Said { problem: Problem::not_supported(self.field(path), value, &valid), words });
    }

    /// Checks `anyOf`, `oneOf`, `allOf` and `not`, in this order.
    fn combined(self, value: &Value, schema: &Structure, path: &str, old: Option<&Value>) -> Found {
        let mut main = Found { passed: 1, ..Found::default() };
        let ask = |schema: &Structure| self.plain(value, schema, path, old);
        let name = quoted(path);
        if !schema.any_of.is_empty() {
            let mut best: Option<Found> = None;
            let mut fits = false;
            for found in schema.any_of.iter().map(ask) {
                if found.is_valid() {
                    (best, fits) = (Some(found), true);
                    break;
                }
                if best.as_ref().is_none_or(|best| best.passed < found.passed) {
                    best = Some(found);
                }
            }
            if !fits {
                main.add(
                    self.unplaced(format!("{name} must validate at least one schema (anyOf)")),
                );
            }
            if let Some(found) = best {
                main.merge(found);
            }
        }
        if !schema.one_of.is_empty() {
            let mut best: Option<Found> = None;
            let mut valid = 0;
            for found in schema.one_of.iter().map(ask) {
                if found.is_valid() {
                    valid += 1;
                    if valid == 1 {
                        best = Some(found);
                    }
                } else if valid == 0 && best.as_ref().is_none_or(|best| best.passed < found.passed)
                {
                    best = Some(found);
                }
            }
            let how = match valid {
                0 => "Found none valid".to_owned(),
                valid => format!("Found {valid} valid alternatives"),
            };
            if valid != 1 {
                main.add(self.unplaced(format!(
                    "{name} must validate one and only one schema (oneOf). {how}"
                )));
            }
            if valid < 2
                && let Some(found) = best
            {
                main.merge(found);
            }
        }
        let mut valid = 0;
        for found in schema.all_of.iter().map(ask) {
            valid += usize::from(found.is_valid());
            main.merge(found);
        }
        if valid != schema.all_of.len() {
            let none = if valid == 0 { ". None validated" } else { "" };
            main.add(self.unplaced(format!("{name} must validate all the schemas (allOf){none}")));
        }
        if schema.not.as_ref().is_some_and(|not| ask(not).is_valid()) {
            main.add(self.unplaced(format!("{name} must not validate the schema (not)")));
        }
        main
    }

    fn items(self, items: &[Value], schema: &Structure, path: &str, old: Option<&Value>) -> Found {
        let mut found = Found { passed: 1, ..Found::default() };
        if let Some(below) = &schema.items {
            for (index, item) in items.iter().enumerate() {
                let before = old.and_then(|old| same_item(old, item, schema));
                found.merge(self.ratcheted(item, below, &format!("{path}[{index}]"), before));
            }
        }
        for said in bounds::size(self, items, schema, path) {
            found.add(said);
        }
        found
    }

    fn fields(
        self,
        map: &Map<String, Value>,
        schema: &Structure,
        path: &str,
        old: Option<&Value>,
    ) -> Found {
        let mut found = Found::default();
        for said in bounds::fields(self, map.len(), schema, path) {
            found.add(said);
        }
        let old = old.filter(|_| !schema.atomic_map);
        let before = |name: &str| {
            // The version and the kind are never those that were stored.
            let envelope = path.is_empty() && matches!(name, "apiVersion" | "kind");
            old.filter(|_| !envelope).and_then(|old| old.get(name))
        };
        for (name, value) in map {
            if schema.properties.contains_key(name) {
                continue;
            }
            match &schema.values {
                Values::Allowed(false) => {
                    let words = format!("{path}.{name} in body is a forbidden property");
                    found.add(self.invalid(path, &name.as_str().into(), words));
                }
                Values::Of(below) => {
                    found.merge(self.ratcheted(
                        value,
                        below,
                        &format!("{path}.{name}"),
                        before(name),
                    ));
                }
                Values::Allowed(true) | Values::Unsaid => {}
            }
        }
        for (name, below) in &schema.properties {
            let Some(value) = map.get(name) else { continue };
            let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            found.merge(self.ratcheted(value, below, &at, before(name)));
        }
        for name in schema.required.iter().filter(|name| !map.contains_key(*name)) {
            let at = format!("{path}.{name}");
            let words = format!("{at} in body is required");
            found.add(Said { problem: Problem::required(self.field(&at), ""), words });
        }
        found
    }

    /// A number of things that is too large.
    pub(super) fn many(self, path: &str, found: usize, max: i64, words: String) -> Said {
        let max = u64::try_from(max).unwrap_or(0);
        Said { problem: Problem::too_many(self.field(path), found, max), words }
    }

    /// A text that is too long.
    pub(super) fn long(self, path: &str, max: i64, words: String) -> Said {
        let max = usize::try_from(max).unwrap_or(0);
        Said { problem: Problem::too_long(self.field(path), max), words }
    }
}

/// Finds the item of an old list that has the keys of a new item.
pub(crate) fn same_item<'o>(old: &'o Value, item: &Value, schema: &Structure) -> Option<&'o Value> {
    if schema.list != ListKind::Map {
        return None;
    }
    let same = |other: &&Value| schema.keys.iter().all(|key| other.get(key) == item.get(key));
    old.as_array()?.iter().find(same)
}
