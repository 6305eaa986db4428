//! A graph of types, and references into it that can be walked by field.

use std::{collections::BTreeMap, sync::OnceLock};

use serde_json::Value;

/// The address of a type in its [`Types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(u32);

impl TypeId {
    pub(super) fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a graph has fewer than 2^32 types"))
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a scalar may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scalar {
    /// Text.
    String,
    /// A 32 bit integer.
    Int32,
    /// A 64 bit integer.
    Int64,
    /// A number that may have a fraction.
    Double,
    /// A truth value.
    Boolean,
    /// Bytes, written in base64.
    Bytes,
    /// A resource quantity such as `100m` or `2Gi`, text or number.
    Quantity,
    /// A time to the second, as RFC 3339 writes it.
    Time,
    /// A time to the microsecond, as RFC 3339 writes it.
    MicroTime,
    /// An integer or text, such as a port or a percentage.
    IntOrString,
    /// Any scalar.
    Any,
}

/// A key of the items of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The field of the item.
    pub name: String,
    /// What an item without the field counts as, if it may lack it.
    pub default: Option<Value>,
}

/// How two states of a list become one.
#[derive(Clone, Debug, PartialEq)]
pub enum Merge {
    /// The list is replaced as a whole.
    Atomic,
    /// Items are scalars that occur once.
    Set,
    /// Items are mappings, told apart by their keys.
    Map(Vec<Key>),
}

/// The list a type may be.
#[derive(Clone, Debug, PartialEq)]
pub struct ListType {
    /// The type of an item.
    pub items: TypeId,
    /// How the list merges.
    pub merge: Merge,
}

/// How a strategic merge patch treats a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Whether lists merge rather than being replaced.
    pub merge: bool,
    /// Whether keys that the patch does not name are dropped (`retainKeys`).
    pub retain_keys: bool,
    /// The field that tells the items of a list apart.
    pub key: Option<String>,
}

/// A named field of a type.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The type of the field.
    pub of: TypeId,
    /// Whether the schema asks for it.
    pub required: bool,
    /// Whether the server tells an empty value from none at all, by a pointer.
    pub pointer: bool,
    /// Whether the server writes an empty value where there is none.
    pub emitted: bool,
    /// How a strategic merge patch treats it.
    pub patch: Patch,
}

/// The mapping a type may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapType {
    /// The named fields.
    pub fields: BTreeMap<String, Field>,
    /// The type of every other key; `None` when there must be none.
    pub values: Option<TypeId>,
    /// Whether the mapping is replaced as a whole.
    pub atomic: bool,
    /// The names of the fields that the server always writes ([`Field::emitted`]), for who asks each time.
    pub always: Vec<String>,
}

/// What a type may be: one or more of a scalar, a list and a mapping.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Atom {
    /// The name the type goes by in messages; empty for nameless ones.
    pub name: String,
    /// The scalar it may be.
    pub scalar: Option<Scalar>,
    /// The list it may be.
    pub list: Option<ListType>,
    /// The mapping it may be.
    pub map: Option<MapType>,
}

impl Atom {
    /// What takes anything and merges it by structure; it stands at `id`.
    pub(super) fn deduced(id: TypeId) -> Self {
        let list = ListType { items: id, merge: Merge::Atomic };
        let map = MapType { values: Some(id), ..MapType::default() };
        Self { scalar: Some(Scalar::Any), list: Some(list), map: Some(map), ..Self::default() }
    }

    /// What takes anything and replaces it as a whole; it stands at `id`.
    pub(super) fn opaque(id: TypeId) -> Self {
        let list = ListType { items: id, merge: Merge::Atomic };
        let map = MapType { values: Some(id), atomic: true, ..MapType::default() };
        Self { scalar: Some(Scalar::Any), list: Some(list), map: Some(map), ..Self::default() }
    }
}

/// A graph of types.
#[derive(Clone, Debug, Default)]
pub struct Types {
    // Invariant: every `TypeId` handed out by `add` or `reserve` is an index below the length.
    atoms: Vec<OnceLock<Box<Atom>>>,
    // Says what stands at an address that nothing was set at.
    read: Option<fn(TypeId) -> Atom>,
}

impl Types {
    /// A graph of `count` types, each of which is read when it is first asked for.
    pub(super) fn read_by(count: usize, read: fn(TypeId) -> Atom) -> Self {
        let atoms = std::iter::repeat_with(OnceLock::new).take(count).collect();
        Self { atoms, read: Some(read) }
    }

    /// Adds a type and returns its address.
    pub fn add(&mut self, atom: Atom) -> TypeId {
        let id = self.reserve();
        self.set(id, atom);
        id
    }

    /// Sets an address aside, so that types may refer to each other.
    pub fn reserve(&mut self) -> TypeId {
        self.atoms.push(OnceLock::new());
        TypeId::new(self.atoms.len() - 1)
    }

    /// Says what stands at an address.
    pub fn set(&mut self, id: TypeId, atom: Atom) {
        self.atoms[id.index()] = OnceLock::from(Box::new(atom));
    }

    /// Returns a reference to the type at `id`.
    pub fn at(&self, id: TypeId) -> TypeRef<'_> {
        let read = || Box::new(self.read.map_or_else(Atom::default, |read| read(id)));
        TypeRef { types: self, atom: self.atoms[id.index()].get_or_init(read), id }
    }

    /// Returns how many types there are.
    pub fn len(&self) -> usize {
        self.atoms.len()
    }

    /// Whether there is no type.
    pub fn is_empty(&self) -> bool {
        self.atoms.is_empty()
    }

    /// Copies a type of another graph and everything it refers to.
    pub fn import(&mut self, from: TypeRef<'_>) -> TypeId {
        self.import_once(from, &mut BTreeMap::new())
    }

    fn import_once(&mut self, from: TypeRef<'_>, done: &mut BTreeMap<TypeId, TypeId>) -> TypeId {
        if let Some(id) = done.get(&from.id) {
            return *id;
        }
        let id = self.reserve();
        done.insert(from.id, id);
        let mut atom = from.atom.clone();
        if let Some(list) = &mut atom.list {
            list.items = self.import_once(from.types.at(list.items), done);
        }
        if let Some(map) = &mut atom.map {
            for field in map.fields.values_mut() {
                field.of = self.import_once(from.types.at(field.of), done);
            }
            map.values = map.values.map(|values| self.import_once(from.types.at(values), done));
        }
        self.set(id, atom);
        id
    }

    /// Adds the type that takes whatever is written and merges it by structure: mappings by key,
    /// lists as a whole.
    pub fn add_deduced(&mut self) -> TypeId {
        let id = self.reserve();
        self.set(id, Atom::deduced(id));
        id
    }

    /// Adds the type that takes whatever is written and replaces it as a whole.
    pub fn add_opaque(&mut self) -> TypeId {
        let id = self.reserve();
        self.set(id, Atom::opaque(id));
        id
    }
}

/// A type within its graph.
#[derive(Clone, Copy, Debug)]
pub struct TypeRef<'a> {
    types: &'a Types,
    atom: &'a Atom,
    id: TypeId,
}

impl<'a> TypeRef<'a> {
    /// Returns the address of this type.
    pub fn id(self) -> TypeId {
        self.id
    }

    /// Returns what this type may be.
    pub fn atom(self) -> &'a Atom {
        self.atom
    }

    /// Returns the graph this type is part of.
    pub fn types(self) -> &'a Types {
        self.types
    }

    /// Returns the declared field of that name.
    pub fn field(self, name: &str) -> Option<&'a Field> {
        self.atom.map.as_ref()?.fields.get(name)
    }

    /// Returns the type at a key of a mapping, declared or not.
    pub fn at_key(self, name: &str) -> Option<TypeRef<'a>> {
        let map = self.atom.map.as_ref()?;
        let id = map.fields.get(name).map(|field| field.of).or(map.values)?;
        Some(self.types.at(id))
    }

    /// Returns the type of the items of a list.
    pub fn items(self) -> Option<TypeRef<'a>> {
        Some(self.types.at(self.atom.list.as_ref()?.items))
    }
}
