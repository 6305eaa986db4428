//! Arbitrary text is an answer or an error, never a panic.

use proptest::prelude::*;

use super::render;

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "{{",
        "}}",
        "{{-",
        "-}}",
        " ",
        "\n",
        "if",
        "else",
        "end",
        "range",
        "with",
        "define",
        "template",
        "block",
        "break",
        "continue",
        ".",
        ".Values",
        ".Values.l",
        ".Values.m.k",
        "$",
        "$x",
        ":=",
        "=",
        "|",
        "(",
        ")",
        ",",
        "\"a\"",
        "`r`",
        "'c'",
        "1",
        "-3",
        "2.5",
        "0x",
        "nil",
        "true",
        "/*",
        "*/",
        "eq",
        "index",
        "printf",
        "\"%d %[3]*.*f %!\"",
        "tpl",
        "include",
        "dict",
        "list",
        "set",
        "merge",
        "slice",
        "substr",
        "regexFind",
        "\"(\"",
        "toYaml",
        "date",
        "until",
        "splitn",
        "wrap",
        "abbrevboth",
        "trunc",
        "b64dec",
        "é",
        "\u{0}",
        "semver",
        "round",
        "dig",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn words_of_templates_never_panic(words in prop::collection::vec(word(), 0..24)) {
        render(&words.join(" "));
        render(&words.concat());
    }

    #[test]
    fn any_text_never_panics(text in ".{0,60}") {
        render(&text);
        render(&format!("{{{{ {text} }}}}"));
    }

    #[test]
    fn formats_never_panic(format in "[%a-z0-9.*+# \\[\\]-]{0,12}") {
        render(&format!("{{{{ printf `{format}` 1 2.5 \"s\" nil (list 1) }}}}"));
    }

    #[test]
    fn patterns_never_panic(pattern in "[a-c\\\\\\[\\](){}*+?|^$.:<>P0-9,dQE-]{0,12}") {
        render(&format!("{{{{ regexReplaceAll `{pattern}` \"abcabc\" \"$1-${{a}}\" }}}}"));
    }
}
