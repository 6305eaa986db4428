//! One value against one schema.

use std::{cell::RefCell, collections::BTreeMap, collections::BTreeSet, rc::Rc};

use serde_json::{Map as JsonMap, Value as Json};

use super::{
    SCHEMA_DEPTH_MAX,
    document::{Draft, Place, SchemaDocument},
    fault::{Fault, Problem, quote},
    format, number,
};
use crate::helm::funcs::Pattern;

/// What a schema has not looked at of a list or map, for `unevaluated…`.
#[derive(Clone, Debug, Default)]
pub(super) struct Unseen {
    pub(super) keys: BTreeSet<String>,
    pub(super) items: BTreeSet<usize>,
}

impl Unseen {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.items.is_empty()
    }

    fn keep(&mut self, other: &Self) {
        self.keys.retain(|key| other.keys.contains(key));
        self.items.retain(|item| other.items.contains(item));
    }
}

/// What came of a value: what is unseen, or what is wrong. `Err` where the schema itself is wrong.
pub(super) type Outcome = Result<Result<Unseen, Fault>, String>;

/// Checks values against the schemas of one document.
pub(super) struct Validator<'s> {
    pub(super) document: &'s SchemaDocument<'s>,
    patterns: RefCell<BTreeMap<String, Rc<Pattern>>>,
    // The schemas that look at the value, from the outermost in; a value within it starts anew.
    open: RefCell<Vec<(*const Json, usize)>>,
}

/// One schema at one value.
pub(super) struct Visit<'v, 's> {
    pub(super) place: Place<'s>,
    pub(super) map: &'s JsonMap<String, Json>,
    pub(super) at: &'v [String],
    pub(super) level: usize,
    pub(super) unseen: Unseen,
    pub(super) faults: Vec<Fault>,
}

impl Visit<'_, '_> {
    pub(super) fn fault(&mut self, problem: impl Into<String>) {
        self.faults.push(Fault::new(self.at, problem, Vec::new()));
    }

    pub(super) fn count(&self, key: &str) -> Option<u64> {
        let number = self.map.get(key)?.as_f64()?;
        // A count is whole and not negative, or it is none.
        (0.0 <= number && number.fract() == 0.0).then(|| format!("{number}").parse().ok())?
    }

    pub(super) fn add(&mut self, outcome: Result<Unseen, Fault>) {
        if let Err(fault) = outcome {
            self.faults.push(fault);
        }
    }
}

impl<'s> Validator<'s> {
    pub(super) fn new(document: &'s SchemaDocument<'s>) -> Self {
        Self { document, patterns: RefCell::default(), open: RefCell::default() }
    }

    /// Checks a whole document.
    pub(super) fn whole(&self, value: &Json) -> Result<Vec<Fault>, String> {
        let root = Place { schema: self.document.root, resource: self.document.root };
        Ok(match self.check(root, value, &[], 0, false)? {
            Ok(_) => Vec::new(),
            Err(fault) => fault.flat(),
        })
    }

    pub(super) fn draft(&self) -> Draft {
        self.document.draft
    }

    pub(super) fn pattern(&self, text: &str) -> Rc<Pattern> {
        let mut patterns = self.patterns.borrow_mut();
        let made = patterns.entry(text.to_owned()).or_insert_with(|| Rc::new(compile(text)));
        Rc::clone(made)
    }

    /// Checks a value within the one that `visit` is about.
    pub(super) fn inner(
        &self,
        visit: &Visit<'_, 's>,
        schema: &'s Json,
        value: &Json,
        step: &str,
    ) -> Outcome {
        let mut at = visit.at.to_vec();
        at.push(step.to_owned());
        self.check(self.document.within(visit.place, schema), value, &at, visit.level + 1, false)
    }

    /// Checks the value that `visit` is about against a further schema.
    pub(super) fn same(
        &self,
        visit: &mut Visit<'_, 's>,
        schema: &'s Json,
        value: &Json,
    ) -> Outcome {
        let place = self.document.within(visit.place, schema);
        let outcome = self.check(place, value, visit.at, visit.level, !visit.unseen.is_empty())?;
        if let Ok(unseen) = &outcome {
            visit.unseen.keep(unseen);
        }
        Ok(outcome)
    }

    pub(super) fn check(
        &self,
        place: Place<'s>,
        value: &Json,
        at: &[String],
        level: usize,
        wanted: bool,
    ) -> Outcome {
        let map = match place.schema {
            Json::Bool(false) => return Ok(Err(Fault::new(at, "false schema", Vec::new()))),
            Json::Object(map) => map,
            _ => return Ok(Ok(Unseen::default())),
        };
        let entry: (*const Json, usize) = (place.schema, level);
        if self.open.borrow().contains(&entry) {
            let problem = "the schema refers to itself for the same value";
            return Ok(Err(Fault::new(at, problem, Vec::new())));
        }
        if SCHEMA_DEPTH_MAX <= self.open.borrow().len() {
            let problem =
                format!("the schema nests deeper than SCHEMA_DEPTH_MAX ({SCHEMA_DEPTH_MAX})");
            return Ok(Err(Fault::new(at, problem, Vec::new())));
        }
        self.open.borrow_mut().push(entry);
        let unseen = self.unseen(map, value, wanted);
        let visit = Visit { place, map, at, level, unseen, faults: Vec::new() };
        let outcome = self.visit(visit, value);
        self.open.borrow_mut().pop();
        outcome
    }

    fn visit(&self, mut visit: Visit<'_, 's>, value: &Json) -> Outcome {
        let draft = self.draft();
        let reference = visit.map.get("$ref").and_then(Json::as_str);
        let alone = draft < Draft::Draft2019 && reference.is_some();
        if !alone && let Some(problem) = self.simple(visit.map, value) {
            return Ok(Err(Fault::new(visit.at, problem, Vec::new())));
        }
        if let Some(reference) = reference {
            let outcome = self.referred(&mut visit, reference, value)?;
            if alone {
                return Ok(outcome.map(|_| visit.unseen));
            }
            visit.add(outcome);
        }
        match value {
            Json::Object(map) => self.object(&mut visit, map, value)?,
            Json::Array(items) => self.array(&mut visit, items)?,
            Json::String(text) => self.text(&mut visit, text),
            Json::Number(number) => Self::number(&mut visit, number),
            Json::Null | Json::Bool(_) => {}
        }
        if Draft::Draft2019 <= draft {
            for key in ["$recursiveRef", "$dynamicRef"] {
                if let Some(reference) = visit.map.get(key).and_then(Json::as_str) {
                    let outcome = self.referred(&mut visit, reference, value)?;
                    visit.add(outcome);
                }
            }
        }
        self.combined(&mut visit, value)?;
        if Draft::Draft2019 <= draft {
            self.unevaluated(&mut visit, value)?;
        }
        match Fault::together(visit.at, visit.faults) {
            Some(fault) => Ok(Err(fault)),
            None => Ok(Ok(visit.unseen)),
        }
    }

    fn referred(&self, visit: &mut Visit<'_, 's>, reference: &str, value: &Json) -> Outcome {
        let place = self.document.resolve(visit.place, reference)?;
        let outcome = self.check(place, value, visit.at, visit.level, !visit.unseen.is_empty())?;
        match outcome {
            Ok(unseen) => {
                visit.unseen.keep(&unseen);
                Ok(Ok(unseen))
            }
            Err(fault) => {
                let (at, causes) = (visit.at.to_vec(), fault.flat());
                Ok(Err(Fault { at, problem: Problem::Reference, causes }))
            }
        }
    }

    // Checks what ends everything else: type, const, enum and format.
    fn simple(&self, map: &JsonMap<String, Json>, value: &Json) -> Option<String> {
        if let Some(problem) = map.get("type").and_then(|types| wrong_type(types, value)) {
            return Some(problem);
        }
        if Draft::Draft6 <= self.draft()
            && let Some(wanted) = map.get("const")
            && !equal(wanted, value)
        {
            return Some(match wanted {
                Json::Array(_) | Json::Object(_) => "'const' failed".to_owned(),
                wanted => format!("value must be {}", shown(wanted)),
            });
        }
        if let Some(Json::Array(wanted)) = map.get("enum")
            && !wanted.iter().any(|wanted| equal(wanted, value))
        {
            let complex = |item: &Json| item.is_array() || item.is_object();
            return Some(match wanted.as_slice() {
                many if many.iter().any(complex) => "'enum' failed".to_owned(),
                [one] => format!("value must be {}", shown(one)),
                many => {
                    let many: Vec<_> = many.iter().map(shown).collect();
                    format!("value must be one of {}", many.join(", "))
                }
            });
        }
        if self.draft() < Draft::Draft2019
            && let Some(name) = map.get("format").and_then(Json::as_str)
            && let Some(text) = value.as_str()
            && let Err(problem) = match name {
                "regex" => self.pattern(text).regex.as_ref().map(drop).map_err(ToString::to_string),
                name => format::check(name, text),
            }
        {
            return Some(format!("{} is not valid {name}: {problem}", quote(text)));
        }
        None
    }

    fn unseen(&self, map: &JsonMap<String, Json>, value: &Json, wanted: bool) -> Unseen {
        let mut unseen = Unseen::default();
        match value {
            Json::Object(entries)
                if !map.contains_key("additionalProperties")
                    && (wanted || map.contains_key("unevaluatedProperties")) =>
            {
                unseen.keys = entries.keys().cloned().collect();
            }
            Json::Array(items) if wanted || map.contains_key("unevaluatedItems") => {
                let (lists, rest) = match self.draft() {
                    Draft::Draft2020 => ("prefixItems", "items"),
                    _ => ("items", "additionalItems"),
                };
                let seen = map.get(lists).and_then(Json::as_array).map_or(0, Vec::len);
                let all = map.contains_key(rest)
                    || (lists == "items"
                        && map.get("items").is_some_and(|items| !items.is_array()));
                if !all {
                    unseen.items = (seen..items.len()).collect();
                }
            }
            _ => {}
        }
        unseen
    }
}

/// Compiles a pattern as Go does.
pub(super) fn compile(text: &str) -> Pattern {
    Pattern::new(text.as_bytes(), crate::helm::template::limits::REGEX_BYTES_MAX)
}

fn wrong_type(types: &Json, value: &Json) -> Option<String> {
    const ORDER: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];
    let named = |name: &str| match types {
        Json::String(one) => one == name,
        Json::Array(many) => many.iter().any(|one| one.as_str() == Some(name)),
        _ => false,
    };
    let wanted: Vec<&str> = ORDER.into_iter().filter(|name| named(name)).collect();
    let found = type_of(value);
    let whole = value.as_number().is_some_and(number::is_whole);
    if wanted.is_empty() || named(found) || (whole && named("integer")) {
        return None;
    }
    Some(format!("got {found}, want {}", wanted.join(" or ")))
}

pub(super) fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

/// Whether two values are the same, however their numbers are written.
pub(super) fn equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            let same = |(key, value): (&String, &Json)| {
                b.get(key).is_some_and(|other| equal(value, other))
            };
            a.len() == b.len() && a.iter().all(same)
        }
        (a, b) => a == b,
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".to_owned(),
        Json::String(text) => quote(text),
        Json::Array(_) | Json::Object(_) => "value".to_owned(),
        value => value.to_string(),
    }
}
