//! The shapes of answers: whole objects, their metadata alone, or the tables that `kubectl get`
//! prints.

mod age;
mod cell;
mod columns;
mod network;
mod path;
mod pod;
mod storage;

use std::{borrow::Cow, sync::Arc};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    answer::Answer,
    kinds::Kind,
    negotiate::{Shape, not_acceptable},
    status::{Failure, Result},
    world::{Call, text},
};

const META: &str = "meta.k8s.io/v1";

/// How the objects of an answer or a watch are shown.
#[derive(Clone, Debug)]
pub(crate) struct Shaper {
    kind: Arc<Kind>,
    shape: Shape,
    include: String,
}

/// Gives an answer the shape that the request accepts.
///
/// # Errors
///
/// 406 when the answer cannot have it, 400 for an unknown `includeObject`.
pub(crate) fn shaped(call: &Call<'_>, shape: Shape, answer: Answer) -> Result<Answer> {
    if shape == Shape::Whole {
        return Ok(answer);
    }
    let shaper = Shaper::new(call, shape)?;
    Ok(match answer {
        Answer::Object(code, value) => Answer::object(code, shaper.show(&value.tree(), call.now)?),
        Answer::Warned(code, value, warnings) => {
            Answer::Warned(code, shaper.show(&value.tree(), call.now)?.into(), warnings)
        }
        Answer::Watch(watching) => Answer::Watch(watching.shaped(shaper)),
        other => other,
    })
}

impl Shaper {
    fn new(call: &Call<'_>, shape: Shape) -> Result<Self> {
        let include = call.request.param("includeObject").unwrap_or_default().to_owned();
        if shape == Shape::Table && !matches!(include.as_str(), "" | "Metadata" | "Object" | "None")
        {
            return Err(Failure::bad_request(format!(
                "Unable to convert to Table as requested: includeObject: Invalid value: \
                 {include:?}: must be 'Metadata', 'Object', 'None', or empty"
            )));
        }
        Ok(Self { kind: Arc::clone(&call.kind), shape, include })
    }

    fn show(&self, value: &Value, now: Timestamp) -> Result<Value> {
        if text(value, "/kind") == "Status" && text(value, "/apiVersion") == "v1" {
            return Ok(value.clone());
        }
        let is_list = value.get("items").is_some_and(Value::is_array)
            && text(value, "/kind").ends_with("List");
        let list = value.get("items").and_then(Value::as_array).filter(|_| is_list);
        let go = format!("*{}", text(value, "/kind"));
        match (self.shape, list) {
            (Shape::Whole, _) => Ok(value.clone()),
            (Shape::Table, Some(items)) => {
                let mut metadata = value.get("metadata").cloned().unwrap_or_else(|| json!({}));
                if let Some(map) = metadata.as_object_mut() {
                    map.retain(|_, value| value != "");
                }
                Ok(self.table(items.iter(), &metadata, true, now))
            }
            (Shape::Table, None) => Ok(self.table([value].into_iter(), &version(value), true, now)),
            (Shape::Metadata, None) => Ok(metadata_of(value)),
            (Shape::MetadataList, Some(items)) => Ok(json!({
                "kind": "PartialObjectMetadataList",
                "apiVersion": META,
                "metadata": value.get("metadata"),
                "items": items.iter().map(metadata_of).collect::<Vec<_>>(),
            })),
            (Shape::Metadata, Some(_)) => Err(not_acceptable(format!(
                "you requested PartialObjectMetadata, but the requested object is a list ({go})"
            ))),
            (Shape::MetadataList, None) => Err(not_acceptable(format!(
                "you requested PartialObjectMetadataList, but the requested object is not a list \
                 ({go})"
            ))),
        }
    }

    /// Shows an object within a watch; only its first event has the heads of columns.
    pub(crate) fn event(&self, object: &Value, first: bool, now: Timestamp) -> Value {
        match self.shape {
            Shape::Table => self.table([object].into_iter(), &version(object), first, now),
            Shape::Metadata | Shape::MetadataList => metadata_of(object),
            Shape::Whole => object.clone(),
        }
    }

    fn table<'v>(
        &self,
        items: impl Iterator<Item = &'v Value>,
        metadata: &Value,
        heads: bool,
        now: Timestamp,
    ) -> Value {
        let rows: Vec<Value> = items.map(|item| self.row(item, now)).collect();
        let columns = if heads { self.columns() } else { Value::Null };
        json!({
            "kind": "Table",
            "apiVersion": META,
            "metadata": metadata,
            "columnDefinitions": columns,
            "rows": rows,
        })
    }

    fn custom_columns(&self) -> Option<Cow<'_, [Value]>> {
        let custom = self.kind.custom.as_ref()?;
        if !custom.columns.is_empty() {
            return Some(Cow::Borrowed(&custom.columns));
        }
        Some(Cow::Owned(vec![json!({
            "name": "Age",
            "type": "date",
            "jsonPath": ".metadata.creationTimestamp",
            "description": columns::description("Age"),
        })]))
    }

    fn columns(&self) -> Value {
        let Some(custom) = self.custom_columns() else {
            let layout = columns::layout(self.kind.group(), &self.kind.info.kind);
            return layout.map_or_else(default_columns, |layout| json!(layout.columns));
        };
        let mut out = vec![json!({
            "name": "Name", "type": "string", "format": "name", "priority": 0,
            "description": columns::description("Name"),
        })];
        out.extend(custom.iter().map(|column| {
            let description = match text(column, "/description") {
                "" => format!(
                    "Custom resource definition column (in JSONPath format): {}",
                    text(column, "/jsonPath")
                ),
                text => text.to_owned(),
            };
            json!({
                "name": text(column, "/name"),
                "type": text(column, "/type"),
                "format": text(column, "/format"),
                "priority": column.get("priority").and_then(Value::as_i64).unwrap_or(0),
                "description": description,
            })
        }));
        Value::Array(out)
    }

    fn cells(&self, item: &Value, now: Timestamp) -> Vec<Value> {
        let name = || json!(text(item, "/metadata/name"));
        match self.custom_columns() {
            Some(custom) => {
                let rest = custom.iter().map(|column| custom_cell(column, item, now));
                std::iter::once(name()).chain(rest).collect()
            }
            None => match columns::layout(self.kind.group(), &self.kind.info.kind) {
                Some(layout) => cell::row(layout, item, now),
                None => vec![name(), json!(text(item, "/metadata/creationTimestamp"))],
            },
        }
    }

    fn row(&self, item: &Value, now: Timestamp) -> Value {
        let mut row = json!({ "cells": self.cells(item, now) });
        let phase = text(item, "/status/phase");
        if self.kind.is("", "Pod") && matches!(phase, "Succeeded" | "Failed") {
            row["conditions"] = json!([{
                "type": "Completed",
                "status": "True",
                "reason": phase,
                "message": if phase == "Failed" {
                    "The pod failed."
                } else {
                    "The pod has completed successfully."
                },
            }]);
        }
        match self.include.as_str() {
            "None" => {}
            "Object" => {
                let mut object = Map::new();
                object.insert("apiVersion".to_owned(), self.kind.api_version().into());
                object.insert("kind".to_owned(), self.kind.info.kind.as_str().into());
                object.extend(item.as_object().cloned().unwrap_or_default());
                row["object"] = Value::Object(object);
            }
            _ => row["object"] = metadata_of(item),
        }
        row
    }
}

fn default_columns() -> Value {
    let column = |name: &str, from: &str, kind: &str, format: &str| {
        json!({
            "name": name, "type": kind, "format": format, "priority": 0,
            "description": columns::description(from),
        })
    };
    json!([column("Name", "Name", "string", "name"), column("Created At", "Age", "date", "")])
}

fn metadata_of(item: &Value) -> Value {
    json!({ "kind": "PartialObjectMetadata", "apiVersion": META, "metadata": item.get("metadata") })
}

fn version(object: &Value) -> Value {
    let version = object.pointer("/metadata/resourceVersion");
    version.map_or_else(|| json!({}), |version| json!({ "resourceVersion": version }))
}

fn custom_cell(column: &Value, item: &Value, now: Timestamp) -> Value {
    let found = path::find(item, text(column, "/jsonPath"));
    let Some(value) = found.first() else { return Value::Null };
    match (text(column, "/type"), value) {
        (_, Value::Null) => Value::Null,
        ("string", Value::String(_))
        | ("number", Value::Number(_))
        | ("boolean", Value::Bool(_)) => (*value).clone(),
        ("string", other) => json!(other.to_string()),
        ("integer", Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => json!(number),
            #[expect(clippy::cast_possible_truncation, reason = "what Go does with it")]
            (None, Some(number)) => json!(number as i64),
            _ => Value::Null,
        },
        ("date", Value::String(time)) => match time.parse::<Timestamp>() {
            Ok(_) => json!(age::since(time, now)),
            Err(_) => json!("<invalid>"),
        },
        _ => Value::Null,
    }
}
