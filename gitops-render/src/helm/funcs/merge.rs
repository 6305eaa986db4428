//! `merge` and `mergeOverwrite`: the first map is changed in place and takes over, without copies,
//! what the others have.

use std::rc::Rc;

use super::super::template::limits::VALUE_DEPTH_MAX;
use super::super::value::{Map, MapType, Type, Value};
use super::args::map;
use super::{Answer, Failure, Function, variadic};

const MAPS: &[Type] = &[Type::Map, Type::Map];

pub(super) const TABLE: &[Function] = &[
    variadic("merge", MAPS, Type::Any, |_, v| merge_all(v, false)),
    variadic("mustMerge", MAPS, Type::Any, |_, v| merge_all(v, false)),
    variadic("mergeOverwrite", MAPS, Type::Any, |_, v| merge_all(v, true)),
    variadic("mustMergeOverwrite", MAPS, Type::Any, |_, v| merge_all(v, true)),
];

fn merge_all(values: &[Value], overwrite: bool) -> Answer {
    let mut target = map(values, 0);
    for at in 1..values.len() {
        let source = map(values, at);
        if target.is_nil() && !source.is_nil() {
            target = Rc::new(Map::new::<&str>(MapType::Any, []));
        }
        merge(&target, &source, overwrite, 0)?;
    }
    Ok(Value::Map(target))
}

fn merge(target: &Map, source: &Map, overwrite: bool, depth: usize) -> Result<(), Failure> {
    if depth > VALUE_DEPTH_MAX {
        return Err(format!("a value nests deeper than {VALUE_DEPTH_MAX} levels").into());
    }
    if target.is_nil() {
        return Ok(());
    }
    for (key, new) in source.entries() {
        let old = target.get(&key);
        if matches!(new, Value::Nil) {
            if overwrite {
                target.insert(key, new);
            }
            continue;
        }
        let set = match &old {
            None => true,
            Some(old) => {
                // What was empty before is replaced, also when something is merged into it.
                let empty = !old.truth();
                if let (Value::Map(old), Value::Map(new)) = (old, &new) {
                    merge(old, new, overwrite, depth + 1)?;
                    empty
                } else {
                    empty || overwrite
                }
            }
        };
        if set {
            target.insert(key, new);
        }
    }
    Ok(())
}
