//! Packaged charts: a folder in a tar archive, compressed with gzip.

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use gitops_core::tree::{NodeKind, Tree, TreePath};

use super::{
    ChartFile,
    load::{Budget, FOLDER_DEPTH_MAX, Files, without_mark},
    tar::{Entries, Entry, EntryKind},
};
use crate::helm::{HelmError, text::go_quote};

/// Reads the packaged chart at `path`.
pub(super) fn read_file(tree: &Tree, path: &TreePath) -> Result<Files, HelmError> {
    let data = tree.read(path).map_err(|cause| HelmError::tree(path, cause))?;
    if !data.starts_with(b"\x1f\x8b\x08") {
        let ending = path.as_str().rsplit('.').next();
        let message = match ending {
            Some("yaml" | "yml") => {
                format!("file '{path}' seems to be a YAML file, but expected a gzipped archive")
            }
            _ => format!("file '{path}' does not appear to be a gzipped archive"),
        };
        return Err(HelmError::chart(path.as_str(), message));
    }
    let mut budget = Budget::new(path);
    let list = unpack(&data, &mut budget)?;
    Ok(Files { list, budget })
}

/// One entry of a packaged chart.
#[derive(Debug)]
pub(in crate::helm) struct Packed {
    /// The path from the chart's own folder.
    pub(in crate::helm) name: String,
    pub(in crate::helm) kind: NodeKind,
    /// The content, without a byte order mark, or where a link leads.
    pub(in crate::helm) data: Bytes,
}

/// Unpacks the files of a packaged chart, without the folder around them. What is no plain file is
/// an empty one, as Helm has it: no link of an archive is followed.
pub(super) fn unpack(data: &[u8], budget: &mut Budget) -> Result<Vec<ChartFile>, HelmError> {
    let entries = entries(data, budget)?.into_iter();
    let file = |entry: Packed| match entry.kind {
        NodeKind::Link => ChartFile { name: entry.name, data: Bytes::new() },
        _ => ChartFile { name: entry.name, data: entry.data },
    };
    Ok(entries.map(file).collect())
}

/// Unpacks a packaged chart that is no part of a tree; `path` is what errors call it.
pub(in crate::helm) fn unpack_links(data: &[u8], path: &str) -> Result<Vec<Packed>, HelmError> {
    entries(data, &mut Budget::of(path.to_owned()))
}

fn entries(data: &[u8], budget: &mut Budget) -> Result<Vec<Packed>, HelmError> {
    let path = budget.path().to_owned();
    let wrong = |message: &str| HelmError::chart(path.as_str(), message);
    if !data.starts_with(b"\x1f\x8b") {
        return Err(wrong("gzip: invalid header"));
    }
    let mut unpacked = Vec::new();
    // Names and padding take space too: a quarter more than the files may have.
    let most = budget.bytes() + (budget.bytes() >> 2) + 4096;
    let mut reader = MultiGzDecoder::new(data).take(most + 1);
    reader.read_to_end(&mut unpacked).map_err(|err| wrong(&format!("gzip: {err}")))?;
    let limit = |limit, max| HelmError::Limit { path: path.clone(), limit, max };
    if most < unpacked.len() as u64 {
        return Err(limit("CHART_BYTES_MAX", super::CHART_BYTES_MAX));
    }
    let unpacked = Bytes::from(unpacked);
    let mut packed = Vec::new();
    for entry in Entries::new(&unpacked) {
        let Entry { name, kind, data } = entry.map_err(|problem| wrong(&problem))?;
        let name = inner_name(&name).map_err(|problem| wrong(&problem))?;
        budget.take(data.len() as u64)?;
        if FOLDER_DEPTH_MAX < u32::try_from(name.matches('/').count()).unwrap_or(u32::MAX) {
            return Err(limit("FOLDER_DEPTH_MAX", u64::from(FOLDER_DEPTH_MAX)));
        }
        let (kind, data) = match kind {
            EntryKind::Executable => (NodeKind::Executable, without_mark(data)),
            EntryKind::Link(target) => (NodeKind::Link, target.into()),
            EntryKind::Plain | EntryKind::Other => (NodeKind::File, without_mark(data)),
        };
        packed.push(Packed { name, kind, data });
    }
    if packed.is_empty() {
        return Err(wrong("no files in chart archive"));
    }
    Ok(packed)
}

// Returns the path of a file within the folder that the archive holds.
fn inner_name(name: &str) -> Result<String, String> {
    let windows = name.contains('\\');
    let slashes = if windows { name.replace('\\', "/") } else { name.to_owned() };
    let (folder, inner) = slashes.split_once('/').unwrap_or((&slashes, ""));
    if inner.starts_with('/') {
        return Err("chart illegally contains absolute paths".to_owned());
    }
    let mut clean: Vec<&str> = Vec::new();
    for segment in inner.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                if clean.pop().is_none() {
                    return Err("chart illegally references parent directory".to_owned());
                }
            }
            segment => clean.push(segment),
        }
    }
    if clean.is_empty() {
        let name = go_quote(name);
        return Err(format!("chart illegally contains content outside the base directory: {name}"));
    }
    let inner = clean.join("/");
    if inner.starts_with("..") {
        return Err("chart illegally references parent directory".to_owned());
    }
    if matches!(inner.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic()) {
        return Err("chart contains illegally named files".to_owned());
    }
    if folder == "Chart.yaml" {
        return Err("chart yaml not in base directory".to_owned());
    }
    Ok(inner)
}

#[cfg(test)]
mod tests {
    use super::{super::pack::pack, *};

    fn limit(files: &[(&str, usize)], mut budget: Budget) -> Option<(&'static str, u64)> {
        let file = |(name, size): &(&str, usize)| ChartFile {
            name: (*name).to_owned(),
            data: vec![0; *size].into(),
        };
        let packed = pack("web", &files.iter().map(file).collect::<Vec<_>>()).unwrap();
        match unpack(&packed, &mut budget) {
            Ok(_) => None,
            Err(HelmError::Limit { limit, max, .. }) => Some((limit, max)),
            Err(err) => panic!("{err}"),
        }
    }

    #[test]
    fn what_is_unpacked_is_counted() {
        let files = [("a", 600), ("b", 400)];
        assert_eq!(limit(&files, Budget::small(1000, 2)), None);
        let bytes = Some(("CHART_BYTES_MAX", super::super::CHART_BYTES_MAX));
        assert_eq!(limit(&files, Budget::small(999, 2)), bytes);
        let count = Some(("CHART_FILES_MAX", super::super::CHART_FILES_MAX));
        assert_eq!(limit(&files, Budget::small(1000, 1)), count);
        // No more is unpacked than could fit, whatever the archive holds.
        assert_eq!(limit(&[("a", 1 << 20)], Budget::small(1000, 2)), bytes);
    }

    #[test]
    fn names_stay_inside_the_folder() {
        assert_eq!(inner_name("web/templates/a.yaml").unwrap(), "templates/a.yaml");
        assert_eq!(inner_name("web\\templates\\a.yaml").unwrap(), "templates/a.yaml");
        assert_eq!(inner_name("./web/a").unwrap(), "web/a");
        for name in ["web/../../etc", "web//etc/passwd", "web", "web/c:/x", "Chart.yaml/x"] {
            assert!(inner_name(name).is_err(), "{name} was taken");
        }
    }
}
