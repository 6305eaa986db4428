//! A schema file: its draft, and where the parts are that others refer to.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value as Json;

/// The address of a schema that says none.
const HOME: &str = "file:///values.schema.json";

/// The version of the rules that a schema is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Draft {
    Draft4,
    Draft6,
    Draft7,
    Draft2019,
    Draft2020,
}

impl Draft {
    /// Returns the version that `$schema` names.
    pub(super) fn of(url: &str) -> Option<Self> {
        let url = url.split('#').next().unwrap_or(url);
        let url = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
        Some(match url {
            "json-schema.org/draft-04/schema" => Self::Draft4,
            "json-schema.org/draft-06/schema" => Self::Draft6,
            "json-schema.org/draft-07/schema" => Self::Draft7,
            "json-schema.org/draft/2019-09/schema" => Self::Draft2019,
            "json-schema.org/draft/2020-12/schema" | "json-schema.org/schema" => Self::Draft2020,
            _ => return None,
        })
    }

    pub(super) fn url(self) -> &'static str {
        match self {
            Self::Draft4 => "http://json-schema.org/draft-04/schema",
            Self::Draft6 => "http://json-schema.org/draft-06/schema",
            Self::Draft7 => "http://json-schema.org/draft-07/schema",
            Self::Draft2019 => "https://json-schema.org/draft/2019-09/schema",
            Self::Draft2020 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    fn id_key(self) -> &'static str {
        if self == Self::Draft4 { "id" } else { "$id" }
    }
}

/// A schema within its resource: what `#` means there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'s> {
    pub(super) schema: &'s Json,
    pub(super) resource: &'s Json,
}

/// A schema file.
#[derive(Debug)]
pub(super) struct SchemaDocument<'s> {
    pub(super) root: &'s Json,
    pub(super) draft: Draft,
    // Schemas with an address of their own, and the names within each.
    resources: Vec<(String, &'s Json)>,
    anchors: BTreeMap<(String, String), &'s Json>,
}

impl<'s> SchemaDocument<'s> {
    pub(super) fn new(root: &'s Json) -> Self {
        let named = root.get("$schema").and_then(Json::as_str).and_then(Draft::of);
        let draft = named.unwrap_or(Draft::Draft2020);
        let (resources, anchors) = (vec![(HOME.to_owned(), root)], BTreeMap::new());
        let mut document = Self { root, draft, resources, anchors };
        document.collect(root, HOME);
        document
    }

    fn collect(&mut self, value: &'s Json, base: &str) {
        let map = match value {
            Json::Array(items) => return items.iter().for_each(|item| self.collect(item, base)),
            Json::Object(map) => map,
            _ => return,
        };
        let mut base = Cow::Borrowed(base);
        let text = |key: &str| map.get(key).and_then(Json::as_str);
        let alone = self.draft < Draft::Draft2019 && map.contains_key("$ref");
        if let Some(id) = text(self.draft.id_key()).filter(|_| !alone) {
            let (id, anchor) = id.split_once('#').unwrap_or((id, ""));
            if !id.is_empty() {
                base = Cow::Owned(join(&base, id));
                self.resources.push((base.to_string(), value));
            }
            if !anchor.is_empty() && !anchor.starts_with('/') {
                self.anchors.insert((base.to_string(), anchor.to_owned()), value);
            }
        }
        for anchor in ["$anchor", "$dynamicAnchor"].into_iter().filter_map(text) {
            self.anchors.insert((base.to_string(), anchor.to_owned()), value);
        }
        for (key, value) in map {
            if !matches!(key.as_str(), "enum" | "const" | "default" | "examples") {
                self.collect(value, &base);
            }
        }
    }

    /// Returns the schema at `key` of a place, with the resource it belongs to.
    pub(super) fn within(&self, place: Place<'s>, schema: &'s Json) -> Place<'s> {
        let own = self.resources.iter().any(|(_, known)| std::ptr::eq(*known, schema));
        Place { schema, resource: if own { schema } else { place.resource } }
    }

    /// Returns the schema that `reference` leads to from `place`.
    pub(super) fn resolve(&self, place: Place<'s>, reference: &str) -> Result<Place<'s>, String> {
        let (url, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let home = self.resources.iter().rfind(|(_, known)| std::ptr::eq(*known, place.resource));
        let home = home.map_or(HOME, |(url, _)| url.as_str());
        let url = if url.is_empty() { home.to_owned() } else { join(home, url) };
        let resource = self.resources.iter().rfind(|(known, _)| *known == url);
        let Some((_, resource)) = resource else {
            if Draft::of(&url).is_some() {
                return Ok(Place { schema: &Json::Bool(true), resource: self.root });
            }
            return Err(format!("failing loading {url:?}: a schema elsewhere is not fetched"));
        };
        let found = if fragment.is_empty() || fragment.starts_with('/') {
            resource.pointer(&decoded(fragment))
        } else {
            self.anchors.get(&(url.clone(), fragment.to_owned())).copied()
        };
        let problem = || match fragment.starts_with('/') {
            true => format!("json-pointer in \"{url}#{fragment}\" not found"),
            false => format!("anchor in \"{url}#{fragment}\" not found in schema \"{url}\""),
        };
        let schema = found.ok_or_else(problem)?;
        Ok(self.within(Place { schema, resource }, schema))
    }
}

// Puts a relative address on its base, as far as schemas in one file need it.
fn join(base: &str, url: &str) -> String {
    if url.contains("://") || url.starts_with("urn:") {
        return url.to_owned();
    }
    let scheme = base.find("://").map_or(0, |at| at + 3);
    if url.starts_with('/') {
        let host = base[scheme..].find('/').map_or(base.len(), |at| scheme + at);
        return format!("{}{url}", &base[..host]);
    }
    let folder = base.rfind('/').filter(|at| scheme <= *at).map_or(base, |at| &base[..at]);
    format!("{folder}/{}", url.trim_start_matches("./"))
}

// Takes percent signs out of a fragment.
fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = fragment.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
