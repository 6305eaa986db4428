//! The built-in fields, read from their table once.

use std::sync::{Arc, LazyLock};

use super::{FieldPath, Fields, References, Spec};

static DEFAULT: LazyLock<Arc<Fields>> =
    LazyLock::new(|| Arc::new(read(include_str!("fields.txt"))));

/// Returns the built-in fields.
pub(in crate::kustomize) fn default_fields() -> Arc<Fields> {
    Arc::clone(&DEFAULT)
}

// A line without indentation names a list; the others are its fields: `+` before a path that is
// made where it is missing, then kind, group and version. The table is in the order of `Fields::sort`.
fn read(text: &'static str) -> Fields {
    let mut fields = Fields::default();
    let mut section = "";
    for line in text.lines() {
        match line.strip_prefix(' ') {
            None => {
                section = line.split(' ').next().unwrap_or_default();
                if section == "nameReference" {
                    let Spec { group, version, kind, .. } = spec(line);
                    let fields_of = Vec::new();
                    fields.name_reference.push(References {
                        group,
                        version,
                        kind,
                        fields: fields_of,
                    });
                }
            }
            Some(line) => {
                if let Some(list) = list(&mut fields, section) {
                    list.push(spec(line));
                }
            }
        }
    }
    fields
}

fn list<'a>(fields: &'a mut Fields, section: &str) -> Option<&'a mut Vec<Spec>> {
    Some(match section {
        "namePrefix" => &mut fields.name_prefix,
        "nameSuffix" => &mut fields.name_suffix,
        "namespace" => &mut fields.namespace,
        "commonLabels" => &mut fields.common_labels,
        "templateLabels" => &mut fields.template_labels,
        "commonAnnotations" => &mut fields.common_annotations,
        "varReference" => &mut fields.var_reference,
        "images" => &mut fields.images,
        "replicas" => &mut fields.replicas,
        "nameReference" => &mut fields.name_reference.last_mut()?.fields,
        _ => return None,
    })
}

fn spec(line: &'static str) -> Spec {
    let mut words = line.split(' ');
    let path = words.next().unwrap_or_default();
    let mut spec = Spec {
        path: FieldPath::Known(path.strip_prefix('+').unwrap_or(path)),
        create: path.starts_with('+'),
        ..Spec::default()
    };
    for word in words {
        match word.split_once(':') {
            Some(("g", group)) => spec.group = group.into(),
            Some(("v", version)) => spec.version = version.into(),
            _ => spec.kind = word.into(),
        }
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::{Fields, default_fields};

    #[test]
    fn the_table_is_what_it_becomes_when_merged_into_nothing() {
        let mut merged = Fields::default();
        merged.merge(&default_fields()).unwrap();
        assert_eq!(merged, *default_fields());
    }

    #[test]
    fn the_table_has_every_list() {
        let fields = default_fields();
        assert_eq!(fields.name_reference.len(), 16);
        assert!(fields.name_reference.iter().all(|found| !found.fields.is_empty()));
        assert!(50 < fields.var_reference.len());
        assert!(fields.replicas.iter().all(|spec| spec.create));
    }
}
