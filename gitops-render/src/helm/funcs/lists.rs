//! Lists: every function gives a new one.

use std::rc::Rc;

use super::super::value::{Elem, List, Map, MapType, Text, Type, Value};
use super::args::{any, bytes, int, list, nil_dereference};
use super::builtin::sub_list;
use super::cast::to_int64;
use super::equal::deep_equal;
use super::reflect::to_text;
use super::strings::split;
use super::{Answer, Call, Function, fixed, variadic};

const ANY: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];
const STR2: &[Type] = &[Type::Str, Type::Str];
const CHUNK: &[Type] = &[Type::Int, Type::Any];

pub(super) const TABLE: &[Function] = &[
    variadic("list", ANY, Type::List, |_, v| Ok(Value::list(v.to_vec()))),
    variadic("tuple", ANY, Type::List, |_, v| Ok(Value::list(v.to_vec()))),
    fixed("append", TWO, Type::List, append),
    fixed("push", TWO, Type::List, append),
    fixed("mustAppend", TWO, Type::List, append),
    fixed("mustPush", TWO, Type::List, append),
    fixed("prepend", TWO, Type::List, prepend),
    fixed("mustPrepend", TWO, Type::List, prepend),
    fixed("first", ANY, Type::Any, first),
    fixed("mustFirst", ANY, Type::Any, first),
    fixed("last", ANY, Type::Any, last),
    fixed("mustLast", ANY, Type::Any, last),
    fixed("rest", ANY, Type::List, rest),
    fixed("mustRest", ANY, Type::List, rest),
    fixed("initial", ANY, Type::List, initial),
    fixed("mustInitial", ANY, Type::List, initial),
    fixed("reverse", ANY, Type::List, reverse),
    fixed("mustReverse", ANY, Type::List, reverse),
    fixed("uniq", ANY, Type::List, uniq),
    fixed("mustUniq", ANY, Type::List, uniq),
    fixed("compact", ANY, Type::List, compact),
    fixed("mustCompact", ANY, Type::List, compact),
    variadic("without", TWO, Type::List, without),
    variadic("mustWithout", TWO, Type::List, without),
    fixed("has", TWO, Type::Bool, has),
    fixed("mustHas", TWO, Type::Bool, has),
    variadic("slice", TWO, Type::Any, slice),
    variadic("mustSlice", TWO, Type::Any, slice),
    variadic("concat", ANY, Type::Any, concat),
    fixed("chunk", CHUNK, Type::List, chunk),
    fixed("mustChunk", CHUNK, Type::List, chunk),
    fixed("sortAlpha", ANY, Type::List, |_, v| Ok(sort_alpha(&any(v, 0)))),
    fixed("toStrings", ANY, Type::List, |_, v| Ok(Value::strings(texts(&any(v, 0))))),
    fixed("join", &[Type::Str, Type::Any], Type::Str, |call, v| {
        let parts = texts(&any(v, 1));
        let separator = bytes(v, 0);
        let size: usize = parts.iter().map(|part| part.len() + separator.len()).sum();
        call.room(size)?;
        Ok(Value::text(parts.join(separator)))
    }),
    fixed("splitList", STR2, Type::List, |call, v| {
        let parts = split(bytes(v, 1), bytes(v, 0), -1);
        call.room_for_items(parts.len())?;
        Ok(Value::strings(parts))
    }),
    fixed("split", STR2, Type::Map, |_, v| Ok(numbered(split(bytes(v, 1), bytes(v, 0), -1)))),
    fixed("splitn", &[Type::Str, Type::Int, Type::Str], Type::Map, |_, v| {
        Ok(numbered(split(bytes(v, 2), bytes(v, 0), int(v, 1))))
    }),
];

fn append(call: &mut Call<'_>, values: &[Value]) -> Answer {
    let before = list(&any(values, 0), "Cannot push on type")?;
    call.room_for_items(before.len() + 1)?;
    let mut items = before.to_vec();
    items.push(any(values, 1));
    Ok(Value::list(items))
}

fn prepend(call: &mut Call<'_>, values: &[Value]) -> Answer {
    let after = list(&any(values, 0), "Cannot prepend on type")?;
    call.room_for_items(after.len() + 1)?;
    let mut items = vec![any(values, 1)];
    items.extend_from_slice(&after);
    Ok(Value::list(items))
}

fn first(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let items = list(&any(values, 0), "Cannot find first on type")?;
    Ok(items.first().cloned().unwrap_or_default())
}

fn last(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let items = list(&any(values, 0), "Cannot find last on type")?;
    Ok(items.last().cloned().unwrap_or_default())
}

fn rest(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let items = list(&any(values, 0), "Cannot find rest on type")?;
    Ok(items.get(1..).map_or_else(nil_list, |items| Value::list(items.to_vec())))
}

fn initial(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let items = list(&any(values, 0), "Cannot find initial on type")?;
    Ok(items.split_last().map_or_else(nil_list, |(_, items)| Value::list(items.to_vec())))
}

fn nil_list() -> Value {
    Value::List(Rc::new(List::nil(Elem::Any)))
}

fn reverse(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let items = list(&any(values, 0), "Cannot find reverse on type")?;
    Ok(Value::list(items.iter().rev().cloned().collect()))
}

fn uniq(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let items = list(&any(values, 0), "Cannot find uniq on type")?;
    let mut kept: Vec<Value> = Vec::new();
    for item in items.iter() {
        if !kept.iter().any(|known| deep_equal(item, known)) {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn compact(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let items = list(&any(values, 0), "Cannot compact on type")?;
    Ok(Value::list(items.iter().filter(|item| item.truth()).cloned().collect()))
}

fn without(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let items = list(&any(values, 0), "Cannot find without on type")?;
    let drop = values.get(1..).unwrap_or_default();
    let kept = items.iter().filter(|item| !drop.iter().any(|other| deep_equal(item, other)));
    Ok(Value::list(kept.cloned().collect()))
}

fn has(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let (needle, haystack) = (any(values, 0), any(values, 1));
    if matches!(haystack, Value::Nil) {
        return Ok(Value::Bool(false));
    }
    let items = list(&haystack, "Cannot find has on type")?;
    Ok(Value::Bool(items.iter().any(|item| deep_equal(&needle, item))))
}

fn slice(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let items = list(&any(values, 0), "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let start = values.get(1).map_or(0, to_int64);
    let size = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let end = values.get(2).map_or(size, to_int64);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match range.filter(|(start, end)| start <= end && *end <= items.len()) {
        Some((start, end)) => Ok(sub_list(&items, start, end)),
        None => Err("reflect.Value.Slice: slice index out of bounds".into()),
    }
}

fn concat(call: &mut Call<'_>, values: &[Value]) -> Answer {
    let mut all = Vec::new();
    for value in values {
        if matches!(value, Value::Nil) {
            return Err(nil_dereference());
        }
        let Some(items) = value.as_list() else {
            return Err(format!("Cannot concat type {} as list", value.kind().name()).into());
        };
        call.room_for_items(all.len() + items.len())?;
        all.extend_from_slice(&items);
    }
    Ok(if all.is_empty() { nil_list() } else { Value::list(all) })
}

fn chunk(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let items = list(&any(values, 1), "Cannot chunk type")?;
    let size = int(values, 0);
    // Go computes how many there are before it looks at the size: one short list passes.
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let none = items.is_empty() && size > 0 || size < 0 && length > 1 && -size >= length - 1;
    if none {
        return Ok(Value::List(Rc::new(List::new(Elem::List, Vec::new()))));
    }
    let one = size < -1 && length == 1;
    let size = if one { Some(1) } else { usize::try_from(size).ok().filter(|size| *size > 0) };
    let Some(size) = size else {
        return Err("runtime error: makeslice: len out of range".into());
    };
    let chunks = items.chunks(size).map(|part| Value::list(part.to_vec())).collect();
    Ok(Value::List(Rc::new(List::new(Elem::List, chunks))))
}

fn sort_alpha(value: &Value) -> Value {
    if value.as_list().is_none() {
        return Value::strings([to_text(value)]);
    }
    let mut all = texts(value);
    all.sort();
    Value::strings(all)
}

/// The texts of a list without its nils; of another value its own text.
pub(super) fn texts(value: &Value) -> Vec<Text> {
    if matches!(value, Value::Nil) {
        return Vec::new();
    }
    match value.as_list() {
        Some(items) => {
            items.iter().filter(|item| !matches!(item, Value::Nil)).map(to_text).collect()
        }
        None => vec![to_text(value)],
    }
}

/// `_0`, `_1`, … for the parts.
fn numbered(parts: Vec<Text>) -> Value {
    let entries = parts.into_iter().enumerate();
    let entries = entries.map(|(at, part)| (format!("_{at}"), Value::Str(part)));
    Value::Map(Rc::new(Map::new(MapType::Strings, entries)))
}
