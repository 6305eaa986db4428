//! From a document to the JSON it means, by the rules of go-yaml v2 and sigs.k8s.io/yaml.

mod gosyntax;
mod plain;
mod typed;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;

pub(super) use self::plain::as_json;
use self::{gosyntax::shown, typed::Typed};
use super::{
    Document, NodeShape, YAML_ALIAS_BYTES_MAX, YAML_DEPTH_MAX, YamlError,
    limits::{ALIAS_NODES_HIGH, ALIAS_NODES_LOW},
    node::{Node, Part, Tag},
    resolve::{Scalar, resolve_plain, resolve_tagged},
};

/// What becomes of a key that a mapping has twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// The last value wins.
    #[default]
    Last,
    /// They are an error that names the line.
    Refuse,
}

impl Document<'_> {
    /// Returns the JSON that the document means. An empty document is null.
    ///
    /// A number is an integer wherever JSON has no way to tell, such as for `1e3`.
    ///
    /// # Errors
    ///
    /// [`YamlError`] when JSON has no such value, a tag does not fit, a key is there twice and
    /// `duplicates` refuses it, or the aliases make the document too large.
    pub fn to_value(&self, duplicates: Duplicates) -> Result<Value, YamlError> {
        match Decoder::<Value>::new(self, duplicates).document() {
            Ok(value) => Ok(value),
            Err(Stop::Error(err)) => Err(err),
            Err(Stop::NotPlain) => match Decoder::<Typed>::new(self, duplicates).document() {
                Ok(typed) => typed.into_json(),
                Err(Stop::Error(err)) => Err(err),
                Err(Stop::NotPlain) => Err(YamlError::plain(None, "the value has no JSON form")),
            },
        }
    }
}

/// A value that a document can be read as.
trait Shape: Sized {
    type Map: Default;

    fn scalar(scalar: Scalar<'_>) -> Option<Self>;
    fn list(items: Vec<Self>) -> Self;
    fn mapping(map: Self::Map) -> Self;
    /// Whether a key is of a kind that may not be one.
    fn is_collection(&self) -> bool;
    /// Whether `map` has the key; `None` when this shape cannot have such keys.
    fn has(map: &Self::Map, key: &Self) -> Option<bool>;
    /// Sets a key; `None` as for `has`.
    fn insert(map: &mut Self::Map, key: Self, value: Self) -> Option<()>;
    /// The value as Go shows it, for errors.
    fn show(&self) -> String;
}

/// Why reading stopped.
enum Stop {
    Error(YamlError),
    /// The value does not fit the shape: the wider shape has to be used.
    NotPlain,
}

impl From<YamlError> for Stop {
    fn from(err: YamlError) -> Self {
        Self::Error(err)
    }
}

struct Decoder<'d, S: Shape> {
    document: &'d Document<'d>,
    duplicates: Duplicates,
    decoded: u32,
    from_aliases: u32,
    alias_bytes: usize,
    alias_depth: u32,
    depth: usize,
    // The aliases that are being followed.
    following: Vec<u32>,
    problems: Vec<String>,
    first_problem: u32,
    shape: std::marker::PhantomData<S>,
}

impl<'d, S: Shape> Decoder<'d, S> {
    fn new(document: &'d Document<'d>, duplicates: Duplicates) -> Self {
        Self {
            document,
            duplicates,
            decoded: 1,
            from_aliases: 0,
            alias_bytes: 0,
            alias_depth: 0,
            depth: 0,
            following: Vec::new(),
            problems: Vec::new(),
            first_problem: 0,
            shape: std::marker::PhantomData,
        }
    }

    fn document(mut self) -> Result<S, Stop> {
        let value = self.value(0)?;
        if self.problems.is_empty() {
            return Ok(value);
        }
        Err(YamlError::unmarshal(self.first_problem, &self.problems).into())
    }

    fn value(&mut self, index: u32) -> Result<S, Stop> {
        self.count(index)?;
        let node = self.node(index);
        match node.shape {
            NodeShape::Scalar(_) => self.scalar(node),
            NodeShape::Alias => self.follow(index, Self::value),
            NodeShape::List { .. } => self.nested(node, |decoder| decoder.list(index)),
            NodeShape::Mapping { .. } => self.nested(node, |decoder| {
                let mut map = S::Map::default();
                decoder.entries(index, &mut map)?;
                Ok(S::mapping(map))
            }),
        }
    }

    fn node(&self, index: u32) -> &'d Node {
        &self.document.nodes[index as usize]
    }

    // Refuses documents of which too much comes from aliases, as go-yaml does.
    fn count(&mut self, index: u32) -> Result<(), Stop> {
        self.decoded += 1;
        if self.alias_depth == 0 {
            return Ok(());
        }
        self.from_aliases += 1;
        let node = self.node(index);
        if let Part::Text { start, end } | Part::Cooked { start, end } = node.part {
            self.alias_bytes += (end - start) as usize;
            if YAML_ALIAS_BYTES_MAX < self.alias_bytes {
                let problem = "document contains excessive aliasing";
                let max = YAML_ALIAS_BYTES_MAX;
                let line = node.line + 1;
                return Err(YamlError::limit(line, "YAML_ALIAS_BYTES_MAX", max, problem).into());
            }
        }
        if 100 < self.from_aliases && 1000 < self.decoded {
            let share = f64::from(self.from_aliases) / f64::from(self.decoded);
            if allowed_share(self.decoded) < share {
                let problem = "document contains excessive aliasing";
                return Err(YamlError::plain(Some(node.line + 1), problem).into());
            }
        }
        Ok(())
    }

    fn nested<T>(
        &mut self,
        node: &Node,
        read: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        self.depth += 1;
        if YAML_DEPTH_MAX < self.depth {
            let problem = format!("exceeded max depth of {YAML_DEPTH_MAX}");
            let line = node.line + 1;
            return Err(YamlError::limit(line, "YAML_DEPTH_MAX", YAML_DEPTH_MAX, problem).into());
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn follow<T>(
        &mut self,
        index: u32,
        read: impl FnOnce(&mut Self, u32) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let node = self.node(index);
        let Part::Target { node: target } = node.part else { return read(self, index) };
        if self.following.contains(&index) {
            let name = &self.document.text[node.start as usize + 1..node.end as usize];
            let problem = format!("anchor '{name}' value contains itself");
            return Err(YamlError::plain(Some(node.line + 1), problem).into());
        }
        self.following.push(index);
        self.alias_depth += 1;
        let read = self.nested(node, |decoder| read(decoder, target));
        self.alias_depth -= 1;
        self.following.pop();
        read
    }

    fn scalar(&mut self, node: &Node) -> Result<S, Stop> {
        let text = self.document.text_of(node);
        let fails = |problem: String| YamlError::plain(Some(node.line + 1), problem);
        let scalar = match (node.tag, node.implicit) {
            (Tag::None, false) => Scalar::Str(text),
            (Tag::None, true) => resolve_plain(text, false),
            (Tag::Binary, _) => {
                let invalid = || fails("!!binary value contains invalid base64 data".to_owned());
                let text = decode_base64(text).ok_or_else(invalid)?;
                return S::scalar(Scalar::Str(&text)).ok_or(Stop::NotPlain);
            }
            (tag, _) => resolve_tagged(tag, text).map_err(fails)?,
        };
        S::scalar(scalar).ok_or(Stop::NotPlain)
    }

    fn list(&mut self, index: u32) -> Result<S, Stop> {
        let after = self.document.after(index);
        let mut items = Vec::new();
        let mut child = index + 1;
        while child < after {
            items.push(self.value(child)?);
            child = self.document.after(child);
        }
        items.shrink_to_fit();
        Ok(S::list(items))
    }

    // Reads the pairs of a mapping into `map`, in order: a later one replaces an earlier one.
    fn entries(&mut self, index: u32, map: &mut S::Map) -> Result<(), Stop> {
        let after = self.document.after(index);
        let mut key = index + 1;
        while key < after {
            let value = self.document.after(key);
            if self.is_merge(key) {
                self.merge(value, map)?;
            } else {
                self.entry(key, value, map)?;
            }
            key = self.document.after(value);
        }
        Ok(())
    }

    fn entry(&mut self, key: u32, value: u32, map: &mut S::Map) -> Result<(), Stop> {
        let line = self.node(value).line + 1;
        let name = self.value(key)?;
        if name.is_collection() {
            let problem = format!("invalid map key: {}", name.show());
            return Err(YamlError::plain(Some(self.node(key).line + 1), problem).into());
        }
        let content = self.value(value)?;
        if self.duplicates == Duplicates::Refuse {
            let known = S::has(map, &name).ok_or(Stop::NotPlain)?;
            if known {
                if self.problems.is_empty() {
                    self.first_problem = line;
                }
                let shown = name.show();
                self.problems.push(format!("line {line}: key {shown} already set in map"));
                return Ok(());
            }
        }
        S::insert(map, name, content).ok_or(Stop::NotPlain)
    }

    fn is_merge(&self, key: u32) -> bool {
        let node = self.node(key);
        matches!(node.shape, NodeShape::Scalar(_))
            && (node.implicit || node.tag == Tag::Merge)
            && self.document.text_of(node) == "<<"
    }

    fn merge(&mut self, value: u32, map: &mut S::Map) -> Result<(), Stop> {
        if !matches!(self.node(value).shape, NodeShape::List { .. }) {
            return self.merge_one(value, map);
        }
        // Earlier ones win, so they come last.
        let mut items = Vec::new();
        let mut child = value + 1;
        while child < self.document.after(value) {
            items.push(child);
            child = self.document.after(child);
        }
        items.into_iter().rev().try_for_each(|item| self.merge_one(item, map))
    }

    fn merge_one(&mut self, value: u32, map: &mut S::Map) -> Result<(), Stop> {
        let node = self.node(value);
        let target = if let Part::Target { node } = node.part { node } else { value };
        if !matches!(self.node(target).shape, NodeShape::Mapping { .. }) {
            let problem = "map merge requires map or sequence of maps as the value";
            return Err(YamlError::plain(Some(node.line + 1), problem).into());
        }
        self.count(value)?;
        self.follow(value, |decoder, target| {
            if target != value {
                decoder.count(target)?;
            }
            decoder.nested(node, |decoder| decoder.entries(target, map))
        })
    }
}

// Returns which part of so many nodes may come from aliases.
fn allowed_share(decoded: u32) -> f64 {
    if decoded <= ALIAS_NODES_LOW {
        return 0.99;
    }
    if ALIAS_NODES_HIGH <= decoded {
        return 0.10;
    }
    let range = f64::from(ALIAS_NODES_HIGH - ALIAS_NODES_LOW);
    0.99 - 0.89 * (f64::from(decoded - ALIAS_NODES_LOW) / range)
}

// Go's base64: line breaks do not count, and neither do the last bits.
fn decode_base64(text: &str) -> Option<String> {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
    let text: String = text.chars().filter(|char| !matches!(char, '\r' | '\n')).collect();
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, config).decode(text).ok()?;
    Some(utf8_as_go(&bytes))
}

// Go's JSON prints each byte that is no UTF-8 as one replacement character.
fn utf8_as_go(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, chunk.invalid().len()));
    }
    text
}
