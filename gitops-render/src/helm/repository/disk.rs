//! Packages kept in a directory.

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use bytes::Bytes;
use gitops_core::{BoxError, Clock, Digest};

use super::{CACHE_BYTES_MAX, CACHE_ENTRIES_MAX, PACKAGE_BYTES_MAX, PackageCache};

const ENDING: &str = "tgz";

/// Keeps packages as files of a directory, which several processes may share.
///
/// A file is written under another name and then renamed, so that none is ever half there. Its
/// content is checked whenever it is read; a file that is harmed is taken away. The time of the last
/// use is the file's own time.
#[derive(Clone)]
pub struct DiskCache {
    directory: PathBuf,
    bytes_max: u64,
    clock: Arc<dyn Clock>,
}

impl DiskCache {
    /// Keeps up to [`CACHE_BYTES_MAX`] bytes and [`CACHE_ENTRIES_MAX`] packages in `directory`, which
    /// is made when it is needed. It holds nothing else.
    pub fn new(directory: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self { directory: directory.into(), bytes_max: CACHE_BYTES_MAX, clock }
    }

    /// Keeps up to `bytes_max` bytes.
    #[must_use]
    pub fn with_bytes_max(mut self, bytes_max: u64) -> Self {
        self.bytes_max = bytes_max;
        self
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.directory.join(format!("{}.{ENDING}", digest.to_hex()))
    }

    fn now(&self) -> SystemTime {
        self.clock.now().into()
    }

    // Takes away what was not used for the longest time, until the rest fits. `kept` is the newest.
    fn shrink(&self, kept: &Path) -> io::Result<()> {
        let mut files = Vec::new();
        let mut bytes = 0;
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let path = entry.path();
            if path.extension().is_none_or(|ending| ending != ENDING) {
                continue;
            }
            // Another process may have taken it away by now.
            let Ok(metadata) = entry.metadata() else { continue };
            bytes += metadata.len();
            files.push((path != kept, metadata.modified()?, path, metadata.len()));
        }
        // Those that may go come last, the oldest at the very end.
        files.sort_by(|a, b| (a.0, b.1, &b.2).cmp(&(b.0, a.1, &a.2)));
        while self.bytes_max < bytes || CACHE_ENTRIES_MAX < files.len() {
            let Some((true, _, path, size)) = files.pop() else { break };
            remove(&path)?;
            bytes -= size;
        }
        Ok(())
    }
}

impl fmt::Debug for DiskCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskCache")
            .field("directory", &self.directory)
            .field("bytes_max", &self.bytes_max)
            .finish_non_exhaustive()
    }
}

impl PackageCache for DiskCache {
    fn get(&self, digest: &Digest) -> Result<Option<Bytes>, BoxError> {
        let path = self.path(digest);
        let file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(err.into()),
        };
        let mut package = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(&file, PACKAGE_BYTES_MAX + 1), &mut package)?;
        if Digest::of(&package) != *digest {
            remove(&path)?;
            return Ok(None);
        }
        // A cache that cannot be written still serves.
        if let Ok(file) = fs::File::options().append(true).open(&path) {
            let _ = file.set_modified(self.now());
        }
        Ok(Some(package.into()))
    }

    fn put(&self, digest: &Digest, package: &Bytes) -> Result<(), BoxError> {
        static WRITES: AtomicU64 = AtomicU64::new(0);
        if self.bytes_max < package.len() as u64 {
            return Ok(());
        }
        fs::create_dir_all(&self.directory)?;
        let number = WRITES.fetch_add(1, Ordering::Relaxed);
        let name = format!(".{}-{}-{number}.part", digest.to_hex(), std::process::id());
        let part = self.directory.join(name);
        let path = self.path(digest);
        let written = (|| {
            let mut file = fs::File::create_new(&part)?;
            file.write_all(package)?;
            file.set_modified(self.now())?;
            fs::rename(&part, &path)
        })();
        if let Err(err) = written {
            let _ = fs::remove_file(&part);
            return Err(err.into());
        }
        Ok(self.shrink(&path)?)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => Err(err),
        _ => Ok(()),
    }
}
