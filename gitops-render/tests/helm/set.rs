//! Lines of `--set` give what Helm makes of them.

use gitops_render::helm::values::{SetKind, set};
use proptest::prelude::*;
use serde_json::{Value, json};

fn lay(kind: SetKind, line: &str, over: &Value) -> Result<Value, String> {
    let mut values = over.as_object().unwrap().clone();
    set(line, kind, &mut values, &mut |name| Ok(format!("text of {name}")))?;
    Ok(Value::Object(values))
}

#[test]
fn lines_are_read_by_kind() {
    for (kind, line, expected) in [
        (SetKind::Typed, "a=1,b=x,c=true,d=null", json!({"a": 1, "b": "x", "c": true, "d": null})),
        (SetKind::Typed, "a.b=010,a.c=1.5", json!({"a": {"b": "010", "c": "1.5"}})),
        (SetKind::Typed, "l={a,b\\,c}", json!({"l": ["a", "b,c"]})),
        (SetKind::Typed, "l[1].x=2", json!({"l": [null, {"x": 2}]})),
        (SetKind::Typed, "a\\.b/c=d", json!({"a.b/c": "d"})),
        (SetKind::String, "a=1", json!({"a": "1"})),
        (SetKind::Json, "a={\"b\": [1, null]} ,c=2", json!({"a": {"b": [1.0, null]}, "c": 2.0})),
        (SetKind::File, "a=x.txt", json!({"a": "text of x.txt"})),
        (SetKind::Literal, "a.b={x,y=z", json!({"a": {"b": "{x,y=z"}})),
    ] {
        assert_eq!(lay(kind, line, &json!({})), Ok(expected), "{line}");
    }
}

#[test]
fn lines_change_what_is_there_in_place() {
    let values = json!({"a": {"b": 1, "c": 2}, "l": [1, 2]});
    let laid = lay(SetKind::Typed, "a.b=3,l[0]=9", &values);
    assert_eq!(laid, Ok(json!({"a": {"b": 3, "c": 2}, "l": [9, 2]})));
}

#[test]
fn wrong_lines_say_what_is_wrong() {
    for (line, problem) in [
        ("a", "key \"a\" has no value"),
        ("a,b=1", "key \"a\" has no value (cannot end with ,)"),
        ("a={b", "list must terminate with '}'"),
        (
            "m.x=1",
            "unable to parse key: interface conversion: interface {} is string, not \
             map[string]interface {}",
        ),
        ("a[x]=1", "error parsing index: strconv.Atoi: parsing \"x\": invalid syntax"),
    ] {
        assert_eq!(lay(SetKind::Typed, line, &json!({"m": "s"})), Err(problem.to_owned()));
    }
}

proptest! {
    #[test]
    fn no_line_panics(line in "[a-c.,=\\[\\]{}0-9\"\\\\ é]{0,24}") {
        for kind in [SetKind::Typed, SetKind::String, SetKind::Json, SetKind::Literal] {
            let _ = lay(kind, &line, &json!({"a": {"b": [1]}, "c": [null]}));
        }
    }
}
