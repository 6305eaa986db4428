//! `$patch`, which says what becomes of the value it stands in.

use super::{
    super::{
        node::Node,
        problem::{Outcome, problem},
    },
    list::put,
};

const KEY: &str = "$patch";

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Takes the directive out of a mapping or a list.
pub(super) fn take(patch: &mut Node) -> Outcome<Directive> {
    match patch {
        Node::Map(map) => {
            let Some(found) = map.get(KEY) else { return Ok(Directive::Merge) };
            let directive = read(found.text())?;
            map.remove(KEY);
            Ok(directive)
        }
        Node::List(items) => {
            let Some(holder) =
                items.iter().find_map(|item| item.as_map().filter(|map| map.get(KEY).is_some()))
            else {
                return Ok(Directive::Merge);
            };
            // With other keys it is about the item alone.
            if 1 < holder.entries.len() {
                return Ok(Directive::Merge);
            }
            let text = holder.get(KEY).map_or("", Node::text).to_owned();
            let directive = read(&text)?;
            put(items, None, &[KEY.to_owned()], &[text])?;
            Ok(directive)
        }
        Node::Scalar(_) => Err(problem("a patch of a scalar has no strategy")),
    }
}

fn read(text: &str) -> Outcome<Directive> {
    match text {
        "merge" => Ok(Directive::Merge),
        "replace" => Ok(Directive::Replace),
        "delete" => Ok(Directive::Delete),
        other => Err(problem(format!("unknown patch strategy '{other}'"))),
    }
}
