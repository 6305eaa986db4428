//! What an OCI registry says of a chart: its manifest, and where in it the package is.

use gitops_core::Digest;
use serde_json::Value;

use super::problem::{Outcome, invalid};

const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const OLD_LAYER: &str = "application/tar+gzip";
const MANIFESTS: [&str; 2] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What is asked for when a manifest is.
pub(super) const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, \
    application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// How many manifests of an index are looked at.
pub const INDEX_MANIFESTS_MAX: usize = 16;

/// Something of a known digest and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub(super) digest: Digest,
    pub(super) size: u64,
}

/// What a manifest leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Manifest {
    /// A package.
    Chart(Descriptor),
    /// Other manifests, of which one may be a chart's.
    Index(Vec<Descriptor>),
    /// Something that is no chart.
    Other(String),
}

impl Manifest {
    /// Reads a manifest; `media_type` is what the server calls it.
    pub(super) fn read(bytes: &[u8], media_type: Option<&str>) -> Outcome<Self> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|err| invalid(format!("the manifest of the chart is no JSON: {err}")))?;
        let own = text(&value, "mediaType").or(media_type);
        if own == Some(INDEX) {
            let known =
                |it: &&Value| text(it, "mediaType").is_some_and(|it| MANIFESTS.contains(&it));
            let list = items(&value, "manifests").iter().filter(known);
            return Ok(Self::Index(list.map(descriptor).collect::<Outcome<_>>()?));
        }
        let config = value.get("config").and_then(|config| text(config, "mediaType"));
        if config != Some(CONFIG) {
            let found = config.unwrap_or("of no known kind");
            return Ok(Self::Other(format!("what it describes is {found}, no chart")));
        }
        let is_layer = |it: &&Value| matches!(text(it, "mediaType"), Some(LAYER | OLD_LAYER));
        match items(&value, "layers").iter().rfind(is_layer) {
            Some(layer) => Ok(Self::Chart(descriptor(layer)?)),
            None => Ok(Self::Other(format!("its manifest has no layer of the type {LAYER}"))),
        }
    }
}

fn text<'v>(value: &'v Value, field: &str) -> Option<&'v str> {
    value.get(field).and_then(Value::as_str)
}

fn items<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn descriptor(value: &Value) -> Outcome<Descriptor> {
    let digest = text(value, "digest").and_then(|text| text.parse().ok());
    let size = value.get("size").and_then(Value::as_u64);
    match (digest, size) {
        (Some(digest @ Digest::Sha256(_)), Some(size)) => Ok(Descriptor { digest, size }),
        _ => Err(invalid("the manifest of the chart has a layer without a size and a SHA-256")),
    }
}
