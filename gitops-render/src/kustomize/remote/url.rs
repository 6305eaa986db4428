//! Addresses of repositories as kustomizations write them.
//!
//! The grammar is that of Kustomize's `internal/git/repospec.go`: an address names the repository,
//! a directory in it after `//`, `.git` or `_git/NAME`, or after the second part of the path, and
//! a branch, tag or commit as `?ref=`.

use super::RemoteRepository;

const SCHEMES: [&str; 4] = ["ssh://", "https://", "http://", "file://"];

/// A directory of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kustomize) struct RemoteUrl {
    pub(in crate::kustomize) repository: RemoteRepository,
    /// The directory in the repository; empty for its root.
    pub(in crate::kustomize) directory: String,
}

impl RemoteUrl {
    /// Returns nothing where `text` is no address of a repository, such as a path.
    pub(in crate::kustomize) fn parse(text: &str) -> Option<Self> {
        if text.starts_with('/') {
            return None;
        }
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let (host, path) = host(without_prefix(address, "git::").unwrap_or(address))?;
        let whole = host.starts_with("file://");
        let (repository, directory) = split(path, whole)?;
        if repository.is_empty() || leaves(directory) {
            return None;
        }
        let repository =
            RemoteRepository { url: format!("{host}{repository}"), reference: reference(query) };
        let directory = directory.strip_prefix('/').unwrap_or(directory).to_owned();
        Some(Self { repository, directory })
    }
}

/// Whether `text` is the address of a file in the web, as far as one can see from it.
pub(in crate::kustomize) fn is_web(text: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| without_prefix(text, scheme).is_some())
}

fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

// Returns scheme, user and host together, and the rest.
fn host(text: &str) -> Option<(String, &str)> {
    let scheme = SCHEMES.iter().find_map(|scheme| Some((*scheme, without_prefix(text, scheme)?)));
    let (scheme, text) = scheme.unwrap_or(("", text));
    let (user, rest) = user(text);
    let github =
        ["github.com/", "github.com:"].iter().any(|host| without_prefix(rest, host).is_some());
    let scp = scheme.is_empty() && (!user.is_empty() || github);
    if scheme.is_empty() && !scp {
        return None;
    }
    if scheme == "file://" {
        return Some((scheme.to_owned(), text));
    }
    let slash = rest.find('/');
    let colon = rest.find(':').filter(|at| scp && 0 < *at);
    let end = match (slash, colon) {
        (Some(slash), Some(colon)) => Some(slash.min(colon)),
        (slash, colon) => slash.or(colon),
    };
    let (host, path) = end.map_or((rest, ""), |end| rest.split_at(end + 1));
    if host.is_empty() {
        return None;
    }
    if !github {
        return Some((format!("{scheme}{user}{host}"), path));
    }
    Some(match scheme == "ssh://" || !user.is_empty() {
        true => (format!("{user}github.com:"), path),
        false => ("https://github.com/".to_owned(), path),
    })
}

// The user with its `@`, and the rest.
fn user(text: &str) -> (&str, &str) {
    let name = text.split('@').next().unwrap_or_default();
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if named && name.len() < text.len() { text.split_at(name.len() + 1) } else { ("", text) }
}

// Returns the path of the repository and the directory in it.
fn split(path: &str, whole: bool) -> Option<(&str, &str)> {
    const ROOT: &str = "_git/";
    if let Some(start) = path.find(ROOT) {
        let name = start + ROOT.len();
        let end = path[name..].find('/').map_or(path.len(), |at| name + at);
        return Some((&path[..end], path[end..].strip_prefix('/').unwrap_or("")));
    }
    if let Some((repository, directory)) = path.split_once("//") {
        return Some((repository, directory));
    }
    if let Some(start) = path.find(".git") {
        return Some(path.split_at(start + ".git".len()));
    }
    if whole {
        return Some((path, ""));
    }
    let first = path.find('/')?;
    let end = path[first + 1..].find('/').map_or(path.len(), |at| first + 1 + at);
    Some((&path[..end], path[end..].strip_prefix('/').unwrap_or("")))
}

// Whether a path leads out of the repository.
fn leaves(directory: &str) -> bool {
    let mut depth = 0_usize;
    for part in directory.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

// The branch, tag or commit that a query asks for.
fn reference(query: &str) -> String {
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(key, _)| *key == name)?;
        Some(decoded(found.1)).filter(|value| !value.is_empty())
    };
    value("ref").or_else(|| value("version")).unwrap_or_default()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let hex = more.get(..2).filter(|_| *first == b'%');
        let code = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(code.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if code.is_some() { &more[2..] } else { more };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::RemoteUrl;

    fn parsed(text: &str) -> Option<(String, String, String)> {
        let url = RemoteUrl::parse(text)?;
        Some((url.repository.url, url.directory, url.repository.reference))
    }

    #[test]
    fn an_address_has_a_repository_a_directory_and_a_reference() {
        let cases = [
            ("https://github.com/org/repo", "https://github.com/org/repo", "", ""),
            ("github.com/org/repo/a/b?ref=v1", "https://github.com/org/repo", "a/b", "v1"),
            ("https://github.com/org/repo//a?version=v2", "https://github.com/org/repo", "a", "v2"),
            ("git@github.com:org/repo//a?ref=x&timeout=9", "git@github.com:org/repo", "a", "x"),
            ("ssh://git@github.com/org/repo.git/a", "git@github.com:org/repo.git", "a", ""),
            (
                "git::https://git.example.org/org/repo/a",
                "https://git.example.org/org/repo",
                "a",
                "",
            ),
            (
                "https://me@dev.example.org/o/p/_git/repo/a/b",
                "https://me@dev.example.org/o/p/_git/repo",
                "a/b",
                "",
            ),
            ("git@example.org:a/b/c.git/d", "git@example.org:a/b/c.git", "d", ""),
            ("file:///srv/repo//a?ref=release%2F1", "file:///srv/repo", "a", "release/1"),
            ("file:///srv/repo/a", "file:///srv/repo/a", "", ""),
        ];
        for (text, repository, directory, reference) in cases {
            let want = (repository.to_owned(), directory.to_owned(), reference.to_owned());
            assert_eq!(parsed(text), Some(want), "{text}");
        }
    }

    #[test]
    fn a_path_is_no_address() {
        for text in [
            "base",
            "../base",
            "/abs",
            "a.git//b",
            "example.org/a/b",
            "https://host/a",
            "",
            "https://github.com/a/b//../../c",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
