//! Documents as people and templates mostly write them, read straight into what they mean.
//!
//! No tokens, no nodes: one pass over the text. Anything unusual, and anything wrong, ends that
//! pass with `None`, and the document is read in general, by [`Parser`](super::parse::Parser).
//! What is read here is read the same there; strings over several lines are left to the scanner
//! of both.

mod block;
mod flow;
mod line;

use crate::find;

use super::{Duplicates, Form, Input, limits::DIRECT_DEPTH_MAX, scan::Scanner};

/// Returns the value of the first document, or `None` where it takes the general way to tell.
///
/// Of the outer mappings only those keys are kept that `fields` has, in lower case, for each level.
pub(super) fn read<F: Form>(
    input: &Input<'_>,
    duplicates: Duplicates,
    fields: &[&[&str]],
) -> Option<F> {
    let text = input.text();
    if input.rest().is_some() || find::byte(b'\r', text.as_bytes()).is_some() {
        return None;
    }
    let scanner = Scanner::new(input);
    if !scanner.is_ascii() && has_unusual(text.as_bytes()) {
        return None;
    }
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        scanner,
        fields,
        refuse: duplicates == Duplicates::Refuse,
        pos: 0,
        line_start: 0,
        column: 0,
        ended: false,
        commented: false,
        depth: 0,
    };
    reader.document()
}

// Whether there is a line break outside ASCII or a byte order mark.
fn has_unusual(text: &[u8]) -> bool {
    let is_unusual = |at: usize| {
        let rest = &text[at..];
        matches!(rest, [0xc2, 0x85, ..] | [0xe2, 0x80, 0xa8 | 0xa9, ..] | [0xef, 0xbb, 0xbf, ..])
    };
    find::bytes_of_three([0xc2, 0xe2, 0xef], text).any(is_unusual)
}

struct Reader<'a, 'f> {
    text: &'a str,
    bytes: &'a [u8],
    // For what is not on one line. It stays behind until it is needed.
    scanner: Scanner<'a>,
    fields: &'f [&'f [&'f str]],
    refuse: bool,
    pos: usize,
    line_start: usize,
    // Of the first character of the line, where the cursor is at one.
    column: usize,
    // Whether the document has ended.
    ended: bool,
    // Whether a comment was passed on the way to this line.
    commented: bool,
    // How many collections are open.
    depth: usize,
}

impl Reader<'_, '_> {
    fn document<F: Form>(&mut self) -> Option<F> {
        self.settle(true)?;
        if self.ended {
            return Some(F::null());
        }
        if self.column == 0 && self.at_marker() {
            if self.byte(self.pos) != b'-' {
                return None;
            }
            self.pos += 3;
            self.end_line()?;
            if self.ended {
                return Some(F::null());
            }
        }
        let value = self.block_node(None)?;
        self.ended.then_some(value)
    }

    /// Returns the byte at `at`, or 0 where the text ends: no text has a 0.
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn is_blankz(&self, at: usize) -> bool {
        matches!(self.byte(at), b' ' | b'\t' | b'\n' | 0)
    }

    // Whether `---` or `...` is here as a marker of documents, if a line starts here.
    fn at_marker(&self) -> bool {
        matches!(self.bytes.get(self.pos..self.pos + 3), Some(b"---" | b"..."))
            && self.is_blankz(self.pos + 3)
    }

    fn open(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= DIRECT_DEPTH_MAX).then_some(())
    }

    // Whether the value of a key of the innermost mapping is asked for.
    fn is_wanted(&self, key: &str) -> bool {
        let fields = self.fields.get(self.depth - 1);
        fields.is_none_or(|fields| fields.iter().any(|field| field.eq_ignore_ascii_case(key)))
    }

    // Notes a key of a mapping where none may be there twice.
    fn note<'k>(&self, keys: &mut Vec<&'k str>, key: &'k str) {
        if self.refuse {
            keys.push(key);
        }
    }
}

// Whether no key is there twice.
fn differ(mut keys: Vec<&str>) -> Option<()> {
    keys.sort_unstable();
    keys.is_sorted_by(|a, b| a < b).then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yaml::general;

    const PARTS: [&str; 64] = [
        "a", "b c", ":", ": ", "- ", "-", "\n", "\n  ", "\n    ", "#", " #x", "'q'", "\"w\"", "|",
        ">", "|-", "|+", ">-", "|2", "[", "]", "{", "}", ",", "1", "-1", "1.5", ".inf", "null",
        "~", "---", "\n---\n", "...", "\u{e9}", "?", "&a ", "*a", "!!str ", "\t", "<<", "true",
        "y", "\"a\\n\"", "'it''s'", "%", "@", " ", "\n\n", "a: b", "a:\n", "- a", "k: |\n  ",
        "k: >\n  ", "\nb: ", "\n  c: ", "\n- ", "\n  - ", "\"", "'", "x\n  y", "\n# c\n", "0x1F",
        "{a: 1}", "[b, 'c']",
    ];

    fn agrees(text: &str) {
        let input = Input::new(text.as_bytes());
        for duplicates in [Duplicates::Last, Duplicates::Refuse] {
            if let Some(value) = read::<serde_json::Value>(&input, duplicates, &[]) {
                assert_eq!(Ok(value), general(&input, duplicates), "{text:?}");
            }
        }
        let checked = read::<crate::yaml::form::Checked>(&input, Duplicates::Last, &[]);
        assert_eq!(
            checked.is_some(),
            read::<serde_json::Value>(&input, Duplicates::Last, &[]).is_some(),
            "{text:?}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn parts_in_any_order_are_read_as_in_general(
            parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..24)
        ) {
            agrees(&parts.concat());
        }

        #[test]
        fn lines_at_any_indentation_are_read_as_in_general(
            lines in prop::collection::vec(
                (0_usize..5, prop::sample::select(&PARTS[..]), prop::sample::select(&PARTS[..])),
                0..12,
            )
        ) {
            let line = |(indent, key, value): &(usize, &str, &str)| {
                format!("{}{key}: {value}\n", " ".repeat(*indent))
            };
            agrees(&lines.iter().map(line).collect::<String>());
            let item = |(indent, key, value): &(usize, &str, &str)| {
                let dash = if key.len() < 2 { "- " } else { "" };
                format!("{}{dash}k{indent}: {value}\n", " ".repeat(*indent))
            };
            agrees(&lines.iter().map(item).collect::<String>());
        }
    }

    #[test]
    fn usual_documents_are_read_directly() {
        let texts = [
            "",
            "# nothing\n",
            "---\na: 1\n",
            "a: {}\nb: []\nc: [1, two, \"three\"]\nd: {e: f, \"g\": [{h: i}]}\n",
            "a:\n- b: 1\n  c:\n  - d\n-\n  e: |\n    f\n   \n    g\nh: >-\n  i\n  j\n# k\n",
            "a: b\n  c\nd: 'it''s'\ne: \"f\\n\"\n\"g h\": ''\ni: # j\n  k: l # m\n",
            "- - a\n  - b\n- c\n",
            "{\"a\": [1, 2.5e3, null, true],\n \"b\": {\"c\": \"\\u00e9\"}}\n",
            "\u{e9}: \u{e8}\n",
        ];
        for unusual in ["\u{85}", "\u{2028}", "\u{2029}", "\u{feff}", "\r"] {
            let text = format!("a: b{unusual}c\n");
            let input = Input::new(text.as_bytes());
            assert_eq!(read::<serde_json::Value>(&input, Duplicates::Last, &[]), None);
        }
        for text in texts {
            let input = Input::new(text.as_bytes());
            let read = read::<serde_json::Value>(&input, Duplicates::Refuse, &[]);
            assert!(read.is_some(), "{text}");
            agrees(text);
        }
    }

    #[test]
    fn only_the_fields_asked_for_are_kept() {
        let text = b"kind: A\nspec: {kind: B}\nmetadata:\n  name: c\n  labels: {d: e}\n  \
                     annotations: {f: g}\n";
        let read = crate::yaml::decode_fields(text, &[&["kind", "metadata"], &["annotations"]]);
        let kept = serde_json::json!({ "kind": "A", "metadata": { "annotations": { "f": "g" } } });
        assert_eq!(read, Ok(kept));
    }

    #[test]
    fn deep_documents_are_read_in_general() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let is_read = |text: &str| {
            read::<serde_json::Value>(&Input::new(text.as_bytes()), Duplicates::Last, &[]).is_some()
        };
        assert!(is_read(&nested(DIRECT_DEPTH_MAX)));
        assert!(!is_read(&nested(DIRECT_DEPTH_MAX + 1)));
        agrees(&nested(DIRECT_DEPTH_MAX + 1));
    }
}
