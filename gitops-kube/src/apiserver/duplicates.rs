//! Where a JSON body says a field twice, and in which order it says its fields.

use std::{collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// How many duplicate fields are reported.
pub(crate) const DUPLICATES_MAX: usize = 100;

/// What a body says, in its own order.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// The paths of fields; a path stands as often as it is said.
    fields: Vec<String>,
    /// Places in `fields` that say a field again.
    again: Vec<usize>,
}

impl Order {
    /// Reads a body that is known to be JSON.
    pub(crate) fn of(body: &[u8]) -> Self {
        let mut order = Self::default();
        let mut reader = serde_json::Deserializer::from_slice(body);
        // A body that cannot be read has no order; whoever parses it says why.
        let _: Result<(), serde_json::Error> =
            Walk { order: &mut order, path: String::new() }.deserialize(&mut reader);
        order
    }

    /// Returns the paths that are said more than once.
    pub(crate) fn duplicates(&self) -> Vec<(usize, &str)> {
        let again = self.again.iter().take(DUPLICATES_MAX);
        again.filter_map(|at| Some((*at, self.fields.get(*at)?.as_str()))).collect()
    }

    /// Returns where a path is said first.
    pub(crate) fn place(&self, path: &str) -> usize {
        self.fields.iter().position(|known| known == path).unwrap_or(usize::MAX)
    }
}

struct Walk<'o> {
    order: &'o mut Order,
    path: String,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0_usize;
        loop {
            let path = format!("{}[{index}]", self.path);
            if items.next_element_seed(Walk { order: &mut *self.order, path })?.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let path =
                if self.path.is_empty() { key.clone() } else { format!("{}.{key}", self.path) };
            if !seen.insert(key) {
                self.order.again.push(self.order.fields.len());
            }
            self.order.fields.push(path.clone());
            map.next_value_seed(Walk { order: &mut *self.order, path })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn fields_said_twice_are_found_where_they_are() {
        let order = Order::of(br#"{"a":{"b":1,"b":[{"c":1,"c":2}]},"d":null}"#);
        let found: Vec<&str> = order.duplicates().into_iter().map(|(_, path)| path).collect();
        assert_eq!(found, ["a.b", "a.b[0].c"]);
        assert!(order.place("a.b") < order.place("d"));
    }
}
