//! The built-in types: their table is indexed once, and each type is read when it is first asked for.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value;

use super::table::{
    Atom, Field, Key, ListType, MapType, Merge, Patch, Scalar, TypeId, TypeRef, Types,
};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::index(include_str!("builtin.txt")));

/// The letters that stand for scalars in the table. Letters have the addresses after its numbers.
const SCALARS: [(&str, Scalar); 10] = [
    ("s", Scalar::String),
    ("b", Scalar::Boolean),
    ("i", Scalar::Int32),
    ("l", Scalar::Int64),
    ("n", Scalar::Double),
    ("y", Scalar::Bytes),
    ("q", Scalar::Quantity),
    ("t", Scalar::Time),
    ("m", Scalar::MicroTime),
    ("x", Scalar::IntOrString),
];

// The places of the other letters after the scalars, and of what no letter stands for: the type of
// an object's values.
const OBJECT: usize = SCALARS.len();
const OPAQUE: usize = OBJECT + 1;
const DEDUCED: usize = OBJECT + 2;

struct Table {
    types: Types,
    // In the order of group, version and kind.
    kinds: Vec<([&'static str; 3], TypeId)>,
    // What the table says of each type, by address.
    texts: Vec<&'static str>,
}

/// Returns the type of a built-in kind; `group` is empty for the core group.
///
/// # Example
///
/// ```
/// use gitops_core::schema::{Merge, builtin};
///
/// let service = builtin("", "v1", "Service").expect("a built-in kind");
/// let ports = service.at_key("spec").and_then(|spec| spec.at_key("ports")).expect("a field");
/// let Merge::Map(keys) = &ports.atom().list.as_ref().expect("a list").merge else { panic!() };
/// assert_eq!(keys[1].name, "protocol");
/// ```
pub fn builtin(group: &str, version: &str, kind: &str) -> Option<TypeRef<'static>> {
    let wanted = [group, version, kind];
    let index = TABLE.kinds.binary_search_by(|(known, _)| known[..].cmp(&wanted)).ok()?;
    Some(TABLE.types.at(TABLE.kinds[index].1))
}

/// Returns group, version and kind of every built-in type.
pub fn builtin_kinds() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TABLE.kinds.iter().map(|([group, version, kind], _)| (*group, *version, *kind))
}

impl Table {
    fn index(text: &'static str) -> Self {
        let (mut kinds, mut texts) = (Vec::new(), Vec::new());
        let mut add = |block: &'static str| match block.strip_prefix("kind ") {
            Some(kind) => kinds.push(kind),
            None => texts.push(block),
        };
        let mut start = 0;
        for (end, _) in text.match_indices('\n') {
            // What is indented belongs to the line before.
            if text.as_bytes().get(end + 1) != Some(&b' ') {
                add(&text[start..end]);
                start = end + 1;
            }
        }
        let kinds = kinds.into_iter().map(kind).collect();
        let count = texts.len() + DEDUCED + 1;
        Self { types: Types::read_by(count, |id| TABLE.read(id)), kinds, texts }
    }

    fn read(&self, id: TypeId) -> Atom {
        let Some(text) = self.texts.get(id.index()) else { return self.letter(id) };
        let mut lines = text.lines();
        let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
        match words[..] {
            ["type", name, ref rest @ ..] => {
                let fields: BTreeMap<_, _> = lines.map(|line| self.field(line)).collect();
                let always = fields.iter().filter(|(_, field)| field.emitted);
                let always = always.map(|(name, _)| name.clone()).collect();
                let atomic = rest.contains(&"atomic");
                let map = MapType { fields, atomic, always, values: None };
                Atom { name: name.to_owned(), map: Some(map), ..Atom::default() }
            }
            ["list", items, ref rest @ ..] => {
                let list = ListType { items: self.id(items), merge: merge(rest) };
                Atom { list: Some(list), ..Atom::default() }
            }
            ["map", values, ref rest @ ..] => {
                let (values, atomic) = (Some(self.id(values)), rest.contains(&"atomic"));
                let map = MapType { values, atomic, ..MapType::default() };
                Atom { map: Some(map), ..Atom::default() }
            }
            _ => unreachable!("the table has kinds, types, lists and maps only, found {text}"),
        }
    }

    fn letter(&self, id: TypeId) -> Atom {
        match id.index() - self.texts.len() {
            OBJECT => {
                let values = Some(TypeId::new(self.texts.len() + DEDUCED));
                let map = MapType { values, ..MapType::default() };
                Atom { map: Some(map), ..Atom::default() }
            }
            OPAQUE => Atom::opaque(id),
            DEDUCED => Atom::deduced(id),
            scalar => Atom { scalar: Some(SCALARS[scalar].1), ..Atom::default() },
        }
    }

    fn field(&self, line: &str) -> (String, Field) {
        let mut words = line.trim_start().split(' ');
        let name = words.next().expect("a field has a name");
        let of = self.id(words.next().expect("a field has a type"));
        let rest: Vec<&str> = words.collect();
        let field = Field {
            of,
            required: rest.contains(&"required"),
            pointer: rest.contains(&"ptr"),
            emitted: rest.contains(&"emit"),
            patch: patch(&rest),
        };
        (name.to_owned(), field)
    }

    fn id(&self, text: &str) -> TypeId {
        let letter = || match text {
            "o" => OBJECT,
            "?" => OPAQUE,
            _ => SCALARS.iter().position(|(letter, _)| *letter == text).expect("a known letter"),
        };
        TypeId::new(text.parse().unwrap_or_else(|_| self.texts.len() + letter()))
    }
}

fn kind(line: &'static str) -> ([&'static str; 3], TypeId) {
    let words: Vec<&str> = line.split(' ').collect();
    let [group, version, kind, number] = words[..] else {
        unreachable!("a kind has group, version, name and type, found {line}")
    };
    let group = if group == "-" { "" } else { group };
    ([group, version, kind], TypeId::new(number.parse().expect("a kind has a type's number")))
}

fn patch(words: &[&str]) -> Patch {
    let Some(text) = words.iter().find_map(|word| word.strip_prefix("patch:")) else {
        return Patch::default();
    };
    let mut found = Patch::default();
    for word in text.split(',') {
        match word {
            "merge" => found.merge = true,
            "retainKeys" => found.retain_keys = true,
            key => found.key = Some(key.to_owned()),
        }
    }
    found
}

fn merge(semantics: &[&str]) -> Merge {
    if semantics.contains(&"set") {
        return Merge::Set;
    }
    let Some(keys) = semantics.iter().find_map(|word| word.strip_prefix("map:")) else {
        return Merge::Atomic;
    };
    let key = |text: &str| match text.split_once('=') {
        Some((name, default)) => {
            Key { name: name.to_owned(), default: serde_json::from_str::<Value>(default).ok() }
        }
        None => Key { name: text.to_owned(), default: None },
    };
    Merge::Map(keys.split(',').map(key).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_table_is_a_mapping_with_metadata_or_an_answer() {
        let mut kinds: Vec<_> = builtin_kinds().collect();
        kinds.sort_unstable();
        assert!(80 < kinds.len(), "found {} kinds", kinds.len());
        for (group, version, kind) in kinds {
            let of = builtin(group, version, kind).unwrap();
            assert!(of.atom().map.is_some(), "{group}/{version} {kind}");
        }
    }

    #[test]
    fn every_type_of_the_table_can_be_read_and_refers_to_others() {
        for index in 0..TABLE.types.len() {
            let of = TABLE.types.at(TypeId::new(index));
            let fields = of.atom().map.iter().flat_map(|map| map.fields.values());
            assert!(
                fields
                    .map(|field| TABLE.types.at(field.of))
                    .all(|of| *of.atom() != Atom::default())
            );
        }
    }

    #[test]
    fn a_retain_keys_strategy_may_also_merge() {
        let pod = builtin("", "v1", "Pod").unwrap();
        let volumes = pod.at_key("spec").unwrap().field("volumes").unwrap();
        assert_eq!(
            volumes.patch,
            Patch { merge: true, retain_keys: true, key: Some("name".to_owned()) }
        );
    }
}
