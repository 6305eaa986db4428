//! The keywords about maps.

use serde_json::{Map as JsonMap, Value as Json};

use super::{
    document::Draft,
    fault::{Fault, quote, quoted},
    number::count,
    validate::{Validator, Visit},
};
use crate::helm::funcs::Regex;

impl<'s> Validator<'s> {
    pub(super) fn object(
        &self,
        visit: &mut Visit<'_, 's>,
        map: &JsonMap<String, Json>,
        value: &Json,
    ) -> Result<(), String> {
        let got = map.len() as u64;
        if let Some(want) = visit.count("minProperties").filter(|want| got < *want) {
            visit.fault(format!("minProperties: got {}, want {}", count(got), count(want)));
        }
        if let Some(want) = visit.count("maxProperties").filter(|want| *want < got) {
            visit.fault(format!("maxProperties: got {}, want {}", count(got), count(want)));
        }
        match missing(map, visit.map.get("required")).as_slice() {
            [] => {}
            [one] => visit.fault(format!("missing property {}", quote(one))),
            many => visit.fault(format!("missing properties {}", quoted(many))),
        }
        self.dependent(visit, map, value, "dependencies")?;
        self.entries(visit, map)?;
        if self.draft() == Draft::Draft4 {
            return Ok(());
        }
        if let Some(schema) = visit.map.get("propertyNames") {
            for key in map.keys() {
                let name = Json::from(key.as_str());
                let place = self.document.within(visit.place, schema);
                let problem = format!("invalid propertyName {}", quote(key));
                if let Err(fault) = self.apart(place, &name, visit.level + 1)? {
                    visit.faults.push(Fault::new(visit.at, problem, fault.flat()));
                }
            }
        }
        if Draft::Draft2019 <= self.draft() {
            self.dependent(visit, map, value, "dependentSchemas")?;
            self.dependent(visit, map, value, "dependentRequired")?;
        }
        Ok(())
    }

    // Checks every entry by name, by pattern, or as one that neither knows.
    fn entries(
        &self,
        visit: &mut Visit<'_, 's>,
        map: &JsonMap<String, Json>,
    ) -> Result<(), String> {
        let schemas = visit.map;
        let named = schemas.get("properties").and_then(Json::as_object);
        let patterns = schemas.get("patternProperties").and_then(Json::as_object);
        let mut unknown = Vec::new();
        for (key, value) in map {
            let mut seen = false;
            if let Some(schema) = named.and_then(|named| named.get(key)) {
                seen = true;
                let outcome = self.inner(visit, schema, value, key)?;
                visit.add(outcome);
            }
            for (pattern, schema) in patterns.into_iter().flatten() {
                let matches = |regex: &Regex| regex.is_match(key.as_bytes());
                if self.pattern(pattern).regex.as_ref().is_ok_and(matches) {
                    seen = true;
                    let outcome = self.inner(visit, schema, value, key)?;
                    visit.add(outcome);
                }
            }
            match schemas.get("additionalProperties").filter(|_| !seen) {
                Some(Json::Bool(false)) => unknown.push(key.clone()),
                Some(schema) => {
                    let outcome = self.inner(visit, schema, value, key)?;
                    visit.add(outcome);
                }
                None if !seen => continue,
                None => {}
            }
            visit.unseen.keys.remove(key);
        }
        if !unknown.is_empty() {
            visit.fault(format!("additional properties {} not allowed", quoted(&unknown)));
        }
        Ok(())
    }

    fn dependent(
        &self,
        visit: &mut Visit<'_, 's>,
        map: &JsonMap<String, Json>,
        value: &Json,
        keyword: &str,
    ) -> Result<(), String> {
        let Some(Json::Object(dependents)) = visit.map.get(keyword) else { return Ok(()) };
        for (key, dependent) in dependents.iter().filter(|(key, _)| map.contains_key(*key)) {
            if dependent.is_array() {
                let missing = missing(map, Some(dependent));
                if !missing.is_empty() {
                    let (missing, key) = (quoted(&missing), quote(key));
                    visit.fault(format!("properties {missing} required, if {key} exists"));
                }
            } else {
                let outcome = self.same(visit, dependent, value)?;
                visit.add(outcome);
            }
        }
        Ok(())
    }
}

fn missing(map: &JsonMap<String, Json>, required: Option<&Json>) -> Vec<String> {
    let required = required.and_then(Json::as_array).into_iter().flatten();
    let names = required.filter_map(Json::as_str).filter(|name| !map.contains_key(*name));
    names.map(str::to_owned).collect()
}
