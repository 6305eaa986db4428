//! Claims as lines of JSON, one for each kind in each namespace.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use gitops_core::{Claim, Digest, Inventory, ObjectId};
use serde::{Deserialize, Serialize};

// {"kind":"ConfigMap","namespace":"shop","objects":{"a":"<digest>","b":null}}
#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    group: String,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    // The content that was last applied, by name.
    objects: BTreeMap<String, Option<String>>,
}

/// Writes the claims of `inventory`, sorted.
pub(super) fn write(inventory: &Inventory) -> String {
    let mut lines: BTreeMap<(&str, &str, Option<&str>), BTreeMap<String, Option<String>>> =
        BTreeMap::new();
    for (id, claim) in inventory.iter() {
        let key = (id.group.as_str(), id.kind.as_str(), id.namespace.as_deref());
        let applied = claim.applied.as_ref().map(digest_text);
        lines.entry(key).or_default().insert(id.name.clone(), applied);
    }
    let mut text = String::new();
    for ((group, kind, namespace), objects) in lines {
        let (group, kind) = (group.to_owned(), kind.to_owned());
        let line = Line { group, kind, namespace: namespace.map(str::to_owned), objects };
        text.push_str(&serde_json::to_string(&line).expect("texts and maps of texts are JSON"));
        text.push('\n');
    }
    text
}

/// Reads what [`write`] wrote, or says what is wrong with it.
pub(super) fn read(text: &str) -> Result<Inventory, String> {
    let mut claims = Vec::new();
    for (at, text) in text.lines().enumerate() {
        let wrong = |problem: String| format!("line {} of its claims: {problem}", at + 1);
        let line: Line = serde_json::from_str(text).map_err(|err| wrong(err.to_string()))?;
        for (name, applied) in line.objects {
            let applied = match applied {
                None => None,
                Some(text) => Some(
                    read_digest(&text)
                        .ok_or_else(|| wrong(format!("{name:?} has no digest, but {text:?}")))?,
                ),
            };
            let (group, kind) = (line.group.clone(), line.kind.clone());
            let id = ObjectId { group, kind, namespace: line.namespace.clone(), name };
            claims.push((id, Claim { applied }));
        }
    }
    Ok(claims.into_iter().collect())
}

// A third shorter than hexadecimal digits; the length tells the algorithm.
fn digest_text(digest: &Digest) -> String {
    STANDARD_NO_PAD.encode(digest.as_bytes())
}

fn read_digest(text: &str) -> Option<Digest> {
    let bytes = STANDARD_NO_PAD.decode(text).ok()?;
    match <[u8; 32]>::try_from(bytes) {
        Ok(bytes) => Some(Digest::Sha256(bytes)),
        Err(bytes) => bytes.try_into().ok().map(Digest::Sha1),
    }
}
