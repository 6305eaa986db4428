//! The columns of built-in kinds, read from the tables beside this file once.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::{Value, json};

type Kind = (&'static str, &'static str);

/// The columns of one kind, and what stands in its cells.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) columns: Vec<Value>,
    pub(super) cells: Vec<&'static str>,
}

static LAYOUTS: LazyLock<HashMap<Kind, Layout>> = LazyLock::new(read);

/// Returns the layout of a built-in kind.
pub(super) fn layout(group: &str, kind: &str) -> Option<&'static Layout> {
    let group = if group.is_empty() { "-" } else { group };
    LAYOUTS.iter().find(|(known, _)| **known == (group, kind)).map(|(_, layout)| layout)
}

/// Says what a field of metadata is, as the columns of custom kinds do.
pub(super) fn description(column: &str) -> Value {
    let columns = layout("", "ConfigMap").map_or(&[][..], |layout| layout.columns.as_slice());
    let found = columns.iter().find(|known| known["name"] == column);
    found.map(|known| known["description"].clone()).unwrap_or_default()
}

fn read() -> HashMap<Kind, Layout> {
    let mut texts: Vec<Value> = Vec::new();
    let mut out: HashMap<Kind, Layout> = HashMap::new();
    let mut open = ("", "");
    for line in include_str!("columns.txt").lines() {
        if let Some(text) = line.strip_prefix("text ") {
            texts.push(serde_json::from_str(text).unwrap_or_default());
        } else if let Some(kind) = line.strip_prefix("kind ") {
            open = kind.split_once(' ').unwrap_or_default();
        } else if let [name, kind, format, priority, text] =
            line.trim_start().split('\t').collect::<Vec<_>>()[..]
        {
            let number = |text: &str| text.parse::<usize>().unwrap_or_default();
            out.entry(open).or_default().columns.push(json!({
                "name": name,
                "type": kind,
                "format": format,
                "description": texts.get(number(text)),
                "priority": number(priority),
            }));
        }
    }
    for line in include_str!("cells.txt").lines() {
        let mut parts = line.split('|');
        let kind = parts.next().and_then(|kind| kind.split_once(' ')).unwrap_or_default();
        if let Some(layout) = out.get_mut(&kind) {
            layout.cells = parts.collect();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::cell, LAYOUTS};

    #[test]
    fn every_kind_fills_its_columns() {
        for ((group, kind), layout) in LAYOUTS.iter() {
            let cells = cell::row(layout, &json!({}), jiff::Timestamp::UNIX_EPOCH);
            // The server itself gives addresses one cell more than columns.
            let extra = usize::from(*kind == "IPAddress");
            assert_eq!(cells.len(), layout.columns.len() + extra, "{group} {kind}");
        }
    }
}
