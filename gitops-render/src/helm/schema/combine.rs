//! The keywords about text and numbers, and those that combine schemas.

use serde_json::{Number, Value as Json};

use super::{
    document::{Draft, Place},
    fault::{Fault, quote},
    number,
    validate::{Outcome, Validator, Visit},
};
use crate::helm::funcs::Regex;

impl<'s> Validator<'s> {
    pub(super) fn text(&self, visit: &mut Visit<'_, 's>, text: &str) {
        let got = text.chars().count() as u64;
        let lengths = |keyword, got, want| {
            format!("{keyword}: got {}, want {}", number::count(got), number::count(want))
        };
        if let Some(want) = visit.count("minLength").filter(|want| got < *want) {
            visit.fault(lengths("minLength", got, want));
        }
        if let Some(want) = visit.count("maxLength").filter(|want| *want < got) {
            visit.fault(lengths("maxLength", got, want));
        }
        if let Some(pattern) = visit.map.get("pattern").and_then(Json::as_str) {
            let matches = |regex: &Regex| regex.is_match(text.as_bytes());
            if !self.pattern(pattern).regex.as_ref().is_ok_and(matches) {
                visit.fault(format!("{} does not match pattern {}", quote(text), quote(pattern)));
            }
        }
    }

    pub(super) fn number(visit: &mut Visit<'_, 's>, value: &Number) {
        let got = value.as_f64().unwrap_or(f64::NAN);
        let map = visit.map;
        for (keyword, exclusive, low) in
            [("minimum", "exclusiveMinimum", true), ("maximum", "exclusiveMaximum", false)]
        {
            let outside = |want: f64| if low { got < want } else { want < got };
            let limit = map.get(keyword).and_then(Json::as_f64);
            let shut = map.get(exclusive) == Some(&Json::Bool(true));
            let strict = if shut { limit } else { map.get(exclusive).and_then(Json::as_f64) };
            let shown = |keyword: &str, want| {
                format!("{keyword}: got {}, want {}", number::shown(got), number::shown(want))
            };
            if let Some(want) = limit.filter(|want| !shut && outside(*want)) {
                visit.fault(shown(keyword, want));
            }
            #[expect(clippy::float_cmp, reason = "the limit itself is outside")]
            if let Some(want) = strict.filter(|want| outside(*want) || got == *want) {
                visit.fault(shown(exclusive, want));
            }
        }
        if let Some(Json::Number(step)) = map.get("multipleOf")
            && !number::is_multiple(value, step)
        {
            let want = number::shown(step.as_f64().unwrap_or(f64::NAN));
            visit.fault(format!("multipleOf: got {}, want {want}", number::shown(got)));
        }
    }

    /// Checks a value that has no place of its own, such as a key.
    pub(super) fn apart(&self, place: Place<'s>, value: &Json, level: usize) -> Outcome {
        self.check(place, value, &[], level, false)
    }

    pub(super) fn combined(&self, visit: &mut Visit<'_, 's>, value: &Json) -> Result<(), String> {
        let map = visit.map;
        if let Some(schema) = map.get("not")
            && self.same(visit, schema, value)?.is_ok()
        {
            visit.fault("'not' failed");
        }
        let schemas = |keyword: &str| map.get(keyword).and_then(Json::as_array);
        if let Some(schemas) = schemas("allOf") {
            let mut faults = Vec::new();
            for schema in schemas {
                faults.extend(self.same(visit, schema, value)?.err());
            }
            if !faults.is_empty() {
                visit.faults.push(Fault::new(visit.at, "'allOf' failed", faults));
            }
        }
        if let Some(schemas) = schemas("anyOf") {
            self.any_of(visit, schemas, value)?;
        }
        if let Some(schemas) = schemas("oneOf") {
            self.one_of(visit, schemas, value)?;
        }
        if let Some(schema) = map.get("if").filter(|_| Draft::Draft7 <= self.draft()) {
            let branch = if self.same(visit, schema, value)?.is_ok() { "then" } else { "else" };
            if let Some(schema) = map.get(branch) {
                let outcome = self.same(visit, schema, value)?;
                visit.add(outcome);
            }
        }
        Ok(())
    }

    fn any_of(
        &self,
        visit: &mut Visit<'_, 's>,
        schemas: &'s [Json],
        value: &Json,
    ) -> Result<(), String> {
        let (mut faults, mut matched) = (Vec::new(), false);
        for schema in schemas {
            if let Err(fault) = self.same(visit, schema, value)? {
                faults.push(fault);
                continue;
            }
            matched = true;
            // What is unseen depends on all of them.
            if visit.unseen.is_empty() {
                break;
            }
        }
        if !matched && !schemas.is_empty() {
            visit.faults.push(Fault::new(visit.at, "'anyOf' failed", faults));
        }
        Ok(())
    }

    fn one_of(
        &self,
        visit: &mut Visit<'_, 's>,
        schemas: &'s [Json],
        value: &Json,
    ) -> Result<(), String> {
        let (mut faults, mut matched) = (Vec::new(), None);
        for (index, schema) in schemas.iter().enumerate() {
            match (self.same(visit, schema, value)?, matched) {
                (Err(fault), _) => faults.push(fault),
                (Ok(_), None) => matched = Some(index),
                (Ok(_), Some(first)) => {
                    visit.fault(format!("'oneOf' failed, subschemas {first}, {index} matched"));
                    break;
                }
            }
        }
        if matched.is_none() && !schemas.is_empty() {
            visit.faults.push(Fault::new(visit.at, "'oneOf' failed, none matched", faults));
        }
        Ok(())
    }

    pub(super) fn unevaluated(
        &self,
        visit: &mut Visit<'_, 's>,
        value: &Json,
    ) -> Result<(), String> {
        let map = visit.map;
        if let (Json::Object(entries), Some(schema)) = (value, map.get("unevaluatedProperties")) {
            for key in std::mem::take(&mut visit.unseen.keys) {
                if let Some(value) = entries.get(&key) {
                    let outcome = self.inner(visit, schema, value, &key)?;
                    visit.add(outcome);
                }
            }
        }
        if let (Json::Array(items), Some(schema)) = (value, map.get("unevaluatedItems")) {
            for index in std::mem::take(&mut visit.unseen.items) {
                let outcome = self.inner(visit, schema, &items[index], &index.to_string())?;
                visit.add(outcome);
            }
        }
        Ok(())
    }
}
