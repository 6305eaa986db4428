//! Field selectors, and which fields of which kinds can be asked about.

use serde_json::Value;

use super::{
    super::{
        kinds::Kind,
        status::{Failure, Result},
    },
    REQUIREMENTS_MAX,
};

/// The fields that kinds can be selected by, beside name and namespace.
const KNOWN: [(&str, &str, &[&str]); 11] = [
    (
        "",
        "Pod",
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
            "spec.host",
        ],
    ),
    ("", "Node", &["spec.unschedulable"]),
    ("", "ReplicationController", &["status.replicas"]),
    (
        "",
        "Event",
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
    ),
    ("", "Namespace", &["status.phase"]),
    ("", "Secret", &["type"]),
    ("", "Service", &["spec.clusterIP", "spec.type"]),
    (
        "events.k8s.io",
        "Event",
        &[
            "regarding.kind",
            "regarding.namespace",
            "regarding.name",
            "regarding.uid",
            "regarding.apiVersion",
            "regarding.resourceVersion",
            "regarding.fieldPath",
            "reason",
            "reportingController",
            "type",
        ],
    ),
    ("batch", "Job", &["status.successful"]),
    ("certificates.k8s.io", "CertificateSigningRequest", &["spec.signerName"]),
    ("resource.k8s.io", "ResourceSlice", &["spec.nodeName", "spec.driver"]),
];

/// Fields that stand elsewhere than their names say.
const ELSEWHERE: [(&str, &str); 4] = [
    ("spec.host", "spec.nodeName"),
    ("status.podIPs", "status.podIP"),
    ("source", "source.component"),
    ("status.successful", "status.succeeded"),
];

/// What a field is when it is left out.
const LEFT_OUT: [(&str, &str); 4] = [
    ("spec.unschedulable", "false"),
    ("spec.hostNetwork", "false"),
    ("status.replicas", "0"),
    ("status.successful", "0"),
];

#[derive(Clone, Debug)]
pub(super) struct Term {
    name: String,
    equal: bool,
    value: String,
}

impl Term {
    pub(super) fn matches(&self, object: &Value) -> bool {
        (field(object, &self.name) == self.value) == self.equal
    }

    /// Checks that objects of a kind can be selected by the field.
    pub(super) fn check(&self, kind: &Kind) -> Result<()> {
        let name = self.name.as_str();
        let known = KNOWN.iter().find(|(group, known, _)| kind.is(group, known));
        let cluster_scoped = !kind.info.namespaced;
        let fits = match name {
            "metadata.name" => true,
            // Kinds with fields of their own know where they live.
            "metadata.namespace" => !(cluster_scoped && (known.is_some() || kind.is_custom())),
            name => match &kind.custom {
                Some(custom) => custom.selectable.iter().any(|field| field == name),
                None => known.is_some_and(|(_, _, fields)| fields.contains(&name)),
            },
        };
        if fits {
            return Ok(());
        }
        Err(Failure::bad_request(match known {
            Some(("batch", _, _)) => format!("field label {name:?} not supported for Job"),
            Some(("resource.k8s.io", kind_name, _)) => {
                let version = &kind.info.version;
                format!(
                    "field label not supported for resource.k8s.io/{version}, Kind={kind_name}: \
                     {name}"
                )
            }
            None if !kind.is_custom() => format!(
                "\"{name}\" is not a known field selector: only \"metadata.name\", \
                 \"metadata.namespace\""
            ),
            _ => format!("field label not supported: {name}"),
        }))
    }
}

fn field(object: &Value, name: &str) -> String {
    let place = ELSEWHERE.iter().find(|(from, _)| *from == name).map_or(name, |(_, to)| *to);
    let place = if name == "reportingController" && object.get(name).is_none() {
        "reportingComponent"
    } else {
        place
    };
    let mut found = object.pointer(&format!("/{}", place.replace('.', "/")));
    if found.is_none() && place.starts_with("regarding.") {
        // Events are stored as the core group shows them.
        let core = place.replacen("regarding", "involvedObject", 1).replace('.', "/");
        found = object.pointer(&format!("/{core}"));
    }
    match found {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => {
            let empty = LEFT_OUT.iter().find(|(field, _)| *field == name);
            empty.map(|(_, value)| (*value).to_owned()).unwrap_or_default()
        }
        Some(other) => other.to_string(),
    }
}

/// Reads a selector such as `metadata.name=web,status.phase!=Running`.
pub(super) fn parse(text: &str) -> Result<Vec<Term>> {
    let mut terms = split(text);
    terms.sort_unstable();
    let mut out = Vec::new();
    for term in terms.into_iter().filter(|term| !term.is_empty()) {
        let Some(at) = term.find(['!', '=']).and_then(|start| operator(term, start)) else {
            return Err(Failure::bad_request(format!(
                "invalid selector: '{text}'; can't understand '{term}'"
            )));
        };
        let (start, operator) = at;
        let value = unescape(&term[start + operator.len()..]).map_err(Failure::bad_request)?;
        out.push(Term { name: term[..start].to_owned(), equal: operator != "!=", value });
        if REQUIREMENTS_MAX < out.len() {
            let why = format!("a selector may have at most {REQUIREMENTS_MAX} requirements");
            return Err(Failure::bad_request(why));
        }
    }
    Ok(out)
}

/// Finds the first operator at or after a place.
fn operator(term: &str, start: usize) -> Option<(usize, &'static str)> {
    term.char_indices().skip_while(|(index, _)| *index < start).find_map(|(index, _)| {
        let rest = &term[index..];
        let found = ["!=", "==", "="].into_iter().find(|operator| rest.starts_with(operator));
        found.map(|operator| (index, operator))
    })
}

fn split(text: &str) -> Vec<&str> {
    let (mut out, mut start, mut escaped) = (Vec::new(), 0, false);
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                out.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out
}

fn unescape(text: &str) -> std::result::Result<String, String> {
    let wrong = |what: String| Err(format!("invalid field selector: {what}"));
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('\\' | ',' | '=')) => out.push(c),
                Some(c) => return wrong(format!("invalid escape sequence: \\{c}")),
                None => return wrong("invalid escape sequence: \\".to_owned()),
            },
            ',' | '=' => {
                return wrong(format!("unescaped character in value: {}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

/// Returns the name that a selector asks for, if it asks for one.
pub(crate) fn exact_name(text: &str) -> String {
    let terms = parse(text).unwrap_or_default();
    let mut names = terms.into_iter().filter(|term| term.equal && term.name == "metadata.name");
    names.next().map(|term| term.value).unwrap_or_default()
}
