//! The fields that `OpenAPI` definitions of custom resources point out.

use serde_json::{Map, Value};

use super::{super::problem::Outcome, FieldPath, Fields, References, Spec, Text, merge_specs};

/// How deep the definitions are followed.
const CRD_DEPTH_MAX: usize = 32;

/// Returns the fields that a file of `crds` points out.
pub(in crate::kustomize) fn fields_of_crds(file: &Value) -> Outcome<Fields> {
    let mut fields = Fields::default();
    let Value::Object(types) = file else { return Ok(fields) };
    for name in types.keys() {
        let Some(properties) = properties(types, name) else { continue };
        if ["kind", "apiVersion", "metadata"].iter().all(|key| properties.contains_key(*key)) {
            let kind = name.rsplit('.').next().unwrap_or_default();
            let mut found = Fields::default();
            Reader { types, kind }.load(&mut found, name, &mut Vec::new())?;
            fields.merge(&found)?;
        }
    }
    Ok(fields)
}

fn properties<'a>(types: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    let schema = types.get(name)?;
    let schema = schema.get("Schema").or_else(|| schema.get("schema"))?;
    schema.get("properties")?.as_object()
}

struct Reader<'a> {
    types: &'a Map<String, Value>,
    kind: &'a str,
}

impl Reader<'_> {
    fn load(&self, fields: &mut Fields, name: &str, path: &mut Vec<String>) -> Outcome<()> {
        let Some(properties) = properties(self.types, name) else { return Ok(()) };
        if CRD_DEPTH_MAX < path.len() {
            return Ok(());
        }
        for (key, property) in properties {
            path.push(key.clone());
            self.property(fields, property, path)?;
            path.pop();
        }
        Ok(())
    }

    fn property(
        &self,
        fields: &mut Fields,
        property: &Value,
        path: &mut Vec<String>,
    ) -> Outcome<()> {
        let text = |key: &str| property.get(key).and_then(Value::as_str);
        let spec = |path: Vec<String>| {
            let (kind, path) = (self.kind.to_owned().into(), FieldPath::Read(path));
            Spec { kind, path, ..Spec::default() }
        };
        for (mark, list) in [
            ("x-kubernetes-annotation", &mut fields.common_annotations),
            ("x-kubernetes-label-selector", &mut fields.common_labels),
            ("x-kubernetes-identity", &mut fields.name_prefix),
        ] {
            if text(mark).is_some() {
                merge_specs(list, &[spec(path.clone())])?;
            }
        }
        let version = text("x-kubernetes-object-ref-api-version");
        if let (Some(version), Some(kind)) = (version, text("x-kubernetes-object-ref-kind")) {
            let name = text("x-kubernetes-object-ref-name-key").unwrap_or("name");
            let mut field = path.clone();
            field.push(name.to_owned());
            let references = References {
                group: Text::default(),
                version: version.to_owned().into(),
                kind: kind.to_owned().into(),
                fields: vec![spec(field)],
            };
            let found = Fields { name_reference: vec![references], ..Fields::default() };
            fields.merge(&found)?;
        }
        match text("$ref") {
            Some(reference) => self.load(fields, reference, path),
            None => Ok(()),
        }
    }
}
