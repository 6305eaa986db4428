//! Functions that call templates, stop the render or look at the cluster.

use super::super::template::{WARN_END, WARN_START};
use super::super::value::{Type, Value};
use super::args::{any, bytes, string, text};
use super::{Answer, Call, Failure, Function, fixed};

const STR_ANY: &[Type] = &[Type::Str, Type::Any];
const STR4: &[Type] = &[Type::Str, Type::Str, Type::Str, Type::Str];

pub(super) const TABLE: &[Function] = &[
    fixed("include", STR_ANY, Type::Str, |call, v| {
        Ok(Value::Str(call.include(bytes(v, 0), any(v, 1))?))
    }),
    fixed("tpl", STR_ANY, Type::Str, |call, v| Ok(Value::text(call.tpl(&text(v, 0), any(v, 1))?))),
    fixed("required", STR_ANY, Type::Any, |call, v| {
        let value = any(v, 1);
        let missing = match &value {
            Value::Nil => true,
            Value::Str(text) => text.is_empty(),
            _ => false,
        };
        if missing { refuse(call, &string(v, 0)) } else { Ok(value) }
    }),
    fixed("fail", &[Type::Str], Type::Str, |call, v| refuse(call, &string(v, 0))),
    fixed("lookup", STR4, Type::Map, |call, v| {
        let [api_version, kind, namespace, name] =
            [string(v, 0), string(v, 1), string(v, 2), string(v, 3)];
        let lookup = &call.runtime.environment.lookup;
        Ok(lookup.lookup(&api_version, &kind, &namespace, &name)?)
    }),
    fixed("getHostByName", &[Type::Str], Type::Str, |_, _| Ok(Value::text(""))),
];

/// Stops the render, but for a lint.
fn refuse(call: &Call<'_>, message: &str) -> Answer {
    if call.runtime.environment.lint {
        tracing::warn!(message, "a template asks to stop");
        return Ok(Value::text(""));
    }
    Err(Failure::new(format!("{WARN_START}{message}{WARN_END}")))
}
