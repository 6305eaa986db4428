//! A structural schema, read once and asked for every object.

use std::collections::BTreeMap;

use serde_json::Value;

use super::rules::Rule;

/// How deep a schema may nest; what lies deeper is not looked at.
pub(crate) const SCHEMA_DEPTH_MAX: usize = 100;

/// How large a compiled pattern may be, in bytes.
pub(crate) const PATTERN_BYTES_MAX: usize = 1 << 20;

/// One node of a schema.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the schema")]
pub(crate) struct Structure {
    /// The `type`; empty when the schema says none.
    pub(crate) kind: String,
    pub(crate) nullable: bool,
    pub(crate) int_or_string: bool,
    pub(crate) preserve: bool,
    pub(crate) embedded: bool,
    /// The format, when it is one that is checked.
    pub(crate) format: String,
    pub(crate) limits: Limits,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) allowed: Vec<Value>,
    pub(crate) required: Vec<String>,
    pub(crate) properties: BTreeMap<String, Structure>,
    pub(crate) values: Values,
    pub(crate) items: Option<Box<Structure>>,
    pub(crate) all_of: Vec<Structure>,
    pub(crate) any_of: Vec<Structure>,
    pub(crate) one_of: Vec<Structure>,
    pub(crate) not: Option<Box<Structure>>,
    pub(crate) default: Option<Value>,
    pub(crate) list: ListKind,
    pub(crate) keys: Vec<String>,
    pub(crate) atomic_map: bool,
    pub(crate) rules: Vec<Rule>,
    /// Whether there are rules here or below.
    pub(crate) ruled: bool,
}

/// What `additionalProperties` says.
#[derive(Clone, Debug, Default)]
pub(crate) enum Values {
    #[default]
    Unsaid,
    Allowed(bool),
    Of(Box<Structure>),
}

/// What `x-kubernetes-list-type` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ListKind {
    #[default]
    Atomic,
    Set,
    Map,
}

/// The bounds of a value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) maximum: Option<f64>,
    pub(crate) exclusive_maximum: bool,
    pub(crate) minimum: Option<f64>,
    pub(crate) exclusive_minimum: bool,
    pub(crate) multiple_of: Option<f64>,
    pub(crate) max_length: Option<i64>,
    pub(crate) min_length: Option<i64>,
    pub(crate) max_items: Option<i64>,
    pub(crate) min_items: Option<i64>,
    pub(crate) unique_items: bool,
    pub(crate) max_properties: Option<i64>,
    pub(crate) min_properties: Option<i64>,
}

/// A pattern as written, and compiled where it can be.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) source: String,
    pub(crate) regex: Option<regex::Regex>,
}

impl Structure {
    /// Reads an `openAPIV3Schema`.
    pub(crate) fn read(schema: &Value) -> Self {
        Self::at(schema, 0)
    }

    fn at(schema: &Value, depth: usize) -> Self {
        if SCHEMA_DEPTH_MAX < depth {
            return Self { preserve: true, ..Self::default() };
        }
        let is = |name: &str| schema.get(name) == Some(&Value::Bool(true));
        let text = |name: &str| schema.get(name).and_then(Value::as_str).unwrap_or_default();
        let below = |schema: &Value| Self::at(schema, depth + 1);
        let one = |name: &str| {
            schema.get(name).filter(|value| value.is_object()).map(|value| Box::new(below(value)))
        };
        let many = |name: &str| -> Vec<Self> {
            let list = schema.get(name).and_then(Value::as_array);
            list.into_iter().flatten().map(below).collect()
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        let properties = properties.into_iter().flatten();
        let mut read = Self {
            kind: text("type").to_owned(),
            nullable: is("nullable"),
            int_or_string: is("x-kubernetes-int-or-string"),
            preserve: is("x-kubernetes-preserve-unknown-fields"),
            embedded: is("x-kubernetes-embedded-resource"),
            format: super::formats::checked(text("type"), text("format")).to_owned(),
            limits: Limits::read(schema),
            pattern: Pattern::read(text("pattern")),
            allowed: list(schema, "enum").to_vec(),
            required: texts(schema, "required"),
            properties: properties.map(|(name, value)| (name.clone(), below(value))).collect(),
            values: match schema.get("additionalProperties") {
                Some(Value::Bool(allowed)) => Values::Allowed(*allowed),
                Some(value @ Value::Object(_)) => Values::Of(Box::new(below(value))),
                _ => Values::Unsaid,
            },
            items: one("items"),
            all_of: many("allOf"),
            any_of: many("anyOf"),
            one_of: many("oneOf"),
            not: one("not"),
            default: schema.get("default").filter(|value| !value.is_null()).cloned(),
            list: match text("x-kubernetes-list-type") {
                "set" => ListKind::Set,
                "map" => ListKind::Map,
                _ => ListKind::Atomic,
            },
            keys: texts(schema, "x-kubernetes-list-map-keys"),
            atomic_map: text("x-kubernetes-map-type") == "atomic",
            rules: Rule::read(schema),
            ruled: false,
        };
        read.ruled = read.has_rules();
        read
    }

    fn has_rules(&self) -> bool {
        let ruled = |below: &Self| below.ruled;
        !self.rules.is_empty()
            || self.items.as_deref().is_some_and(ruled)
            || self.properties.values().any(ruled)
            || matches!(&self.values, Values::Of(of) if of.ruled)
    }

    /// Returns the schema of a field, or of the values where fields are not named.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        self.properties.get(name).or(match &self.values {
            Values::Of(of) => Some(of),
            _ => None,
        })
    }

    /// Whether null stands for nothing here.
    pub(crate) fn drops_null(&self) -> bool {
        !self.nullable
    }

    /// Returns the types that are accepted, as messages list them.
    pub(crate) fn types(&self) -> Vec<&str> {
        if self.int_or_string {
            return vec!["integer", "string"];
        }
        if self.kind.is_empty() { Vec::new() } else { vec![&self.kind] }
    }
}

fn list<'v>(schema: &'v Value, name: &str) -> &'v [Value] {
    schema.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts(schema: &Value, name: &str) -> Vec<String> {
    list(schema, name).iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

impl Limits {
    fn read(schema: &Value) -> Self {
        let is = |name: &str| schema.get(name) == Some(&Value::Bool(true));
        let float = |name: &str| schema.get(name).and_then(Value::as_f64);
        let whole = |name: &str| schema.get(name).and_then(Value::as_i64);
        Self {
            maximum: float("maximum"),
            exclusive_maximum: is("exclusiveMaximum"),
            minimum: float("minimum"),
            exclusive_minimum: is("exclusiveMinimum"),
            multiple_of: float("multipleOf"),
            max_length: whole("maxLength"),
            min_length: whole("minLength"),
            max_items: whole("maxItems"),
            min_items: whole("minItems"),
            unique_items: is("uniqueItems"),
            max_properties: whole("maxProperties"),
            min_properties: whole("minProperties"),
        }
    }
}

impl Pattern {
    fn read(source: &str) -> Option<Self> {
        if source.is_empty() {
            return None;
        }
        let regex = super::patterns::compile(source).ok();
        Some(Self { source: source.to_owned(), regex })
    }
}
