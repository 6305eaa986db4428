//! What Helm reads of each document: its kind, name and annotations.

use serde_json::Value;

use crate::helm::chart::{Place, json_kind};

/// The keys that are read of a document, and of its metadata.
pub(super) const FIELDS: &[&[&str]] =
    &[&["apiversion", "kind", "metadata"], &["name", "annotations"]];

/// What Helm reads of a document.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) kind: String,
    pub(super) name: String,
    annotations: Vec<(String, String)>,
}

const METADATA: &str = "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \
                        \"json:\\\"annotations\\\"\" }";

impl Head {
    /// Reads a document; what is wrong with it in the words of Go's decoder.
    pub(super) fn read(document: &Value) -> Result<Self, String> {
        let mut head = Self::default();
        let map = match document {
            Value::Null => return Ok(head),
            Value::Object(map) => map,
            other => {
                let found = json_kind(other);
                return Err(format!(
                    "json: cannot unmarshal {found} into Go value of type util.SimpleHead"
                ));
            }
        };
        Place::root().each(map, |name, at, value| match name {
            "apiversion" => at.text(value, &mut String::new()),
            "kind" => at.text(value, &mut head.kind),
            "metadata" => match value {
                Value::Null => Ok(()),
                Value::Object(metadata) => head.metadata(at, metadata),
                _ => at.wrong(value, METADATA),
            },
            _ => Ok(()),
        })?;
        Ok(head)
    }

    fn metadata(
        &mut self,
        at: &Place<'_>,
        metadata: &serde_json::Map<String, Value>,
    ) -> Result<(), String> {
        at.each(metadata, |name, at, value| match name {
            "name" => at.text(value, &mut self.name),
            "annotations" => {
                let mut pairs = None;
                at.pairs(value, &mut pairs)?;
                self.annotations = pairs.unwrap_or_default();
                Ok(())
            }
            _ => Ok(()),
        })
    }

    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        let pair = self.annotations.iter().find(|(known, _)| known == name);
        pair.map(|(_, text)| text.as_str())
    }
}
