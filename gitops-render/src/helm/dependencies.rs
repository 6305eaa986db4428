//! Which charts within a chart take part, under which name, and which values they give away.

use std::{collections::BTreeSet, rc::Rc};

use gitops_core::semver::{Constraint, Version};
use serde_json::Value as Json;

use super::{
    Notice,
    chart::{Chart, Dependency},
    text::go_quote,
    value::{Map, MapType, SealedMap, Value},
    values::coalesce::{Nulls, coalesce, deep_copy, merge_tables},
};

/// Says which of the charts that are asked for are not there.
pub(in crate::helm) fn check(chart: &Chart) -> Result<(), String> {
    let there = |name: &str| chart.dependencies.iter().any(|sub| sub.name() == name);
    let wanted = chart.metadata.dependencies.iter().flatten();
    let missing: Vec<&str> =
        wanted.map(|wanted| wanted.name.as_str()).filter(|name| !there(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "an error occurred while checking for chart dependencies. You may need to run 'helm \
         dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in \
         charts/ directory: {}",
        missing.join(", ")
    ))
}

/// Leaves the charts that are enabled, under their aliases, and imports their values.
pub(in crate::helm) fn process(
    chart: &mut Chart,
    values: &Map,
    notices: &mut Vec<Notice>,
) -> Result<(), String> {
    enable(chart, values, "", notices)?;
    import_all(chart, notices)
}

/// Whether `version` is one of those that `constraint` names.
pub(in crate::helm) fn compatible(constraint: &str, version: &str) -> bool {
    match (Constraint::parse(constraint), Version::parse(version)) {
        (Ok(constraint), Ok(version)) => constraint.check(&version),
        _ => false,
    }
}

fn enable(
    chart: &mut Chart,
    values: &Map,
    path: &str,
    notices: &mut Vec<Notice>,
) -> Result<(), String> {
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    rename(chart);
    let all = coalesce(chart, values, Nulls::Delete, notices)?;
    for wanted in chart.metadata.dependencies.iter_mut().flatten() {
        wanted.enabled = true;
        by_tags(wanted, &all, notices);
    }
    for wanted in chart.metadata.dependencies.iter_mut().flatten() {
        by_condition(wanted, &all, path, notices);
    }
    let off: BTreeSet<String> = (chart.metadata.dependencies.iter().flatten())
        .filter(|wanted| !wanted.enabled)
        .map(|wanted| wanted.name.clone())
        .collect();
    chart.dependencies.retain(|sub| !off.contains(sub.name()));
    for sub in &mut chart.dependencies {
        let path = format!("{path}{}.", sub.name());
        enable(sub, &all, &path, notices)?;
    }
    let wanted = &mut chart.metadata.dependencies;
    wanted.retain(|wanted| wanted.as_ref().is_some_and(|wanted| !off.contains(&wanted.name)));
    Ok(())
}

// Puts the charts that nobody asked for first, then the others in the order in which they are
// asked for, under their aliases.
fn rename(chart: &mut Chart) {
    let there = std::mem::take(&mut chart.dependencies);
    let fits = |sub: &Chart, wanted: &Dependency| {
        sub.name() == wanted.name && compatible(&wanted.version, &sub.metadata.version)
    };
    let wanted = &mut chart.metadata.dependencies;
    // Which of those that are there come next, and under which name.
    let mut order: Vec<(usize, String)> = Vec::new();
    for (at, sub) in there.iter().enumerate() {
        if !wanted.iter().flatten().any(|it| fits(sub, it)) {
            order.push((at, String::new()));
        }
    }
    for wanted in wanted.iter_mut().flatten() {
        if let Some(at) = there.iter().position(|sub| fits(sub, wanted)) {
            order.push((at, wanted.alias.clone()));
        }
        if !wanted.alias.is_empty() {
            wanted.alias.clone_into(&mut wanted.name);
        }
    }
    chart.dependencies = picked(there, order);
}

// Returns charts by their places, under their aliases.
fn picked(there: Vec<Chart>, order: Vec<(usize, String)>) -> Vec<Chart> {
    let mut there: Vec<Option<Chart>> = there.into_iter().map(Some).collect();
    let mut uses = vec![0; there.len()];
    for (at, _) in &order {
        uses[*at] += 1;
    }
    let pick = |(at, alias): (usize, String)| {
        uses[at] -= 1;
        let mut sub = if uses[at] == 0 { there[at].take() } else { there[at].clone() }?;
        if !alias.is_empty() {
            sub.metadata.name = alias;
        }
        Some(sub)
    };
    order.into_iter().filter_map(pick).collect()
}

fn not_bool(what: &'static str, which: &str, wanted: &Dependency) -> Notice {
    let facts = vec![(what, which.to_owned()), ("chart", wanted.name.clone())];
    Notice::warning("returned non-bool value", facts)
}

fn by_tags(wanted: &mut Dependency, values: &Map, notices: &mut Vec<Notice>) {
    let Some(Value::Map(given)) = values.get("tags") else { return };
    let (mut on, mut off) = (false, false);
    for tag in &wanted.tags {
        match given.get(tag) {
            Some(Value::Bool(true)) => on = true,
            Some(Value::Bool(false)) => off = true,
            Some(_) => notices.push(not_bool("tag", tag, wanted)),
            None => {}
        }
    }
    wanted.enabled = on || !off;
}

// The first path that leads to a boolean decides.
fn by_condition(wanted: &mut Dependency, values: &Map, path: &str, notices: &mut Vec<Notice>) {
    let condition = wanted.condition.trim().to_owned();
    for condition in condition.split(',').filter(|condition| !condition.is_empty()) {
        match scalar_at(values, &format!("{path}{condition}")) {
            Some(Value::Bool(on)) => {
                wanted.enabled = on;
                return;
            }
            Some(_) => notices.push(not_bool("path", condition, wanted)),
            None => {}
        }
    }
}

fn scalar_at(values: &Map, path: &str) -> Option<Value> {
    let found = match path.rsplit_once('.') {
        Some((table, key)) => table_at(values, table).ok()?.get(key),
        None => values.get(path),
    };
    found.filter(|value| !matches!(value, Value::Map(_)))
}

// Returns the map at a dotted path, or the step that leads to none.
fn table_at(values: &Map, path: &str) -> Result<Rc<Map>, String> {
    let mut table: Option<Rc<Map>> = None;
    for step in path.split('.') {
        let next = match &table {
            Some(table) => table.get(step),
            None => values.get(step),
        };
        let Some(Value::Map(next)) = next else { return Err(step.to_owned()) };
        table = Some(next);
    }
    table.ok_or_else(|| path.to_owned())
}

fn import_all(chart: &mut Chart, notices: &mut Vec<Notice>) -> Result<(), String> {
    for sub in &mut chart.dependencies {
        import_all(sub, notices)?;
    }
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    let nothing = Map::new::<&str>(MapType::Any, []);
    let values = coalesce(chart, &nothing, Nulls::Keep, notices)?;
    let imported = Rc::new(nothing);
    for wanted in chart.metadata.dependencies.iter_mut().flatten() {
        let name = wanted.name.clone();
        for import in &mut wanted.import_values {
            let Some((child, parent)) = import_paths(import) else { continue };
            match table_at(&values, &format!("{name}.{child}")) {
                Ok(table) => {
                    let table = at_path(&parent, table);
                    merge_tables(&imported, &table, notices);
                }
                Err(step) => notices.push(missing(import, &name, &step)),
            }
            *import = serde_json::json!({ "child": child, "parent": parent });
        }
    }
    // What the chart says itself counts more than what it imports.
    let values = deep_copy(&values);
    merge_tables(&values, &imported, notices);
    chart.values = SealedMap::of(&values);
    Ok(())
}

fn import_paths(import: &Json) -> Option<(String, String)> {
    let text = |value: Option<&Json>| match value {
        None | Some(Json::Null) => "<nil>".to_owned(),
        Some(value) => super::values::shown::go_value(&Value::from_json(value)),
    };
    match import {
        Json::Object(map) => Some((text(map.get("child")), text(map.get("parent")))),
        Json::String(name) => Some((format!("exports.{name}"), ".".to_owned())),
        _ => None,
    }
}

fn missing(import: &Json, chart: &str, step: &str) -> Notice {
    let error = ("error", format!("{} is not a table", go_quote(step)));
    match import {
        Json::Object(_) => {
            let facts = vec![("chart", chart.to_owned()), error];
            Notice::warning("ImportValues missing table from chart", facts)
        }
        _ => Notice::warning("ImportValues missing table", vec![error]),
    }
}

// Returns a map that has `table` at a dotted path; at `.`, `table` itself.
fn at_path(path: &str, table: Rc<Map>) -> Rc<Map> {
    if path == "." {
        return table;
    }
    path.rsplit('.')
        .fold(table, |inner, step| Rc::new(Map::new(MapType::Any, [(step, Value::Map(inner))])))
}
