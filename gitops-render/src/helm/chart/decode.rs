//! Fields of a document into fields of a chart, with the complaints of Go's decoder.

use serde_json::{Map, Value};

use gitops_core::yaml::number::yaml_number;

/// Where a value stands in the file.
#[derive(Clone, Copy, Debug)]
pub(in crate::helm) struct Place<'p> {
    // What the place is in, unless it is the file.
    above: Option<&'p Self>,
    // The key or the index.
    step: &'p str,
    // Whether it is the index of a list.
    item: bool,
}

/// Something that is read field by field.
pub(super) trait Fields: Default {
    /// The name of Go's type.
    const TYPE: &'static str;

    /// Sets the field `name`, which is in lower case.
    fn field(&mut self, name: &str, at: &Place<'_>, value: &Value) -> Result<(), String>;
}

impl Place<'_> {
    pub(in crate::helm) const fn root() -> Self {
        Self { above: None, step: "", item: false }
    }

    fn child<'p>(&'p self, step: &'p str, item: bool) -> Place<'p> {
        Place { above: Some(self), step, item }
    }

    // `.dependencies.0.name`
    fn path(&self) -> String {
        self.above.map(|above| format!("{}.{}", above.path(), self.step)).unwrap_or_default()
    }

    /// Visits the fields of `map`, their names in lower case.
    pub(in crate::helm) fn each(
        &self,
        map: &Map<String, Value>,
        mut visit: impl FnMut(&str, &Place<'_>, &Value) -> Result<(), String>,
    ) -> Result<(), String> {
        for (key, value) in map {
            visit(&key.to_ascii_lowercase(), &self.child(key, false), value)?;
        }
        Ok(())
    }

    pub(in crate::helm) fn wrong<T>(&self, value: &Value, wanted: &str) -> Result<T, String> {
        let found = json_kind(value);
        let into = if self.item { "" } else { "Go struct field " };
        let path = self.path();
        Err(format!("json: cannot unmarshal {found} into {into}{path} of type {wanted}"))
    }

    pub(in crate::helm) fn text(&self, value: &Value, into: &mut String) -> Result<(), String> {
        if let Some(text) = self.string(value)? {
            *into = text;
        }
        Ok(())
    }

    // Numbers and booleans are text where text is wanted; null leaves what is there.
    fn string(&self, value: &Value) -> Result<Option<String>, String> {
        match value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            Value::Number(number) => Ok(Some(yaml_number(number))),
            Value::Bool(value) => Ok(Some(value.to_string())),
            Value::Array(_) | Value::Object(_) => self.wrong(value, "string"),
        }
    }

    pub(in crate::helm) fn boolean(&self, value: &Value, into: &mut bool) -> Result<(), String> {
        match value {
            Value::Null => {}
            Value::Bool(value) => *into = *value,
            _ => return self.wrong(value, "bool"),
        }
        Ok(())
    }

    pub(in crate::helm) fn texts(
        &self,
        value: &Value,
        into: &mut Vec<String>,
    ) -> Result<(), String> {
        into.clear();
        for (index, item) in self.items(value, "[]string")?.iter().enumerate() {
            let text = match item {
                Value::String(text) => Some(text.clone()),
                _ => self.child(&index.to_string(), true).string(item)?,
            };
            into.push(text.unwrap_or_default());
        }
        Ok(())
    }

    pub(in crate::helm) fn anything(
        &self,
        value: &Value,
        into: &mut Vec<Value>,
    ) -> Result<(), String> {
        self.items(value, "[]interface {}")?.clone_into(into);
        Ok(())
    }

    fn items<'v>(&self, value: &'v Value, wanted: &str) -> Result<&'v [Value], String> {
        match value {
            Value::Null => Ok(&[]),
            Value::Array(items) => Ok(items),
            _ => self.wrong(value, wanted),
        }
    }

    pub(super) fn structs<T: Fields>(
        &self,
        value: &Value,
        into: &mut Vec<Option<T>>,
    ) -> Result<(), String> {
        into.clear();
        for (index, item) in self.items(value, &format!("[]*{}", T::TYPE))?.iter().enumerate() {
            let step = index.to_string();
            let at = self.child(&step, true);
            into.push(match item {
                Value::Null => None,
                Value::Object(map) => {
                    let mut made = T::default();
                    at.each(map, |name, at, value| made.field(name, at, value))?;
                    Some(made)
                }
                _ => return at.wrong(item, T::TYPE),
            });
        }
        Ok(())
    }

    pub(in crate::helm) fn pairs(
        &self,
        value: &Value,
        into: &mut Option<Vec<(String, String)>>,
    ) -> Result<(), String> {
        let map = match value {
            Value::Null => return Ok(()),
            Value::Object(map) => map,
            _ => return self.wrong(value, "map[string]string"),
        };
        let pairs = into.get_or_insert_default();
        for (key, value) in map {
            let text = self.child(key, false).string(value)?.unwrap_or_default();
            pairs.retain(|(known, _)| known != key);
            pairs.push((key.clone(), text));
        }
        Ok(())
    }
}

/// Returns what Go's decoder calls a value.
pub(in crate::helm) fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
