//! What a registry asks for before it answers.

/// What a `401` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A user name and a password.
    Basic,
    /// A token, which is given out elsewhere.
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
}

/// How long a header with challenges may be, in bytes.
pub const CHALLENGE_BYTES_MAX: usize = 8 << 10;

/// Reads the `WWW-Authenticate` headers of an answer. A token is preferred.
pub(super) fn challenge<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let mut basic = None;
    for header in headers.filter(|header| header.len() <= CHALLENGE_BYTES_MAX) {
        for (scheme, parameters) in schemes(header) {
            let parameter = |name: &str| {
                let found = parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.clone())
            };
            if scheme.eq_ignore_ascii_case("basic") {
                basic = Some(Challenge::Basic);
            } else if scheme.eq_ignore_ascii_case("bearer")
                && let Some(realm) = parameter("realm")
            {
                let (service, scope) = (parameter("service"), parameter("scope"));
                return Some(Challenge::Bearer { realm, service, scope });
            }
        }
    }
    basic
}

type Parameters = Vec<(String, String)>;

// `Scheme name="value", name=value, Scheme …`
fn schemes(header: &str) -> Vec<(String, Parameters)> {
    let mut schemes: Vec<(String, Parameters)> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        if end == 0 {
            // Nothing is left, or what is left is no name.
            return schemes;
        }
        let (name, after) = rest.split_at(end);
        let value = after.trim_start_matches([' ', '\t']).strip_prefix('=');
        let Some(value) = value else {
            schemes.push((name.to_owned(), Vec::new()));
            rest = after;
            continue;
        };
        let (value, after) = value_of(value.trim_start_matches([' ', '\t']));
        if let Some((_, parameters)) = schemes.last_mut() {
            parameters.push((name.to_owned(), value));
        }
        rest = after;
    }
}

fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, char)| char)),
            char => value.push(char),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let bearer = |realm: &str, service: Option<&str>, scope: Option<&str>| {
            let (service, scope) = (service.map(str::to_owned), scope.map(str::to_owned));
            Some(Challenge::Bearer { realm: realm.to_owned(), service, scope })
        };
        let full = r#"Bearer realm="https://a/token",service="a",scope="repository:x:pull,push""#;
        let cases = [
            (full, bearer("https://a/token", Some("a"), Some("repository:x:pull,push"))),
            (r#"bearer realm="q\"uote" , service=plain"#, bearer("q\"uote", Some("plain"), None)),
            (r#"Basic realm="x", Bearer realm="y""#, bearer("y", None, None)),
            (r#"Basic realm="x""#, Some(Challenge::Basic)),
            ("Negotiate", None),
            ("Bearer", None),
            (r#"Bearer realm="open"#, bearer("open", None, None)),
            ("", None),
            ("= , =", None),
        ];
        for (header, expected) in cases {
            assert_eq!(challenge([header].into_iter()), expected, "{header}");
        }
        let long = format!("Basic realm=\"{}\"", "x".repeat(CHALLENGE_BYTES_MAX));
        assert_eq!(challenge([long.as_str()].into_iter()), None, "past CHALLENGE_BYTES_MAX");
    }
}
