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
pub(crate) fn answer(call: &Call<'_>, items: &[Arc<Value>], metadata: &Value) -> Answer {
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
    pub(crate) fn table(&self, items: &[Arc<Value>], metadata: &Value) -> Value {
        let column = |name: &str, format: &str, priority: i64| {
            json!({
                "name": name, "type": "string", "format": format, "priority": priority,
                "description": "",
            })
        };
        let mut columns = vec![column("Name", "name", 0)];
        if let Some(custom) = &self.kind.custom {
            columns.extend(custom.columns.iter().map(|definition| {
                let priority = definition.get("priority").and_then(Value::as_i64);
                column(text(definition, "/name"), "", priority.unwrap_or(0))
            }));
            if custom.columns.is_empty() {
                columns.push(column("Age", "", 0));
            }
        } else {
            columns.extend(self.builtin().iter().map(|(name, _)| column(name, "", 0)));
            columns.push(column("Age", "", 0));
        }
        let rows: Vec<Value> = items.iter().map(|item| self.row(item)).collect();
        json!({
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata,
            "columnDefinitions": columns,
            "rows": rows,
        })
    }

    /// Names the columns between name and age of a built-in kind, and where their values stand.
    fn builtin(&self) -> &'static [(&'static str, &'static str)] {
        match (self.kind.group(), self.kind.info.kind.as_str()) {
            ("apps", "Deployment") => &[
                ("Ready", "/status/readyReplicas|/spec/replicas"),
                ("Up-to-date", "/status/updatedReplicas"),
                ("Available", "/status/availableReplicas"),
            ],
            ("apps", "StatefulSet") => &[("Ready", "/status/readyReplicas|/spec/replicas")],
            ("apps", "ReplicaSet") => &[
                ("Desired", "/spec/replicas"),
                ("Current", "/status/replicas"),
                ("Ready", "/status/readyReplicas"),
            ],
            ("apps", "DaemonSet") => &[
                ("Desired", "/status/desiredNumberScheduled"),
                ("Current", "/status/currentNumberScheduled"),
                ("Ready", "/status/numberReady"),
            ],
            ("", "Pod" | "Namespace") => &[("Status", "/status/phase")],
            ("", "Service") => &[("Type", "/spec/type"), ("Cluster-IP", "/spec/clusterIP")],
            ("", "ConfigMap") => &[("Data", "/data#")],
            ("", "Secret") => &[("Type", "/type"), ("Data", "/data#")],
            _ => &[],
        }
    }

    fn cells(&self, item: &Value) -> Vec<Value> {
        let age = json!(age(text(item, "/metadata/creationTimestamp"), self.now));
        let mut cells = vec![json!(text(item, "/metadata/name"))];
        match &self.kind.custom {
            Some(custom) if !custom.columns.is_empty() => {
                cells.extend(custom.columns.iter().map(|definition| {
                    let path = text(definition, "/jsonPath").replace('.', "/");
                    let value = item.pointer(&path).cloned().unwrap_or_default();
                    match (text(definition, "/type"), &value) {
                        ("date", Value::String(time)) => json!(self::age(time, self.now)),
                        _ => value,
                    }
                }));
            }
            Some(_) => cells.push(age),
            None => {
                cells.extend(self.builtin().iter().map(|(_, path)| cell(item, path)));
                cells.push(age);
            }
        }
        cells
    }

    fn row(&self, item: &Value) -> Value {
        let mut row = json!({ "cells": self.cells(item) });
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

/// Reads a cell: one value, `a|b` as a ratio, or `a#` as a count.
fn cell(item: &Value, path: &str) -> Value {
    let number = |path: &str| item.pointer(path).and_then(Value::as_i64).unwrap_or(0);
    if let Some((some, all)) = path.split_once('|') {
        return json!(format!("{}/{}", number(some), number(all)));
    }
    if let Some(path) = path.strip_suffix('#') {
        let map = item.pointer(path).and_then(Value::as_object);
        return json!(map.map_or(0, serde_json::Map::len));
    }
    item.pointer(path).cloned().unwrap_or_else(|| json!(0))
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
