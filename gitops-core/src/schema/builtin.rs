//! The built-in types, read from their table once.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::Value;

use super::table::{
    Atom, Field, Key, ListType, MapType, Merge, Patch, Scalar, TypeId, TypeRef, Types,
};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("builtin.txt")));

struct Table {
    types: Types,
    kinds: HashMap<(&'static str, &'static str, &'static str), TypeId>,
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
    let id = TABLE.kinds.get(&(group, version, kind))?;
    Some(TABLE.types.at(*id))
}

/// Returns group, version and kind of every built-in type.
pub fn builtin_kinds() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TABLE.kinds.keys().copied()
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut reader = Reader::new(text);
        for line in text.lines() {
            match line.strip_prefix(' ') {
                Some(field) => reader.field(field),
                None => reader.heading(line),
            }
        }
        reader.finish()
    }
}

struct Reader {
    types: Types,
    named: Vec<TypeId>,
    scalars: HashMap<char, TypeId>,
    shapes: HashMap<String, TypeId>,
    kinds: HashMap<(&'static str, &'static str, &'static str), TypeId>,
    open: Option<(usize, Atom)>,
    next: usize,
}

impl Reader {
    fn new(text: &str) -> Self {
        let mut types = Types::default();
        let count = text.lines().filter(|line| line.starts_with("type ")).count();
        let named = (0..count).map(|_| types.reserve()).collect();
        let mut scalars = HashMap::new();
        for (letter, scalar) in [
            ('s', Scalar::String),
            ('b', Scalar::Boolean),
            ('i', Scalar::Int32),
            ('l', Scalar::Int64),
            ('n', Scalar::Double),
            ('y', Scalar::Bytes),
            ('q', Scalar::Quantity),
            ('t', Scalar::Time),
            ('m', Scalar::MicroTime),
            ('x', Scalar::IntOrString),
        ] {
            scalars.insert(letter, types.add(Atom { scalar: Some(scalar), ..Atom::default() }));
        }
        let deduced = types.add_deduced();
        let object = MapType { values: Some(deduced), ..MapType::default() };
        scalars.insert('o', types.add(Atom { map: Some(object), ..Atom::default() }));
        scalars.insert('?', types.add_opaque());
        let (shapes, kinds) = (HashMap::new(), HashMap::new());
        Self { types, named, scalars, shapes, kinds, open: None, next: 0 }
    }

    fn heading(&mut self, line: &'static str) {
        let words: Vec<&'static str> = line.split(' ').collect();
        match words[..] {
            ["kind", group, version, kind, number] => {
                let group = if group == "-" { "" } else { group };
                self.kinds.insert((group, version, kind), self.base(number));
            }
            ["type", name, ref rest @ ..] => {
                self.close();
                let map = MapType { atomic: rest.contains(&"atomic"), ..MapType::default() };
                let atom = Atom { name: name.to_owned(), map: Some(map), ..Atom::default() };
                self.open = Some((self.next, atom));
                self.next += 1;
            }
            _ => unreachable!("the table has kinds and types only, found {line}"),
        }
    }

    fn field(&mut self, line: &str) {
        let mut words = line.split(' ');
        let name = words.next().expect("a field has a name");
        let shape = words.next().expect("a field has a type");
        let rest: Vec<&str> = words.collect();
        let field = Field {
            of: self.shape(shape, &rest),
            required: rest.contains(&"required"),
            pointer: rest.contains(&"ptr"),
            emitted: rest.contains(&"emit"),
            patch: patch(&rest),
        };
        let (_, atom) = self.open.as_mut().expect("a field follows its type");
        atom.map.get_or_insert_default().fields.insert(name.to_owned(), field);
    }

    fn shape(&mut self, text: &str, words: &[&str]) -> TypeId {
        let semantics: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| *word == "set" || *word == "atomic" || word.starts_with("map:"))
            .collect();
        let name = format!("{text} {}", semantics.join(" "));
        if let Some(id) = self.shapes.get(&name) {
            return *id;
        }
        let id = if let Some(items) = text.strip_suffix("[]") {
            let items = self.shape(items, &[]);
            let list = ListType { items, merge: merge(&semantics) };
            self.types.add(Atom { list: Some(list), ..Atom::default() })
        } else if let Some(values) = text.strip_suffix("{}") {
            let values = Some(self.shape(values, &[]));
            let atomic = semantics.contains(&"atomic");
            let map = MapType { values, atomic, ..MapType::default() };
            self.types.add(Atom { map: Some(map), ..Atom::default() })
        } else {
            self.base(text)
        };
        self.shapes.insert(name, id);
        id
    }

    fn base(&self, text: &str) -> TypeId {
        match text.parse::<usize>() {
            Ok(number) => self.named[number],
            Err(_) => self.scalars[&text.chars().next().expect("a type is not empty")],
        }
    }

    fn close(&mut self) {
        if let Some((number, atom)) = self.open.take() {
            self.types.set(self.named[number], atom);
        }
    }

    fn finish(mut self) -> Table {
        self.close();
        Table { types: self.types, kinds: self.kinds }
    }
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
    fn a_retain_keys_strategy_may_also_merge() {
        let pod = builtin("", "v1", "Pod").unwrap();
        let volumes = pod.at_key("spec").unwrap().field("volumes").unwrap();
        assert_eq!(
            volumes.patch,
            Patch { merge: true, retain_keys: true, key: Some("name".to_owned()) }
        );
    }
}
