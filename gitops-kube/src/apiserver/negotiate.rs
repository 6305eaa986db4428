//! What a client accepts: in which encoding, and in which shape.

use super::{
    kinds::Kind,
    request::Request,
    status::{Failure, Result},
};

/// How many media types of one request are looked at.
pub(crate) const ACCEPTED_MAX: usize = 64;

const JSON: &str = "application/json";
const YAML: &str = "application/yaml";
/// The media type of objects in the binary form.
pub(crate) const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Yaml,
    Protobuf,
}

/// What an answer shows of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Whole,
    Table,
    Metadata,
    MetadataList,
}

/// One media type of an `Accept` header.
struct Clause<'a> {
    media: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    weight: f64,
}

impl Clause<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    fn takes(&self, media: &str) -> bool {
        let any = media.split_once('/').map(|(kind, _)| format!("{kind}/*"));
        self.media == "*/*" || self.media == media || any.is_some_and(|any| self.media == any)
    }
}

fn clauses(header: &str) -> Vec<Clause<'_>> {
    let mut out: Vec<Clause<'_>> = header
        .split(',')
        .take(ACCEPTED_MAX)
        .map(|text| {
            let mut parts = text.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let pairs = parts.filter_map(|part| part.split_once('='));
            let parameters: Vec<(&str, &str)> =
                pairs.map(|(key, value)| (key.trim(), value.trim().trim_matches('"'))).collect();
            let weight = parameters.iter().find(|(key, _)| *key == "q");
            let weight = weight.and_then(|(_, value)| value.parse().ok()).unwrap_or(1.0);
            Clause { media, parameters, weight }
        })
        .collect();
    // What names its type comes before what takes any, the rest in the order of the header.
    let open = |clause: &Clause<'_>| {
        (u8::from(clause.media.starts_with("*/")), u8::from(clause.media.ends_with("/*")))
    };
    out.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(open(a).cmp(&open(b))));
    out
}

/// Returns the encoding of answers that have no other shape.
pub(crate) fn encoding(request: &Request) -> Encoding {
    let known = [(JSON, Encoding::Json), (YAML, Encoding::Yaml), (PROTOBUF, Encoding::Protobuf)];
    for clause in clauses(request.header("accept")) {
        if let Some((_, encoding)) = known.iter().find(|(media, _)| clause.takes(media)) {
            return *encoding;
        }
    }
    Encoding::Json
}

/// Whether a request for discovery wants everything in one answer.
///
/// # Errors
///
/// 406 when it accepts nothing that can be had.
pub(crate) fn is_aggregated(request: &Request) -> Result<bool> {
    let header = request.header("accept");
    if header.is_empty() {
        return Ok(false);
    }
    for clause in clauses(header) {
        if ![JSON, YAML, PROTOBUF].iter().any(|media| clause.takes(media)) {
            continue;
        }
        let part = |name: &str| clause.parameter(name).unwrap_or_default();
        match (part("as"), part("g"), part("v")) {
            ("", "", "") => return Ok(false),
            ("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2") => return Ok(true),
            _ => {}
        }
    }
    Err(none_of(&[JSON, YAML, PROTOBUF]))
}

/// Finds what a request for a resource accepts.
///
/// # Errors
///
/// 406 when nothing that it accepts can be had.
pub(crate) fn accepted(request: &Request, kind: &Kind, verb: &str) -> Result<(Encoding, Shape)> {
    let header = request.header("accept");
    if header.is_empty() {
        return Ok((Encoding::Json, Shape::Whole));
    }
    let clauses = clauses(header);
    let known: &[(&str, Encoding)] = if kind.is_custom() {
        &[(JSON, Encoding::Json), (YAML, Encoding::Yaml)]
    } else {
        let all = &[(JSON, Encoding::Json), (YAML, Encoding::Yaml), (PROTOBUF, Encoding::Protobuf)];
        let exact = |clause: &Clause<'_>| {
            clause.media == "*/*" || all.iter().any(|(media, _)| clause.media == *media)
        };
        if !clauses.iter().any(exact) {
            return Err(unknown(verb));
        }
        all
    };
    for clause in &clauses {
        for (media, encoding) in known {
            let streams = clause.parameter("stream").is_none_or(|stream| {
                stream.is_empty() || (stream == "watch" && *encoding != Encoding::Yaml)
            });
            if !clause.takes(media) || !streams {
                continue;
            }
            if let Some(shape) = shape(clause, verb) {
                if verb == "watch" && *encoding == Encoding::Yaml {
                    let streams = known.iter().filter(|(_, encoding)| *encoding != Encoding::Yaml);
                    let streams = streams.map(|(media, _)| format!("{media};stream=watch"));
                    let streams: Vec<String> = streams.collect();
                    let streams: Vec<&str> = streams.iter().map(String::as_str).collect();
                    return Err(none_of(&streams));
                }
                return Ok((*encoding, shape));
            }
        }
    }
    Err(none_of(&known.iter().map(|(media, _)| *media).collect::<Vec<_>>()))
}

fn shape(clause: &Clause<'_>, verb: &str) -> Option<Shape> {
    let part = |name: &str| clause.parameter(name).unwrap_or_default();
    let (kind, group, version) = (part("as"), part("g"), part("v"));
    if kind.is_empty() && group.is_empty() && version.is_empty() {
        return Some(Shape::Whole);
    }
    if group != "meta.k8s.io" || !matches!(version, "v1" | "v1beta1") {
        return None;
    }
    match kind {
        "Table" => Some(Shape::Table),
        "PartialObjectMetadata" => Some(Shape::Metadata),
        "PartialObjectMetadataList" if verb != "watch" => Some(Shape::MetadataList),
        _ => None,
    }
}

/// Nothing of what a request accepts is known at all.
fn unknown(verb: &str) -> Failure {
    let mut known = vec![JSON.to_owned(), YAML.to_owned(), PROTOBUF.to_owned()];
    if matches!(verb, "list" | "watch") {
        known.extend([JSON, PROTOBUF].map(|media| format!("{media};stream=watch")));
    }
    let known = known.join(", ");
    let message = format!("406: Not Acceptable\n\nAvailable representations: {known}");
    let mut failure = Failure::new(406, "NotAcceptable", message);
    failure.details = Some(serde_json::json!({}));
    failure
}

fn none_of(media: &[&str]) -> Failure {
    let list = media.join(", ");
    let message = format!("only the following media types are accepted: {list}");
    Failure::new(406, "NotAcceptable", message)
}

/// Refuses a shape that the answer cannot take.
pub(crate) fn not_acceptable(message: String) -> Failure {
    Failure::new(406, "NotAcceptable", message)
}
