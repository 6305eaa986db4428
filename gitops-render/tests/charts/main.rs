//! Where charts come from: repositories, registries, packages, caches, and what goes on with them.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod cache;
mod conformance;
mod exchange;
mod http;
mod lock;
#[cfg(feature = "http")]
mod network;
mod oci;
mod package;
mod post_render;
mod site;
mod vendor;

use std::{fmt::Write as _, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use gitops_core::{Digest, TreePath};

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

/// One entry of an archive.
#[derive(Clone, Copy)]
enum Entry<'a> {
    File(&'a str),
    Executable(&'a str),
    Link(&'a str),
    /// A device, with a type of its own.
    Special(u8),
    /// The name of the next entry.
    Long(&'a str),
}

/// Packs entries as they are, names and all.
fn archive(entries: &[(&str, Entry<'_>)]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    for (name, entry) in entries {
        let (kind, mode, link, data) = match entry {
            Entry::File(text) => (b'0', 0o644, "", *text),
            Entry::Executable(text) => (b'0', 0o755, "", *text),
            Entry::Link(target) => (b'2', 0o777, *target, ""),
            Entry::Special(kind) => (*kind, 0o644, "", ""),
            Entry::Long(name) => (b'L', 0o644, "", *name),
        };
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..107].copy_from_slice(format!("{mode:07o}").as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
        header[156] = kind;
        header[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header[257..263].copy_from_slice(b"ustar\0");
        header[148..156].copy_from_slice(b"        ");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        packed.write_all(&header).unwrap();
        packed.write_all(data.as_bytes()).unwrap();
        packed.write_all(&vec![0; data.len().next_multiple_of(512) - data.len()]).unwrap();
    }
    packed.write_all(&[0; 1024]).unwrap();
    packed.finish().unwrap()
}

/// Packs a chart that gives one config map.
fn chart(name: &str, version: &str) -> Vec<u8> {
    let metadata = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
    let template = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{version: {version:?}}}\n"
    );
    archive(&[
        (&format!("{name}/Chart.yaml"), Entry::File(&metadata)),
        (&format!("{name}/templates/a.yaml"), Entry::File(&template)),
    ])
}

/// Writes the index of packages: name, version, URL and package of each.
fn index(entries: &[(&str, &str, &str, &[u8])]) -> String {
    let mut text = "apiVersion: v1\nentries:\n".to_owned();
    let mut names: Vec<_> = entries.iter().map(|(name, ..)| *name).collect();
    names.sort_unstable();
    names.dedup();
    for wanted in names {
        writeln!(text, "  {wanted}:").unwrap();
        for (name, version, url, package) in entries.iter().filter(|(name, ..)| *name == wanted) {
            let digest = Digest::of(package).to_hex();
            writeln!(
                text,
                "  - {{apiVersion: v2, name: {name}, version: {version}, urls: [{url:?}], digest: {digest}}}"
            )
            .unwrap();
        }
    }
    text
}

/// Packs entries, and an empty file whose name no header can hold.
fn long_name(entries: &[(&str, Entry<'_>)], name: &str) -> Vec<u8> {
    let mut all = entries.to_vec();
    all.push(("././@LongLink", Entry::Long(name)));
    all.push(("cut", Entry::File("")));
    archive(&all)
}
