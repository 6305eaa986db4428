//! The keywords about lists.

use serde_json::Value as Json;

use super::{
    document::Draft,
    fault::Fault,
    number::count,
    validate::{Validator, Visit, equal},
};

impl<'s> Validator<'s> {
    pub(super) fn array(&self, visit: &mut Visit<'_, 's>, items: &[Json]) -> Result<(), String> {
        let got = items.len() as u64;
        if let Some(want) = visit.count("minItems").filter(|want| got < *want) {
            visit.fault(format!("minItems: got {}, want {}", count(got), count(want)));
        }
        if let Some(want) = visit.count("maxItems").filter(|want| *want < got) {
            visit.fault(format!("maxItems: got {}, want {}", count(got), count(want)));
        }
        if visit.map.get("uniqueItems") == Some(&Json::Bool(true))
            && let Some((first, second)) = twins(items)
        {
            visit.fault(format!("items at {first} and {second} are equal"));
        }
        let (lists, rest) = match self.draft() {
            Draft::Draft2020 => ("prefixItems", "items"),
            _ => ("items", "additionalItems"),
        };
        let mut seen = 0;
        match visit.map.get(lists) {
            Some(Json::Array(schemas)) => {
                for (item, schema) in items.iter().zip(schemas) {
                    self.item(visit, schema, item, seen)?;
                    seen += 1;
                }
            }
            Some(schema) if lists == "items" => {
                for (index, item) in items.iter().enumerate() {
                    self.item(visit, schema, item, index)?;
                }
                seen = items.len();
            }
            _ => {}
        }
        // Without a list of schemas, a rest means nothing in the older drafts.
        let rest = visit.map.get(rest).filter(|_| {
            lists == "prefixItems" || visit.map.get("items").is_some_and(Json::is_array)
        });
        match rest {
            Some(Json::Bool(false)) if lists == "items" && seen < items.len() => {
                let left = count((items.len() - seen) as u64);
                visit.fault(format!("last {left} additionalItem(s) not allowed"));
            }
            Some(Json::Bool(false)) if lists == "items" => {}
            Some(schema) => {
                for (index, item) in items.iter().enumerate().skip(seen) {
                    self.item(visit, schema, item, index)?;
                }
            }
            None => {}
        }
        self.contains(visit, items)
    }

    fn item(
        &self,
        visit: &mut Visit<'_, 's>,
        schema: &'s Json,
        item: &Json,
        index: usize,
    ) -> Result<(), String> {
        let outcome = self.inner(visit, schema, item, &index.to_string())?;
        visit.add(outcome);
        Ok(())
    }

    fn contains(&self, visit: &mut Visit<'_, 's>, items: &[Json]) -> Result<(), String> {
        let Some(schema) = visit.map.get("contains") else { return Ok(()) };
        if self.draft() < Draft::Draft6 {
            return Ok(());
        }
        let (mut faults, mut matched): (Vec<Fault>, Vec<String>) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            match self.inner(visit, schema, item, &index.to_string())? {
                Ok(_) => {
                    matched.push(index.to_string());
                    if self.draft() == Draft::Draft2020 {
                        visit.unseen.items.remove(&index);
                    }
                }
                Err(fault) => faults.push(fault),
            }
        }
        let (got, places) = (matched.len() as u64, matched.join(" "));
        let limits = Draft::Draft2019 <= self.draft();
        match visit.count("minContains").filter(|_| limits) {
            Some(want) if got < want => {
                let start = format!("min {want} items required to match contains schema, but");
                let problem = match got {
                    0 => format!("{start} none matched"),
                    got => format!("{start} matched {got} items at {places}"),
                };
                visit.faults.push(Fault::new(visit.at, problem, faults));
            }
            None if got == 0 => {
                let problem = "no items match contains schema";
                visit.faults.push(Fault::new(visit.at, problem, faults));
            }
            _ => {}
        }
        if let Some(want) = visit.count("maxContains").filter(|want| limits && *want < got) {
            let start = format!("max {want} items required to match contains schema");
            visit.fault(format!("{start}, but matched {got} items at {places}"));
        }
        Ok(())
    }
}

// Returns the first item that is there before, and where.
fn twins(items: &[Json]) -> Option<(usize, usize)> {
    (1..items.len()).find_map(|second| {
        let first = (0..second).find(|first| equal(&items[*first], &items[second]))?;
        Some((first, second))
    })
}
