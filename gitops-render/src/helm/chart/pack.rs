//! From files to a packaged chart, the same bytes each time.

use std::{fmt, io::Write as _};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use gitops_core::tree::{Tree, TreePath};

use super::{Chart, ChartFile, directory};
use crate::helm::HelmError;

const BLOCK: usize = 512;
const NAME_BYTES_MAX: usize = 100;

/// A packaged chart.
#[derive(Clone, PartialEq, Eq)]
pub struct Package {
    /// The name of the chart.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The archive.
    pub data: Bytes,
}

impl Package {
    /// Packs the chart in the folder at `path`, as `helm package` does, but that the same files give
    /// the same bytes. What `.helmignore` names is left out.
    ///
    /// # Errors
    ///
    /// [`HelmError`] when there is no chart or the chart is wrong.
    pub fn of(tree: &Tree, path: &TreePath) -> Result<Self, HelmError> {
        let metadata = Chart::load(tree, path, &mut Vec::new())?.metadata;
        let files = directory::read(tree, path)?.list;
        let data = pack(&metadata.name, &files).map_err(|err| {
            HelmError::chart(path.as_str(), format!("it cannot be packed: {err}"))
        })?;
        Ok(Self { name: metadata.name, version: metadata.version, data })
    }

    /// Returns the usual name of the file, such as `web-1.2.3.tgz`.
    pub fn file_name(&self) -> String {
        format!("{}-{}.tgz", self.name, self.version)
    }
}

impl fmt::Debug for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Package({} {})", self.name, self.version)
    }
}

/// Packs files into the folder `name`, without times, owners or anything else that changes.
pub(super) fn pack(name: &str, files: &[ChartFile]) -> std::io::Result<Bytes> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    for file in files {
        let path = format!("{name}/{}", file.name);
        if NAME_BYTES_MAX < path.len() {
            // A block in front of the file holds its name, ended by a zero.
            let mut long = path.clone().into_bytes();
            long.push(0);
            entry(&mut packed, "././@LongLink", b'L', &long)?;
        }
        entry(&mut packed, &path, b'0', &file.data)?;
    }
    packed.write_all(&[0; 2 * BLOCK])?;
    Ok(packed.finish()?.into())
}

fn entry(
    packed: &mut impl std::io::Write,
    path: &str,
    kind: u8,
    data: &[u8],
) -> std::io::Result<()> {
    let mut header = [0; BLOCK];
    let name = &path.as_bytes()[..path.len().min(NAME_BYTES_MAX)];
    header[..name.len()].copy_from_slice(name);
    header[100..107].copy_from_slice(b"0000644");
    header[108..115].copy_from_slice(b"0000000");
    header[116..123].copy_from_slice(b"0000000");
    header[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
    header[136..147].copy_from_slice(b"00000000000");
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar  \0");
    // The sum is made as if its own field held blanks.
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    packed.write_all(&header)?;
    packed.write_all(data)?;
    let rest = data.len() % BLOCK;
    if rest != 0 {
        packed.write_all(&[0; BLOCK][rest..])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::unpack_links, *};

    #[test]
    fn what_is_packed_unpacks() {
        let deep = format!("templates/{}/a.yaml", "long".repeat(40));
        let texts = [("Chart.yaml", "name: web"), (deep.as_str(), "kind: Pod"), ("empty", "")];
        let file = |(name, text): (&str, &str)| ChartFile {
            name: name.to_owned(),
            data: Bytes::from(text.to_owned()),
        };
        let files = texts.map(file);
        let packed = pack("web", &files).unwrap();
        let unpacked = unpack_links(&packed, "web.tgz").unwrap();
        let texts: Vec<_> = unpacked.iter().map(|file| (file.name.as_str(), &file.data)).collect();
        let expected: Vec<_> = files.iter().map(|file| (file.name.as_str(), &file.data)).collect();
        assert_eq!(texts, expected);
        assert_eq!(packed, pack("web", &files).unwrap(), "the same bytes each time");
    }
}
