//! Maps: `set` and `unset` change the map that they are given, the others make new ones.

use std::rc::Rc;

use super::super::template::limits::VALUE_DEPTH_MAX;
use super::super::value::{List, Map, MapType, Type, Value};
use super::args::{any, bytes, map, text};
use super::reflect::to_text;
use super::{Answer, Call, Failure, Function, fixed, variadic};

const MAP_STR: &[Type] = &[Type::Map, Type::Str];

pub(super) const TABLE: &[Function] = &[
    variadic("dict", &[Type::Any], Type::Map, |_, v| Ok(dict(v))),
    fixed("get", MAP_STR, Type::Any, |_, v| {
        Ok(map(v, 0).get(bytes(v, 1)).unwrap_or_else(|| Value::text("")))
    }),
    fixed("set", &[Type::Map, Type::Str, Type::Any], Type::Map, |_, v| {
        let target = map(v, 0);
        if target.is_nil() {
            return Err("assignment to entry in nil map".into());
        }
        target.insert(text(v, 1), any(v, 2));
        Ok(Value::Map(target))
    }),
    fixed("unset", MAP_STR, Type::Map, |_, v| {
        let target = map(v, 0);
        target.remove(bytes(v, 1));
        Ok(Value::Map(target))
    }),
    fixed("hasKey", MAP_STR, Type::Bool, |_, v| Ok(Value::Bool(map(v, 0).contains(bytes(v, 1))))),
    variadic("pluck", &[Type::Str, Type::Map], Type::List, |_, v| {
        let key = bytes(v, 0);
        let found = (1..v.len()).filter_map(|at| map(v, at).get(key));
        Ok(Value::list(found.collect()))
    }),
    variadic("keys", &[Type::Map], Type::List, |_, v| {
        let all = (0..v.len()).flat_map(|at| map(v, at).entries());
        Ok(Value::strings(all.map(|(key, _)| key)))
    }),
    fixed("values", &[Type::Map], Type::List, |_, v| {
        Ok(Value::list(map(v, 0).entries().into_iter().map(|(_, value)| value).collect()))
    }),
    variadic("pick", MAP_STR, Type::Map, |_, v| {
        let from = map(v, 0);
        let keys = (1..v.len()).map(|at| text(v, at));
        Ok(Value::map(keys.filter_map(|key| from.get(&key).map(|value| (key, value)))))
    }),
    variadic("omit", MAP_STR, Type::Map, |_, v| {
        let kept = map(v, 0).entries().into_iter();
        Ok(Value::map(kept.filter(|(key, _)| !(1..v.len()).any(|at| bytes(v, at) == &**key))))
    }),
    variadic("dig", &[Type::Any], Type::Any, |_, v| dig(v)),
    fixed("deepCopy", &[Type::Any], Type::Any, copy),
    fixed("mustDeepCopy", &[Type::Any], Type::Any, copy),
];

fn dict(values: &[Value]) -> Value {
    let pairs = values.chunks(2);
    Value::map(pairs.map(|pair| {
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::text(""));
        (to_text(&pair[0]), value)
    }))
}

fn conversion(value: &Value, wanted: &str) -> Failure {
    let found = match value {
        Value::Nil => "nil",
        value => value.type_name(),
    };
    format!("interface conversion: interface {{}} is {found}, not {wanted}").into()
}

/// Only a plain map will do: `.Values` itself is none.
fn plain(value: &Value) -> Result<Rc<Map>, Failure> {
    match value {
        Value::Map(map) if map.map_type() == MapType::Any => Ok(Rc::clone(map)),
        value => Err(conversion(value, "map[string]interface {}")),
    }
}

fn dig(values: &[Value]) -> Answer {
    let [keys @ .., default, start] = values else {
        return Err("dig needs at least three arguments".into());
    };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut section = plain(start)?;
    for key in keys {
        if !matches!(key, Value::Str(_)) {
            return Err(conversion(key, "string"));
        }
    }
    for (at, key) in keys.iter().enumerate() {
        let Some(step) = section.get(key.as_bytes().unwrap_or_default()) else {
            return Ok(default.clone());
        };
        if at + 1 == keys.len() {
            return Ok(step);
        }
        section = plain(&step)?;
    }
    Ok(default.clone())
}

fn copy(_: &mut Call<'_>, values: &[Value]) -> Answer {
    match values.first() {
        None | Some(Value::Nil) => Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Some(value) => deep_copy(value, 0),
    }
}

/// A copy that shares no map with the value.
pub(super) fn deep_copy(value: &Value, depth: usize) -> Answer {
    if depth > VALUE_DEPTH_MAX {
        return Err(format!("a value nests deeper than {VALUE_DEPTH_MAX} levels").into());
    }
    Ok(match value {
        Value::List(list) if !list.is_nil() => {
            let items = list.iter().map(|item| deep_copy(item, depth + 1));
            Value::List(Rc::new(List::new(list.elem(), items.collect::<Result<_, _>>()?)))
        }
        Value::Map(map) if !map.is_nil() => {
            let copy = Map::new::<&str>(map.map_type(), []);
            for (key, item) in map.entries() {
                copy.insert(key, deep_copy(&item, depth + 1)?);
            }
            Value::Map(Rc::new(copy))
        }
        Value::Object(object) => object.deep_copied().unwrap_or_else(|| value.clone()),
        other => other.clone(),
    })
}
