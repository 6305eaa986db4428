//! What a value says about its fields: whether it fits its type, and which paths it sets.

use std::collections::{BTreeMap, HashMap, HashSet};

use gitops_core::schema::{Key, Merge, Scalar, TypeRef};
use serde_json::Value;

use super::fields::{Element, Set};

/// Names an item of a list that merges by keys or as a set.
///
/// # Errors
///
/// The reason why the item has no name.
pub(crate) fn item_element(merge: &Merge, item: &Value) -> Result<Element, String> {
    match merge {
        Merge::Map(keys) => keyed_element(keys, item),
        Merge::Set | Merge::Atomic => match item {
            Value::Object(_) => {
                Err("associative list without keys has an element that's a map type".to_owned())
            }
            Value::Array(_) => Err("not supported: associative list with lists as elements".into()),
            Value::Null => {
                Err("associative list without keys has an element that's an explicit null".into())
            }
            scalar => Ok(Element::value(scalar)),
        },
    }
}

fn keyed_element(keys: &[Key], item: &Value) -> Result<Element, String> {
    let map = match item {
        Value::Object(map) => map,
        Value::Null => {
            return Err("associative list with keys may not have a null element".to_owned());
        }
        _ => return Err("associative list with keys may not have non-map elements".to_owned()),
    };
    // A key that is missing is part of the name: as such.
    let found: BTreeMap<&str, &Value> = keys
        .iter()
        .filter_map(|key| {
            let value = map.get(&key.name).or(key.default.as_ref())?;
            Some((key.name.as_str(), value))
        })
        .collect();
    if found.is_empty() {
        let names: Vec<String> = keys.iter().map(|key| format!("{:?}", key.name)).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] (and \
             doesn't have default values for any key fields)",
            names.join(" ")
        ));
    }
    Ok(Element::key(&found))
}

/// Checks a value against its type.
///
/// # Errors
///
/// What does not fit, with its path.
pub(crate) fn validate(value: &Value, of: TypeRef<'_>) -> Result<(), Vec<String>> {
    check(value, of, false)
}

/// Checks a value against its type, though items of lists may go by one name.
///
/// # Errors
///
/// What does not fit, with its path.
pub(crate) fn validate_stored(value: &Value, of: TypeRef<'_>) -> Result<(), Vec<String>> {
    check(value, of, true)
}

fn check(value: &Value, of: TypeRef<'_>, twice: bool) -> Result<(), Vec<String>> {
    let mut errors = Vec::new();
    Check { errors: &mut errors, twice }.value(value, of, &Path::Root);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Writes what does not fit as one text.
pub(crate) fn list_of(errors: &[String]) -> String {
    match errors {
        [one] => one.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    }
}

/// Where a check is; written out only where something is wrong.
enum Path<'p> {
    Root,
    Field(&'p Self, &'p str),
    Item(&'p Self, &'p Element),
    Index(&'p Self, usize),
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, element) => write!(f, "{parent}{element}"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

struct Check<'e> {
    errors: &'e mut Vec<String>,
    /// Whether items of a list may go by one name.
    twice: bool,
}

impl Check<'_> {
    fn value(&mut self, value: &Value, of: TypeRef<'_>, path: &Path<'_>) {
        let atom = of.atom();
        // A type that may be more than one thing is checked as what the value is.
        let several = atom.map.is_some() && (atom.list.is_some() || atom.scalar.is_some());
        match value {
            Value::Null => {}
            Value::Object(_) if several || atom.map.is_some() => self.map(value, of, path),
            Value::Array(_) if atom.list.is_some() => self.list(value, of, path),
            Value::Bool(_) | Value::Number(_) | Value::String(_) if atom.scalar.is_some() => {
                self.scalar(value, atom.scalar.expect("checked by the guard"), path);
            }
            _ => {
                let expected = if atom.map.is_some() {
                    "map"
                } else if atom.list.is_some() {
                    "list"
                } else {
                    return self.scalar(value, atom.scalar.unwrap_or(Scalar::Any), path);
                };
                let found = display(value);
                self.error(path, &format!("expected {expected}, got &{{{found}}}"));
            }
        }
    }

    fn map(&mut self, value: &Value, of: TypeRef<'_>, path: &Path<'_>) {
        let Value::Object(map) = value else { return };
        for (name, value) in map {
            let path = Path::Field(path, name);
            match of.at_key(name) {
                Some(of) => self.value(value, of, &path),
                None => self.error(&path, "field not declared in schema"),
            }
        }
    }

    fn list(&mut self, value: &Value, of: TypeRef<'_>, path: &Path<'_>) {
        let (Value::Array(items), Some(list)) = (value, &of.atom().list) else { return };
        let Some(item_type) = of.items() else { return };
        let mut seen = HashSet::new();
        for (index, item) in items.iter().enumerate() {
            if list.merge == Merge::Atomic {
                self.value(item, item_type, &Path::Index(path, index));
                continue;
            }
            let element = match item_element(&list.merge, item) {
                Ok(element) => element,
                Err(reason) => return self.error(path, &format!("element {index}: {reason}")),
            };
            if !self.twice && seen.contains(&element) {
                self.error(path, &format!("duplicate entries for key {element}"));
            }
            self.value(item, item_type, &Path::Item(path, &element));
            seen.insert(element);
        }
    }

    fn scalar(&mut self, value: &Value, scalar: Scalar, path: &Path<'_>) {
        let expected = match scalar {
            Scalar::String | Scalar::Bytes | Scalar::Time | Scalar::MicroTime => {
                if value.is_string() {
                    return;
                }
                format!("expected string, got &value.valueUnstructured{{Value:{}}}", syntax(value))
            }
            Scalar::Int32 | Scalar::Int64 | Scalar::Double => {
                if value.is_number() {
                    return;
                }
                format!("expected numeric (int or float), got {}", go_type(value))
            }
            Scalar::Boolean => {
                if value.is_boolean() {
                    return;
                }
                format!("expected boolean, got &{{{}}}", display(value))
            }
            _ => {
                if !value.is_object() && !value.is_array() {
                    return;
                }
                format!("expected any scalar, got &{{{}}}", display(value))
            }
        };
        self.error(path, &expected);
    }

    fn error(&mut self, path: &Path<'_>, reason: &str) {
        self.errors.push(format!("{path}: {reason}"));
    }
}

/// Names the Go type that a JSON value is read into.
pub(crate) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// Prints a value as Go's `%v` does.
fn display(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(display).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(name, value)| format!("{name}:{}", display(value))).collect();
            format!("map[{}]", pairs.join(" "))
        }
        scalar => scalar.to_string(),
    }
}

/// Prints a value as Go's `%#v` does.
fn syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(name, value)| format!("{name:?}:{}", syntax(value))).collect();
            format!("map[string]interface {{}}{{{}}}", pairs.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// Returns the paths that `value` sets.
pub(crate) fn field_set(value: &Value, of: TypeRef<'_>) -> Set {
    let mut set = Set::default();
    collect(value, of, &mut set);
    set
}

/// Adds the paths below `value`; whether the value itself is a leaf is the answer.
fn collect(value: &Value, of: TypeRef<'_>, set: &mut Set) -> bool {
    let atom = of.atom();
    match value {
        Value::Object(map) => match &atom.map {
            Some(kind) if !kind.atomic => {
                for (name, value) in map {
                    let Some(of) = of.at_key(name) else { continue };
                    let element = Element::field(name);
                    let mut below = Set::default();
                    let leaf = collect(value, of, &mut below);
                    let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
                    if leaf || value.is_null() || empty || !kind.fields.contains_key(name) {
                        set.insert(element.clone());
                    }
                    set.insert_below(element, below);
                }
                false
            }
            _ => true,
        },
        Value::Array(items) => match &atom.list {
            Some(list) if list.merge != Merge::Atomic => {
                let Some(item_type) = of.items() else { return false };
                let mut counts: HashMap<Element, usize> = HashMap::new();
                let elements: Vec<Option<Element>> =
                    items.iter().map(|item| item_element(&list.merge, item).ok()).collect();
                for element in elements.iter().flatten() {
                    *counts.entry(element.clone()).or_default() += 1;
                }
                for (element, item) in elements.into_iter().zip(items) {
                    let Some(element) = element else { continue };
                    // Items that go by one name are one leaf together.
                    if counts.get(&element) == Some(&1) {
                        let mut below = Set::default();
                        collect(item, item_type, &mut below);
                        set.insert_below(element.clone(), below);
                    }
                    set.insert(element);
                }
                false
            }
            _ => true,
        },
        // A null list or mapping that merges holds nothing; what is around it says that it is set.
        Value::Null => {
            atom.scalar.is_some()
                || atom.map.as_ref().is_some_and(|map| map.atomic)
                || atom.list.as_ref().is_some_and(|list| list.merge == Merge::Atomic)
        }
        _ => true,
    }
}

/// Adds the declared fields that are parents of members of `set`.
pub(crate) fn with_named_fields(set: &Set, of: Option<TypeRef<'_>>) -> Set {
    Set::from_nodes(set.nodes().map(|(element, member, below)| {
        let named =
            element.field_name().is_some_and(|name| of.is_some_and(|of| of.field(name).is_some()));
        let child = match element.field_name() {
            Some(name) => of.and_then(|of| of.at_key(name)),
            None if element.is_key() => of.and_then(TypeRef::items),
            None => None,
        };
        let member = member || (named && !below.is_empty());
        (element.clone(), member, with_named_fields(below, child))
    }))
}
