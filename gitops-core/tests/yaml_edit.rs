//! Editing changes one scalar and nothing else.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use gitops_core::yaml::{EditError, Editor, Input};
use proptest::prelude::*;
use serde_json::{Value, json};

const FILE: &str = "\
# The shop.
kind:   Deployment   # not a Service

spec:
  replicas: 2
  quoted: 'one'   # keep the quotes
  double: \"one\"
  script: |  # runs first
    echo one

    echo two

  after: &name one
  list: [a, 'b', {c: d}]
  empty:
  tagged: !!str 12
  folded: >-
    some long
    text
  same: *name
";

fn set(text: &str, pointer: &str, value: &Value) -> Result<String, EditError> {
    let input = Input::new(text.as_bytes());
    let mut editor = Editor::new(&input).unwrap();
    editor.set(0, pointer, value)?;
    editor.finish()
}

// Shows the lines that are not the same.
fn check(pointer: &str, value: impl Into<Value>, expected: &str) {
    let changed = set(FILE, pointer, &value.into()).unwrap();
    let old: Vec<_> = FILE.lines().collect();
    let is_new = |line: &&str| !old.contains(line);
    let lines: Vec<_> = changed.lines().filter(is_new).collect();
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn no_edit_gives_the_same_bytes() {
    let input = Input::new(FILE.as_bytes());
    assert_eq!(Editor::new(&input).unwrap().finish().unwrap(), FILE);
}

#[test]
fn style_and_comments_stay() {
    check("/kind", "Service", "kind:   Service   # not a Service");
    check("/spec/replicas", 3, "  replicas: 3");
    check("/spec/quoted", "it's", "  quoted: 'it''s'   # keep the quotes");
    check("/spec/double", "two", r#"  double: "two""#);
    check("/spec/after", "two", "  after: &name two");
    check("/spec/list/1", "x", "  list: [a, 'x', {c: d}]");
    check("/spec/list/2/c", "x, y", "  list: [a, 'b', {c: 'x, y'}]");
    check("/spec/empty", "x", "  empty: x");
    check("/spec/tagged", "13", r#"  tagged: !!str "13""#);
    check("/spec/tagged", 13, "  tagged: 13");
    check("/spec/same", "x", "  same: x");
}

#[test]
fn quotes_are_added_where_the_value_would_read_back_as_something_else() {
    check("/kind", "true", r#"kind:   "true"   # not a Service"#);
    check("/kind", "a: b", "kind:   'a: b'   # not a Service");
    check("/kind", "1.20", r#"kind:   "1.20"   # not a Service"#);
    check("/kind", "a\nb", r#"kind:   "a\nb"   # not a Service"#);
    check("/kind", Value::Null, "kind:   null   # not a Service");
}

#[test]
fn blocks_stay_blocks_where_they_can() {
    check("/spec/script", "a\nb\n", "    a\n    b");
    check("/spec/script", "a\nb", "  script: |-  # runs first\n    a\n    b");
    check("/spec/script", "a \u{7}\n", r#"  script: "a \a\n"  # runs first"#);
    check("/spec/folded", "one", "  folded: |-\n    one");
}

#[test]
fn empty_documents_are_filled_behind_their_marker() {
    let changed = set("--- # note\n\n---\na: 1\n", "", &json!("x")).unwrap();
    assert_eq!(changed, "--- x # note\n\n---\na: 1\n");
}

#[test]
fn what_cannot_be_set_is_an_error() {
    let err = |pointer: &str, value: Value| set(FILE, pointer, &value).unwrap_err().to_string();
    assert_eq!(err("/spec/none", json!(1)), "document 0 has nothing at /spec/none");
    let scalar = "line 4: only one scalar can take the place of another";
    assert_eq!(err("/spec", json!(1)), scalar.replace('4', "5"));
    assert_eq!(err("/kind", json!([1])), scalar.replace('4', "2"));
}

#[test]
fn markers_name_what_sets_a_scalar() {
    let text = "a: x:1 # {\"$imagepolicy\": \"ns:web\"}\n\
                b:\n- y # {\"$imagepolicy\": \"ns:web:tag\"}\n- z # {\"$other\": \"n\"}\n---\n\
                c: 'z' # {\"$imagepolicy\": \"ns:db\"}\n";
    let input = Input::new(text.as_bytes());
    let mut editor = Editor::new(&input).unwrap();
    let markers = editor.markers("$imagepolicy");
    let found: Vec<_> =
        markers.iter().map(|it| (it.line, it.setter.as_str(), it.text.as_str())).collect();
    assert_eq!(found, [(1, "ns:web", "x:1"), (3, "ns:web:tag", "y"), (6, "ns:db", "z")]);
    for marker in &markers {
        editor.set_marked(marker, &json!("v:2")).unwrap();
    }
    let expected = text.replace("x:1", "v:2").replace("- y", "- v:2").replace("'z'", "'v:2'");
    assert_eq!(editor.finish().unwrap(), expected);
}

proptest! {
    #[test]
    fn any_string_reads_back_and_the_rest_stays(
        pointer in prop::sample::select(vec![
            "/kind", "/spec/replicas", "/spec/quoted", "/spec/double", "/spec/script",
            "/spec/list/0", "/spec/list/1", "/spec/list/2/c", "/spec/empty", "/spec/folded",
        ]),
        value in prop_oneof!["[ -~\n]{0,20}", ".{0,12}", "[a\n #:'\"\\-]{0,8}"],
    ) {
        let input = Input::new(FILE.as_bytes());
        let mut editor = Editor::new(&input).unwrap();
        let span = editor.documents()[0].find(pointer).unwrap().span();
        editor.set(0, pointer, &Value::from(value.clone())).unwrap();
        let changed = editor.finish().unwrap();
        prop_assert!(changed.starts_with(&FILE[..span.start]));
        prop_assert!(changed.ends_with(&FILE[span.end..]));
        let again = Input::new(changed.as_bytes());
        let editor = Editor::new(&again).unwrap();
        let text = editor.documents()[0].find(pointer).unwrap().text();
        prop_assert_eq!(text, Some(value.as_str()));
    }
}
