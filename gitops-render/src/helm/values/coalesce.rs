//! How the values of a user, of charts and of the charts within them become one.
//!
//! Maps are shared as Helm shares them: the globals of a chart and of the charts within it have
//! their deeper maps in common, so that what one of them adds there is seen by all.

use std::rc::Rc;

use super::{super::value::Value, shown::go_value};
use crate::helm::{
    Notice,
    chart::Chart,
    text::go_quote,
    value::{Map, MapType},
};

const GLOBAL: &str = "global";

/// Whether nulls delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::helm) enum Nulls {
    /// A null takes the chart's own value away.
    Delete,
    /// Nulls stay, for a later step.
    Keep,
}

/// Lays `values` over those of `chart` and of the charts within it.
pub(in crate::helm) fn coalesce(
    chart: &Chart,
    values: &Map,
    nulls: Nulls,
    notices: &mut Vec<Notice>,
) -> Result<Rc<Map>, String> {
    let all = deep_copy(values);
    Coalescer { notices }.chart(chart, &all, "", nulls)?;
    Ok(all)
}

/// Lays `over` on `base`, both as maps of maps, and returns what results.
pub(in crate::helm) fn merge_tables(over: &Rc<Map>, base: &Rc<Map>, notices: &mut Vec<Notice>) {
    Coalescer { notices }.tables(over, base, "", Nulls::Keep);
}

/// Returns a map that shares nothing with `map`.
pub(in crate::helm) fn deep_copy(map: &Map) -> Rc<Map> {
    if let Some(sealed) = map.sealed() {
        return Rc::new(Map::unsealed(MapType::Any, sealed));
    }
    let entries = map.read();
    let copied = entries.iter().map(|(key, value)| (key.clone(), copied(value)));
    Rc::new(Map::new(MapType::Any, copied))
}

fn copied(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(deep_copy(map)),
        Value::List(list) if list.iter().any(holds_map) => {
            Value::list(list.iter().map(copied).collect())
        }
        other => other.clone(),
    }
}

fn holds_map(value: &Value) -> bool {
    matches!(value, Value::Map(_) | Value::List(_))
}

struct Coalescer<'n> {
    notices: &'n mut Vec<Notice>,
}

impl Coalescer<'_> {
    fn warn(&mut self, message: &str) {
        self.notices.push(Notice::printed(message));
    }

    fn chart(
        &mut self,
        chart: &Chart,
        dest: &Rc<Map>,
        prefix: &str,
        nulls: Nulls,
    ) -> Result<(), String> {
        let prefix = joined(prefix, chart.name());
        self.own_values(chart, dest, &prefix, nulls);
        for sub in &chart.dependencies {
            let name = sub.name();
            let section = match dest.get(name) {
                Some(Value::Map(section)) => section,
                Some(other) => {
                    return Err(format!("type mismatch on {name}: {}", no_bool(&other)));
                }
                None => {
                    let section = Rc::new(Map::new::<&str>(MapType::Any, []));
                    dest.insert(name, Value::Map(Rc::clone(&section)));
                    section
                }
            };
            self.globals(&section, dest, &prefix);
            self.chart(sub, &section, &prefix, nulls)?;
        }
        Ok(())
    }

    // Lays the globals of a chart over those of a chart within it.
    fn globals(&mut self, dest: &Rc<Map>, src: &Rc<Map>, prefix: &str) {
        let skipping = |side: &str| {
            format!("warning: skipping globals because {side} {GLOBAL} is not a table.")
        };
        let to = match dest.get(GLOBAL) {
            None => Rc::new(Map::new::<&str>(MapType::Any, [])),
            Some(Value::Map(map)) => map,
            Some(_) => return self.warn(&skipping("destination")),
        };
        let from = match src.get(GLOBAL) {
            None => Rc::new(Map::new::<&str>(MapType::Any, [])),
            Some(Value::Map(map)) => map,
            Some(_) => return self.warn(&skipping("source")),
        };
        for (key, value) in from.entries() {
            let known = to.get(&key);
            let Value::Map(table) = &value else {
                if matches!(known, Some(Value::Map(_))) {
                    self.warn(&format!("key {key} is table. Skipping"));
                } else {
                    to.insert(key, value);
                }
                continue;
            };
            // One level is copied, what lies deeper is shared.
            let above = Rc::new(Map::new(MapType::Any, table.entries()));
            match known {
                None => to.insert(key, Value::Map(above)),
                Some(Value::Map(below)) => {
                    let prefix = joined(prefix, &key.to_str());
                    self.tables(&above, &below, &prefix, Nulls::Keep);
                    to.insert(key, Value::Map(above));
                }
                Some(_) => {
                    let key = go_quote(&key.to_str());
                    let problem = format!("cannot merge map onto non-map for {key}. Skipping.");
                    self.warn(&format!("Conflict: {problem}"));
                }
            }
        }
        dest.insert(GLOBAL, Value::Map(to));
    }

    // Adds the values that a chart brings along to those given.
    fn own_values(&mut self, chart: &Chart, dest: &Rc<Map>, prefix: &str, nulls: Nulls) {
        for (key, own) in chart.values.iter() {
            let own = own.value();
            match dest.get(key) {
                Some(Value::Nil) if nulls == Nulls::Delete => dest.remove(key),
                Some(Value::Map(given)) => match &own {
                    Value::Map(own) => {
                        let within =
                            chart.dependencies.iter().any(|sub| sub.name().as_bytes() == &**key);
                        let nulls = if within { Nulls::Keep } else { nulls };
                        if nulls == Nulls::Delete {
                            without_nulls(own);
                        }
                        self.tables(&given, own, &joined(prefix, &key.to_str()), nulls);
                    }
                    Value::Nil => {}
                    _ => self
                        .warn(&format!("warning: skipped value for {prefix}.{key}: Not a table.")),
                },
                Some(_) => {}
                None => {
                    if nulls == Nulls::Delete {
                        match &own {
                            Value::Nil => continue,
                            Value::Map(own) => without_nulls(own),
                            _ => {}
                        }
                    }
                    dest.insert(key.clone(), own);
                }
            }
        }
    }

    // Adds to `over` what it lacks of `base`.
    fn tables(&mut self, over: &Rc<Map>, base: &Rc<Map>, prefix: &str, nulls: Nulls) {
        let base_entries = base.entries();
        // What is null above is null below from here on: others may hold the lower map, too.
        for (key, value) in over.entries() {
            if matches!(value, Value::Nil) {
                base.insert(key, Value::Nil);
            }
        }
        for (key, value) in &base_entries {
            match over.get(key) {
                None => over.insert(key.clone(), value.clone()),
                Some(Value::Nil) => {
                    // The null of a user deletes what the chart has, and stays where it has none.
                    if nulls == Nulls::Delete && !matches!(value, Value::Nil) {
                        over.remove(key);
                    }
                }
                Some(Value::Map(above)) => match value {
                    Value::Map(below) => {
                        let prefix = joined(prefix, &key.to_str());
                        self.tables(&above, below, &prefix, nulls);
                    }
                    Value::Nil => {}
                    other => self.warn(&format!(
                        "warning: destination for {} is a table. Ignoring non-table value ({})",
                        joined(prefix, &key.to_str()),
                        go_value(other)
                    )),
                },
                Some(_) => {
                    if let Value::Map(_) = value {
                        self.warn(&format!(
                            "warning: cannot overwrite table with non table for {} ({})",
                            joined(prefix, &key.to_str()),
                            go_value(value)
                        ));
                    }
                }
            }
        }
    }
}

fn without_nulls(map: &Map) {
    if map.sealed().is_some_and(|sealed| !sealed.has_nils()) {
        return;
    }
    for (key, value) in map.entries() {
        match value {
            Value::Nil => map.remove(&key),
            Value::Map(inner) => without_nulls(&inner),
            _ => {}
        }
    }
}

fn joined(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

// How Go prints what it was told is a boolean.
fn no_bool(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Nil => "%!t(<nil>)".to_owned(),
        Value::List(list) => {
            let items: Vec<_> = list.iter().map(no_bool).collect();
            format!("[{}]", items.join(" "))
        }
        other => format!("%!t({}={})", other.type_name(), go_value(other)),
    }
}
