//! Tables: what `kubectl get` prints.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    answer::Answer,
    kinds::Kind,
    request::Request,
    world::{Call, text},
};

/// Whether a request asks for a table.
pub(crate) fn is_asked(request: &Request) -> bool {
    request
        .header("accept")
        .split(',')
        .next()
        .is_some_and(|first| first.contains("as=Table") && first.contains("meta.k8s.io"))
}

/// Answers with a table of objects.
pub(crate) fn answer(call: &Call<'_>, items: &[Arc<Value>], metadata: Value) -> Answer {
    let columns = Columns::of(call);
    Answer::object(200, columns.table(items, metadata))
}

/// Returns the columns when the request asks for a table.
pub(crate) fn columns_asked(call: &Call<'_>) -> Option<Columns> {
    is_asked(call.request).then(|| Columns::of(call))
}

/// The columns of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    kind: Arc<Kind>,
    now: jiff::Timestamp,
    include: String,
}

impl Columns {
    fn of(call: &Call<'_>) -> Self {
        let include = call.request.param("includeObject").unwrap_or("Metadata").to_owned();
        Self { kind: Arc::clone(&call.kind), now: call.now, include }
    }

    /// Lays objects out as rows.
    pub(crate) fn table(&self, items: &[Arc<Value>], metadata: Value) -> Value {
        let name = json!({
            "name": "Name", "type": "string", "format": "name", "priority": 0,
            "description": "Name must be unique within a namespace.",
        });
        let age = json!({
            "name": "Age", "type": "string", "format": "", "priority": 0,
            "description": "The time since the object was created.",
        });
        let rows: Vec<Value> = items.iter().map(|item| self.row(item)).collect();
        json!({
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata,
            "columnDefinitions": [name, age],
            "rows": rows,
        })
    }

    fn row(&self, item: &Value) -> Value {
        let created = text(item, "/metadata/creationTimestamp");
        let mut row = json!({ "cells": [text(item, "/metadata/name"), age(created, self.now)] });
        match self.include.as_str() {
            "None" => {}
            "Object" => row["object"] = item.clone(),
            _ => {
                row["object"] = json!({
                    "kind": "PartialObjectMetadata",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": item.get("metadata"),
                });
            }
        }
        row
    }
}

/// Prints the time since `created` in at most two units.
fn age(created: &str, now: jiff::Timestamp) -> String {
    let Ok(created) = created.parse::<jiff::Timestamp>() else {
        return "<unknown>".to_owned();
    };
    let seconds = now.duration_since(created).as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |big: i64, unit: char, small: i64, of: char| match small {
        0 => format!("{big}{unit}"),
        small => format!("{big}{unit}{small}{of}"),
    };
    if seconds < 120 {
        format!("{seconds}s")
    } else if minutes < 10 {
        two(minutes, 'm', seconds % 60, 's')
    } else if minutes < 180 {
        format!("{minutes}m")
    } else if hours < 8 {
        two(hours, 'h', minutes % 60, 'm')
    } else if hours < 48 {
        format!("{hours}h")
    } else if hours < 192 {
        two(days, 'd', hours % 24, 'h')
    } else if days < 730 {
        format!("{days}d")
    } else if days < 2920 {
        two(days / 365, 'y', days % 365, 'd')
    } else {
        format!("{}y", days / 365)
    }
}
