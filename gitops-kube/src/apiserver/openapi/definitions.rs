//! The schemas of built-in types, read from the table beside this file once.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::{Map, Value};

const PREFIX: &str = "#/components/schemas/";

/// The schema of one type.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: &'static str,
    pub(super) schema: Value,
    /// The types that its fields are of.
    pub(super) refers: Vec<usize>,
}

/// Every built-in type.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    pub(super) all: Vec<Definition>,
    by_kind: HashMap<(String, String, String), usize>,
    by_name: HashMap<&'static str, usize>,
}

static DEFINITIONS: LazyLock<Definitions> =
    LazyLock::new(|| Definitions::read(include_str!("definitions.txt")));

/// Returns the schemas of the built-in types.
pub(super) fn definitions() -> &'static Definitions {
    &DEFINITIONS
}

impl Definitions {
    fn read(table: &'static str) -> Self {
        let (mut texts, mut shapes, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for line in table.lines() {
            match line.split_once(' ') {
                Some(("text", text)) => texts.push(text),
                Some(("shape", shape)) => shapes.push(shape),
                Some(("type", rest)) => names.extend(rest.split(' ').next()),
                _ => {}
            }
        }
        let text = |number: &str| -> Value {
            let found = number.parse::<usize>().ok().and_then(|number| texts.get(number));
            found.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
        };
        let mut out = Self::default();
        for line in table.lines() {
            if let Some(rest) = line.strip_prefix("type ") {
                let mut parts = rest.splitn(3, ' ');
                let name = parts.next().unwrap_or_default();
                let description = text(parts.next().unwrap_or_default());
                let more = parts.next().unwrap_or_default();
                let mut schema: Value = serde_json::from_str(more).unwrap_or_default();
                schema["description"] = description;
                out.all.push(Definition { name, schema, refers: Vec::new() });
            } else if let (Some(field), Some(last)) = (line.strip_prefix(' '), out.all.last_mut())
                && let [field, shape, of, about] = field.split(' ').collect::<Vec<_>>()[..]
            {
                let of = of.parse::<usize>().ok();
                let shape = shape.parse::<usize>().ok().and_then(|shape| shapes.get(shape));
                let mut shape = shape.map(|shape| (*shape).to_owned()).unwrap_or_default();
                if let Some(name) = of.and_then(|of| names.get(of)) {
                    shape = shape.replace('@', name);
                }
                let mut schema: Value = serde_json::from_str(&shape).unwrap_or_default();
                let about = text(about);
                if about != "" {
                    schema["description"] = about;
                }
                last.schema["properties"][field] = schema;
                last.refers.extend(of);
            }
        }
        out.index();
        out
    }

    fn index(&mut self) {
        for (index, definition) in self.all.iter().enumerate() {
            self.by_name.insert(definition.name, index);
            let kinds = definition.schema.get("x-kubernetes-group-version-kind");
            for kind in kinds.and_then(Value::as_array).into_iter().flatten() {
                let part = |name: &str| kind[name].as_str().unwrap_or_default().to_owned();
                self.by_kind.insert((part("group"), part("version"), part("kind")), index);
            }
        }
    }

    /// Finds the type of a kind.
    pub(super) fn of_kind(&self, group: &str, version: &str, kind: &str) -> Option<usize> {
        let at = (group.to_owned(), version.to_owned(), kind.to_owned());
        self.by_kind.get(&at).copied()
    }

    /// Finds a type by its whole name.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Returns the schemas of types and of everything they refer to.
    pub(super) fn closure(&self, start: impl IntoIterator<Item = usize>) -> Map<String, Value> {
        let mut open: Vec<usize> = start.into_iter().collect();
        let mut out = Map::new();
        while let Some(definition) = open.pop().and_then(|index| self.all.get(index)) {
            if !out.contains_key(definition.name) {
                out.insert(definition.name.to_owned(), definition.schema.clone());
                open.extend(&definition.refers);
            }
        }
        out
    }
}

/// Rewrites a schema of version 3 as version 2 has it.
pub(super) fn older(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("default", _) => {}
                    ("allOf", Value::Array(all)) if all.len() == 1 => {
                        if let Value::Object(inner) = older(&all[0]) {
                            out.extend(inner);
                        }
                    }
                    // There are no choices in it: what may be text is text.
                    ("oneOf", Value::Array(choices)) => {
                        if choices.iter().any(|choice| choice["type"] == "string") {
                            out.insert("type".to_owned(), "string".into());
                        }
                    }
                    ("$ref", Value::String(target)) => {
                        let target = target.replacen(PREFIX, "#/definitions/", 1);
                        out.insert(key.clone(), target.into());
                    }
                    ("properties", Value::Object(fields)) => {
                        let fields: Map<String, Value> =
                            fields.iter().map(|(name, of)| (name.clone(), older(of))).collect();
                        out.insert(key.clone(), Value::Object(fields));
                    }
                    _ => {
                        out.insert(key.clone(), older(value));
                    }
                }
            }
            Value::Object(out)
        }
        Value::Array(items) => items.iter().map(older).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{definitions, older};

    #[test]
    fn types_say_what_their_fields_are() {
        let all = definitions();
        let index = all.of_kind("apps", "v1", "Deployment").expect("a built-in kind");
        let found = all.closure([index]);
        let spec = &found["io.k8s.api.apps.v1.Deployment"]["properties"]["spec"];
        assert_eq!(
            spec["allOf"],
            json!([{ "$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec" }])
        );
        assert!(found.contains_key("io.k8s.api.core.v1.Container"), "a type of a field's field");
        let old = older(spec);
        assert_eq!(old["$ref"], "#/definitions/io.k8s.api.apps.v1.DeploymentSpec");
        assert!(old.get("default").is_none() && old.get("allOf").is_none());
    }
}
