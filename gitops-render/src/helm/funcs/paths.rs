//! Paths with slashes, as Go's `path` treats them.

use super::super::value::{Type, Value};
use super::args::bytes;
use super::{Function, fixed};

const STR: &[Type] = &[Type::Str];

pub(super) const TABLE: &[Function] = &[
    fixed("base", STR, Type::Str, |_, v| Ok(Value::text(base(bytes(v, 0))))),
    fixed("osBase", STR, Type::Str, |_, v| Ok(Value::text(base(bytes(v, 0))))),
    fixed("dir", STR, Type::Str, |_, v| Ok(Value::text(dir(bytes(v, 0))))),
    fixed("osDir", STR, Type::Str, |_, v| Ok(Value::text(dir(bytes(v, 0))))),
    fixed("clean", STR, Type::Str, |_, v| Ok(Value::text(clean(bytes(v, 0))))),
    fixed("osClean", STR, Type::Str, |_, v| Ok(Value::text(clean(bytes(v, 0))))),
    fixed("ext", STR, Type::Str, |_, v| Ok(Value::text(ext(bytes(v, 0))))),
    fixed("osExt", STR, Type::Str, |_, v| Ok(Value::text(ext(bytes(v, 0))))),
    fixed("isAbs", STR, Type::Bool, |_, v| Ok(Value::Bool(bytes(v, 0).starts_with(b"/")))),
    fixed("osIsAbs", STR, Type::Bool, |_, v| Ok(Value::Bool(bytes(v, 0).starts_with(b"/")))),
];

fn base(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    if end == 0 {
        return b"/";
    }
    let path = &path[..end];
    path.iter().rposition(|byte| *byte == b'/').map_or(path, |slash| &path[slash + 1..])
}

fn dir(path: &[u8]) -> Vec<u8> {
    let end = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    clean(&path[..end])
}

fn ext(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| matches!(byte, b'.' | b'/')) {
        Some(at) if path[at] == b'.' => &path[at..],
        _ => b"",
    }
}

/// The shortest path that means the same.
fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if rooted => {}
            part => parts.push(part),
        }
    }
    let inner = parts.join(&b"/"[..]);
    match (rooted, inner.is_empty()) {
        (true, _) => [b"/", inner.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => inner,
    }
}
