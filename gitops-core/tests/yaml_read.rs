//! Where nodes are written, what errors name, and what limits allow.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use gitops_core::yaml::{
    self, Duplicates, Input, NodeShape, Style, YAML_ALIAS_BYTES_MAX, YAML_BYTES_MAX,
    YAML_DEPTH_MAX, YAML_SIMPLE_KEY_MAX, YamlError,
};
use serde_json::{Value, json};

fn read(text: &str) -> Result<Value, YamlError> {
    yaml::decode(text.as_bytes(), Duplicates::Refuse)
}

#[test]
fn documents_know_their_lines_and_bytes() {
    let text = "# head\na: 1\n---\n# note\nb:\n- 'x'\n- [y, {z: 1}]\n...\n--- |\n  c\n";
    let input = Input::new(text.as_bytes());
    let documents = yaml::documents(&input).unwrap();
    let lines: Vec<_> = documents.iter().map(yaml::Document::lines).collect();
    assert_eq!(lines, [2..3, 3..8, 9..11]);
    assert_eq!(&text[documents[0].span()], "a: 1\n");
    assert_eq!(&text[documents[2].span()], "--- |\n  c\n");
    let item = documents[1].find("/b/0").unwrap();
    assert_eq!((item.line(), &text[item.span()]), (6, "'x'"));
    assert_eq!(item.shape(), NodeShape::Scalar(Style::SingleQuoted));
    let inner = documents[1].find("/b/1/1/z").unwrap();
    assert_eq!((inner.line(), inner.text()), (7, Some("1")));
    assert_eq!(&text[documents[1].find("/b/1").unwrap().span()], "[y, {z: 1}]");
    assert!(documents[1].find("/b/2").is_none());
}

#[test]
fn empty_documents_are_told_from_null() {
    let input = Input::new(b"---\n# nothing\n---\n~\n---\nnull\n");
    let documents = yaml::documents(&input).unwrap();
    let empty: Vec<_> = documents.iter().map(yaml::Document::is_empty).collect();
    assert_eq!(empty, [true, false, false]);
    assert_eq!(read("").unwrap(), Value::Null);
}

#[test]
fn aliases_are_followed_by_pointers() {
    let input = Input::new(b"a: &x {b: [1, 2]}\nc: *x\n");
    let documents = yaml::documents(&input).unwrap();
    let node = documents[0].find("/c/b/1").unwrap();
    assert_eq!((node.text(), node.line()), (Some("2"), 1));
}

#[test]
fn keys_are_strings_whatever_they_were() {
    let value = read("1: a\n0x10: b\non: c\n1.5: d\nn: e\n").unwrap();
    assert_eq!(value, json!({ "1": "a", "16": "b", "true": "c", "1.5": "d", "false": "e" }));
}

#[test]
fn utf_16_is_read() {
    let text = "a: é😀\n";
    let little: Vec<u8> =
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> =
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big] {
        assert_eq!(yaml::decode(&bytes, Duplicates::Last).unwrap(), json!({ "a": "é😀" }));
    }
}

#[test]
fn errors_name_the_line() {
    let cases: [(&[u8], u32, &str); 6] = [
        (b"a: 1\nb: c: d\n", 2, "yaml: line 2: mapping values are not allowed in this context"),
        (b"a: [1\nb: 2\n", 2, "yaml: line 1: did not find expected ',' or ']'"),
        (b"a: 1\n\na: 2\n", 3, "yaml: unmarshal errors:\n  line 3: key \"a\" already set in map"),
        (b"a: 1\nb: \x01\n", 2, "yaml: control characters are not allowed"),
        (b"a: 1\nb: \xff\n", 2, "yaml: invalid leading UTF-8 octet"),
        (b"a: 1\n\nb: *c\n", 3, "yaml: unknown anchor 'c' referenced"),
    ];
    for (bytes, line, text) in cases {
        let err = yaml::decode(bytes, Duplicates::Refuse).unwrap_err();
        assert_eq!((err.line(), err.to_string().as_str()), (Some(line), text));
    }
}

#[test]
fn a_second_document_is_not_read_for_the_first_one() {
    assert_eq!(read("a: 1\n---\n[}\n").unwrap(), json!({ "a": 1 }));
    let input = Input::new(b"a: 1\n---\n[}\n");
    assert_eq!(yaml::documents(&input).unwrap_err().line(), Some(3));
}

fn passes(text: &str, limit: &str) {
    let err = read(text).unwrap_err();
    assert_eq!(err.limit_passed().map(|(name, _)| name), Some(limit), "{err}");
}

#[test]
fn depth_is_limited() {
    let brackets = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&brackets(YAML_DEPTH_MAX)).is_ok());
    passes(&brackets(YAML_DEPTH_MAX + 1), "YAML_DEPTH_MAX");
    let dashes = |depth: usize| format!("{}x", "- ".repeat(depth));
    assert!(read(&dashes(YAML_DEPTH_MAX)).is_ok());
    passes(&dashes(YAML_DEPTH_MAX + 1), "YAML_DEPTH_MAX");
    // Each alias nests what the one before it names.
    let link = |at: usize| format!("a{at}: &a{at} [*a{}]\n", at - 1);
    let chain: String = (1..=YAML_DEPTH_MAX).map(link).collect();
    passes(&format!("a0: &a0 x\n{chain}"), "YAML_DEPTH_MAX");
}

#[test]
fn values_that_are_too_deep_are_not_printed() {
    let mut value = json!(1);
    for _ in 0..YAML_DEPTH_MAX {
        value = json!([value]);
    }
    assert!(yaml::encode(&value).is_ok());
    let err = yaml::encode(&json!([value])).unwrap_err();
    assert_eq!(err.limit_passed().map(|(name, _)| name), Some("YAML_DEPTH_MAX"));
}

#[test]
fn bytes_are_limited() {
    let text = "#".repeat(YAML_BYTES_MAX + 1);
    passes(&text, "YAML_BYTES_MAX");
    assert_eq!(read(&text[1..]).unwrap(), Value::Null);
}

#[test]
fn what_aliases_repeat_is_limited() {
    let text = "x".repeat(1 << 20);
    let times = YAML_ALIAS_BYTES_MAX / text.len();
    let uses = |times: usize| "- *a\n".repeat(times);
    assert!(read(&format!("- &a {text}\n{}", uses(times))).is_ok());
    passes(&format!("- &a {text}\n{}", uses(times + 1)), "YAML_ALIAS_BYTES_MAX");
}

#[test]
fn a_document_of_aliases_is_refused_as_go_does() {
    let line = |(name, before): (char, char)| {
        let uses = vec![format!("*{before}"); 9].join(", ");
        format!("{name}: &{name} [{uses}]\n")
    };
    let lines: String = ('b'..='h').zip('a'..).map(line).collect();
    let err = read(&format!("a: &a [x, x, x, x, x, x, x, x, x]\n{lines}")).unwrap_err();
    assert_eq!(err.to_string(), "yaml: document contains excessive aliasing");
}

#[test]
fn keys_without_a_question_mark_are_limited() {
    let key = "k".repeat(YAML_SIMPLE_KEY_MAX);
    assert!(read(&format!("{key}: 1\n")).is_ok());
    let err = read(&format!("k{key}: 1\n")).unwrap_err();
    let problem = "mapping values are not allowed in this context";
    assert!(err.to_string().ends_with(problem), "{err}");
    let err = read(&format!("a: 1\nk{key}: 1\n")).unwrap_err();
    assert_eq!(err.to_string(), "yaml: line 2: could not find expected ':'");
    assert!(read(&format!("? k{key}\n: 1\n")).is_ok());
    // What is printed then has to be read again.
    let value = json!({ "x": { key.repeat(2): 1 } });
    assert!(yaml::encode(&value).is_err(), "Go cannot print such keys either");
}
