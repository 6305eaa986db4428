//! Label and field selectors.

mod fields;
mod labels;

use serde_json::Value;

use super::{kinds::Kind, status::Result};

pub(crate) use self::{fields::exact_name, labels::matches_labels};

/// How many requirements a selector may have.
pub(crate) const REQUIREMENTS_MAX: usize = 4096;

/// What objects a list or a watch is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    labels: Vec<labels::Requirement>,
    fields: Vec<fields::Term>,
}

impl Selector {
    /// Reads both selectors of a request.
    ///
    /// # Errors
    ///
    /// 400 when one of them cannot be read.
    pub(crate) fn new(labels: &str, fields: &str) -> Result<Self> {
        Ok(Self { labels: labels::parse(labels)?, fields: fields::parse(fields)? })
    }

    /// Checks that objects of a kind can be selected by the fields.
    ///
    /// # Errors
    ///
    /// 400 that names the first field that cannot be asked about.
    pub(crate) fn check(&self, kind: &Kind) -> Result<()> {
        self.fields.iter().try_for_each(|term| term.check(kind))
    }

    /// Whether everything is selected.
    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether an object is selected.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.labels.iter().all(|requirement| requirement.matches(object))
            && self.fields.iter().all(|term| term.matches(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{REQUIREMENTS_MAX, Selector};

    fn refusal(labels: &str, fields: &str) -> String {
        Selector::new(labels, fields).map_or_else(|failure| failure.message, |_| String::new())
    }

    #[test]
    fn selectors_that_cannot_be_read_are_refused_in_the_servers_words() {
        let found: Vec<String> = [
            "a b",
            "a=(",
            "a in x",
            "a in (b",
            "a in (b c)",
            ",a",
            "a,",
            "a,,b",
            "!",
            "a=b c",
            "=",
            "a<b",
        ]
        .iter()
        .map(|text| refusal(text, "").replace("unable to parse requirement: ", "~ "))
        .collect();
        assert_eq!(
            found,
            [
                "~ found 'b', expected: in, notin, =, ==, !=, gt, lt",
                "~ found '(', expected: identifier",
                "~ found 'x' expected: '('",
                "~ found '', expected: ',' or ')'",
                "~ found 'c', expected: ',' or ')'",
                "found ',', expected: !, identifier, or 'end of string'",
                "found '', expected: identifier after ','",
                "found ',', expected: identifier after ','",
                "~ found '', expected: identifier",
                "found 'c', expected: ',' or 'end of string'",
                "found '=', expected: !, identifier, or 'end of string'",
                "~ values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
            ]
        );
        assert_eq!(refusal("", "a"), "invalid selector: 'a'; can't understand 'a'");
        assert_eq!(refusal("", "a=\\b"), "invalid field selector: invalid escape sequence: \\b");
    }

    #[test]
    fn every_operator_selects() {
        let object =
            json!({ "metadata": { "name": "x,y", "labels": { "a": "5", "in": "notin" } } });
        let selects = |labels: &str, fields: &str| {
            Selector::new(labels, fields).is_ok_and(|selector| selector.matches(&object))
        };
        for yes in [
            "a",
            "!b",
            "a=5",
            "a==5",
            "a!=6",
            "b!=5",
            "a in (5,6)",
            "a notin (6)",
            "a>4",
            "a<6",
            "in=notin",
            "b notin ()",
            "",
        ] {
            assert!(selects(yes, ""), "{yes}");
        }
        for no in ["b", "!a", "a=6", "a in (6)", "b in (5)", "a>5", "b>1", "in>1", "a in ()"] {
            assert!(!selects(no, ""), "{no}");
        }
        assert!(selects("", "metadata.name=x\\,y,metadata.namespace!=z"));
        assert!(!selects("", "metadata.name!=x\\,y"));
    }

    #[test]
    fn a_selector_has_a_limit() {
        let many = vec!["a"; REQUIREMENTS_MAX + 1].join(",");
        assert!(refusal(&many, "").contains("4096"));
        let many = vec!["a=b"; REQUIREMENTS_MAX + 1].join(",");
        assert!(refusal("", &many).contains("4096"));
    }
}
