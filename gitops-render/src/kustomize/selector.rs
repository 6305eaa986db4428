//! Which resources a patch or a replacement means.

use regex::{Regex, RegexBuilder};

use super::{
    id::Id,
    labels::LabelSelector,
    limits::KUSTOMIZE_REGEX_BYTES_MAX,
    manifest::Selector,
    problem::{Outcome, problem},
    resource::Resource,
    set::Set,
};

/// A selector whose expressions are compiled.
#[derive(Debug)]
pub(super) struct Matcher {
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    name: Option<Pattern>,
    namespace: Option<Pattern>,
    labels: LabelSelector,
    annotations: LabelSelector,
}

// Most selectors say plain words.
#[derive(Debug)]
enum Pattern {
    Word(String),
    Regex(Regex),
}

impl Pattern {
    fn new(text: &str) -> Outcome<Option<Self>> {
        if text.is_empty() {
            return Ok(None);
        }
        let plain = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_' | '/' | ' ');
        if text.chars().all(plain) {
            return Ok(Some(Self::Word(text.to_owned())));
        }
        compile(&format!("^(?:{text})$")).map(|regex| Some(Self::Regex(regex)))
    }

    fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Word(word) => word == text,
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// Compiles a regular expression of bounded size.
pub(super) fn compile(pattern: &str) -> Outcome<Regex> {
    let built = RegexBuilder::new(pattern).size_limit(KUSTOMIZE_REGEX_BYTES_MAX).build();
    built.map_err(|err| match err {
        regex::Error::CompiledTooBig(max) => problem(format!(
            "regular expression {pattern:?} takes more than KUSTOMIZE_REGEX_BYTES_MAX: {max} bytes"
        )),
        err => problem(format!("regular expression {pattern:?}: {err}")),
    })
}

fn matches(pattern: Option<&Pattern>, text: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.is_match(text))
}

impl Matcher {
    pub(super) fn new(selector: &Selector) -> Outcome<Self> {
        Ok(Self {
            group: Pattern::new(&selector.group)?,
            version: Pattern::new(&selector.version)?,
            kind: Pattern::new(&selector.kind)?,
            name: Pattern::new(&selector.name)?,
            namespace: Pattern::new(&selector.namespace)?,
            labels: LabelSelector::parse(&selector.label_selector)?,
            annotations: LabelSelector::parse(&selector.annotation_selector)?,
        })
    }

    /// Whether labels and annotations are the ones asked for.
    pub(super) fn has_labels(&self, resource: &Resource) -> bool {
        self.labels.matches(&resource.pairs("labels"))
            && self.annotations.matches(&resource.pairs("annotations"))
    }

    /// Whether anything is asked of labels or annotations.
    pub(super) fn asks_for_labels(&self) -> bool {
        !self.labels.is_empty() || !self.annotations.is_empty()
    }

    /// Whether anything is asked of the id.
    pub(super) fn asks_for_id(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace]
            .iter()
            .any(|pattern| pattern.is_some())
    }

    /// Whether an id as it is written is the one asked for.
    pub(super) fn is_id(&self, id: &Id) -> bool {
        self.is_kind(id)
            && matches(self.name.as_ref(), &id.name)
            && matches(self.namespace.as_ref(), &id.namespace)
    }

    fn is_kind(&self, id: &Id) -> bool {
        matches(self.group.as_ref(), &id.group)
            && matches(self.version.as_ref(), &id.version)
            && matches(self.kind.as_ref(), &id.kind)
    }

    fn selects(&self, resource: &Resource) -> bool {
        let id = resource.id();
        if !self.is_kind(&id) {
            return false;
        }
        let original = resource.original_id();
        let either = |pattern: Option<&Pattern>, first: &str, second: &str| {
            matches(pattern, first) || matches(pattern, second)
        };
        let (first, second) = (original.effective_namespace(), id.effective_namespace());
        either(self.namespace.as_ref(), first, second)
            && either(self.name.as_ref(), &original.name, &id.name)
            && self.has_labels(resource)
    }
}

impl Set {
    /// Returns where the resources are that a selector means.
    pub(super) fn select(&self, selector: &Selector) -> Outcome<Vec<usize>> {
        let matcher = Matcher::new(selector)?;
        let indexed = self.list.iter().enumerate();
        Ok(indexed.filter(|(_, found)| matcher.selects(found)).map(|(at, _)| at).collect())
    }
}
