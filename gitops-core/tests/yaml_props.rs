//! Any bytes are read or refused, and what is printed reads back.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use gitops_core::yaml::{self, Duplicates, Editor, Input};
use proptest::prelude::*;
use serde_json::{Map, Value};

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("whole numbers are read as integers", |it| it.fract() != 0.0)
            .prop_map(Value::from),
    ]
}

// Characters that YAML holds and that are no line breaks of its own.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~\n\t]{0,40}",
        "[a-z0-9]{1,10}",
        "[-?:,\\[\\]{}#&*!|>'\"%@` \n]{0,8}",
        "[ -~éñ日😀\u{a0}\u{2028}\u{feff}\u{0}\u{7}\r]{0,30}",
        prop::sample::select(vec!["y", "no", "~", "010", "1e3", "0x1F", "1_0", ".inf", "12:30"])
            .prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let entry = (text(), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Value::from),
            prop::collection::vec(entry, 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

// Pieces that YAML gives a meaning.
fn yaml_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b: ",
        "- ",
        "\n",
        "  ",
        "\t",
        "'",
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        "? ",
        ": ",
        "&a ",
        "*a",
        "!!str ",
        "!x ",
        "|\n",
        ">-\n",
        "# c",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "<<: ",
        "\r\n",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "é",
        "😀",
        "1",
        "~",
        "|2+\n",
        "\u{1}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn read_all(bytes: &[u8]) {
    for duplicates in [Duplicates::Last, Duplicates::Refuse] {
        let _ = yaml::decode(bytes, duplicates);
    }
    let input = Input::new(bytes);
    if let Ok(editor) = Editor::new(&input) {
        for document in editor.documents() {
            let _ = document.to_value(Duplicates::Last);
            assert!(document.span().end <= input.text().len());
        }
        assert_eq!(editor.finish().unwrap(), input.text());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_all(&bytes);
    }

    #[test]
    fn any_yaml_is_read_or_refused(text in yaml_text()) {
        read_all(text.as_bytes());
    }

    #[test]
    fn what_is_printed_reads_back(value in value()) {
        let text = yaml::encode(&value).unwrap();
        let read = yaml::decode(text.as_bytes(), Duplicates::Refuse);
        prop_assert_eq!(read.unwrap(), value, "{}", text);
    }

    #[test]
    fn printing_is_stable(value in value()) {
        let text = yaml::encode(&value).unwrap();
        let read = yaml::decode(text.as_bytes(), Duplicates::Refuse).unwrap();
        prop_assert_eq!(yaml::encode(&read).unwrap(), text);
    }
}
