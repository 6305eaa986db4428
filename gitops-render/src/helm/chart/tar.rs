//! Tar archives: plain files and their names, long ones included.

use bytes::Bytes;

const BLOCK: usize = 512;

/// One file of an archive.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) kind: EntryKind,
    /// Empty but for plain files.
    pub(super) data: Bytes,
}

/// What a file of an archive is.
pub(super) enum EntryKind {
    Plain,
    Executable,
    /// A symbolic link, and where it leads.
    Link(String),
    /// A device, a hard link and the like.
    Other,
}

/// The files of an archive, one after the other. Folders are left out.
pub(super) struct Entries<'a> {
    archive: &'a Bytes,
    at: usize,
}

impl<'a> Entries<'a> {
    pub(super) fn new(archive: &'a Bytes) -> Self {
        Self { archive, at: 0 }
    }

    fn next_file(&mut self) -> Result<Option<Entry>, String> {
        // What a block in front of the file says about it.
        let (mut long_name, mut long_size, mut long_link) = (None, None, None);
        loop {
            let Some(header) = self.archive.get(self.at..self.at + BLOCK) else {
                let left = self.archive.len().saturating_sub(self.at);
                return if left == 0 { Ok(None) } else { Err("unexpected EOF".to_owned()) };
            };
            if header.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            check_sum(header)?;
            let kind = header[156];
            let size = match long_size.take() {
                Some(size) if !matches!(kind, b'x' | b'g' | b'L' | b'K') => size,
                _ => number(&header[124..136])?,
            };
            let start = self.at + BLOCK;
            let end = start.checked_add(size).filter(|end| *end <= self.archive.len());
            let end = end.ok_or("unexpected EOF")?;
            self.at = start + size.div_ceil(BLOCK) * BLOCK;
            let data = self.archive.slice(start..end);
            match kind {
                b'L' => long_name = Some(text(&data)),
                b'x' => {
                    for (key, value) in records(&data)? {
                        match key.as_str() {
                            "path" => long_name = Some(value),
                            "linkpath" => long_link = Some(value),
                            "size" => long_size = Some(value.parse().map_err(|_| INVALID)?),
                            _ => {}
                        }
                    }
                }
                b'K' => long_link = Some(text(&data)),
                b'g' => {}
                _ => {
                    let name = long_name.take().unwrap_or_else(|| name(header));
                    if kind == b'5' || name.ends_with('/') {
                        continue;
                    }
                    let kind = match kind {
                        b'0' | b'\0' | b'7' if number(&header[100..108])? & 0o111 != 0 => {
                            EntryKind::Executable
                        }
                        b'0' | b'\0' | b'7' => EntryKind::Plain,
                        b'2' => {
                            let short = || text(&header[157..257]);
                            EntryKind::Link(long_link.take().unwrap_or_else(short))
                        }
                        _ => EntryKind::Other,
                    };
                    let plain = matches!(kind, EntryKind::Plain | EntryKind::Executable);
                    let data = if plain { data } else { Bytes::new() };
                    return Ok(Some(Entry { name, kind, data }));
                }
            }
        }
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, String>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_file().transpose()
    }
}

const INVALID: &str = "archive/tar: invalid tar header";

fn check_sum(header: &[u8]) -> Result<(), String> {
    let own = number(&header[148..156])?;
    let sum: usize = header.iter().map(|byte| usize::from(*byte)).sum();
    let field: usize = header[148..156].iter().map(|byte| usize::from(*byte)).sum();
    // The field itself counts as blanks.
    if sum - field + 8 * usize::from(b' ') == own { Ok(()) } else { Err(INVALID.to_owned()) }
}

fn name(header: &[u8]) -> String {
    let name = text(&header[..100]);
    let posix = header[257..].starts_with(b"ustar\0");
    let prefix = if posix { text(&header[345..500]) } else { String::new() };
    if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

// Octal digits, or binary where the first bit is set.
fn number(field: &[u8]) -> Result<usize, String> {
    if field[0] & 0x80 != 0 {
        let rest = field[1..].iter().try_fold(usize::from(field[0] & 0x7f), |value, byte| {
            value.checked_mul(256)?.checked_add(usize::from(*byte))
        });
        return rest.ok_or_else(|| INVALID.to_owned());
    }
    let digits = text(field);
    let digits = digits.trim_matches(' ');
    if digits.is_empty() {
        return Ok(0);
    }
    usize::from_str_radix(digits, 8).map_err(|_| INVALID.to_owned())
}

// `LENGTH KEY=VALUE\n`, again and again.
fn records(data: &[u8]) -> Result<Vec<(String, String)>, String> {
    let mut records = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        let blank = rest.iter().position(|byte| *byte == b' ').ok_or(INVALID)?;
        let length: usize = text(&rest[..blank]).parse().map_err(|_| INVALID)?;
        let record = rest.get(blank + 1..length).and_then(|record| record.strip_suffix(b"\n"));
        let record = String::from_utf8_lossy(record.ok_or(INVALID)?).into_owned();
        let (key, value) = record.split_once('=').ok_or(INVALID)?;
        records.push((key.to_owned(), value.to_owned()));
        rest = &rest[length..];
    }
    Ok(records)
}
