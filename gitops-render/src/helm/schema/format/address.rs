//! Addresses: of machines, people and pages.

use crate::helm::text::go_quote;

pub(super) fn ipv4(text: &str) -> Result<(), String> {
    let groups: Vec<&str> = text.split('.').collect();
    if groups.len() != 4 {
        return Err("expected four decimals".to_owned());
    }
    for group in groups {
        if 1 < group.len() && group.starts_with('0') {
            return Err("leading zeros".to_owned());
        }
        let digits = group.strip_prefix(['+', '-']).unwrap_or(group);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("strconv.Atoi: parsing {}: invalid syntax", go_quote(group)));
        }
        if !group.parse().is_ok_and(|value: i64| (0..=255).contains(&value)) {
            return Err("decimal must be between 0 and 255".to_owned());
        }
    }
    Ok(())
}

pub(super) fn ipv6(text: &str) -> Result<(), String> {
    if !text.contains(':') {
        return Err("missing colon".to_owned());
    }
    if text.contains('%') {
        return Err("zone id is not a part of ipv6 address".to_owned());
    }
    let parsed: Result<std::net::Ipv6Addr, _> = text.parse();
    parsed.map(drop).map_err(|_| format!("ParseAddr({}): unable to parse IP", go_quote(text)))
}

pub(super) fn hostname(text: &str) -> Result<(), String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if 253 < text.len() {
        return Err("more than 253 characters long".to_owned());
    }
    for label in text.split('.') {
        if label.is_empty() || 63 < label.len() {
            return Err("label must be 1 to 63 characters long".to_owned());
        }
        if label.starts_with('-') {
            return Err("label starts with hyphen".to_owned());
        }
        if label.ends_with('-') {
            return Err("label ends with hyphen".to_owned());
        }
        let allowed = |char: char| char.is_ascii_alphanumeric() || char == '-';
        if let Some(char) = label.chars().find(|char| !allowed(*char)) {
            return Err(format!("invalid character {char:?}"));
        }
    }
    Ok(())
}

pub(super) fn email(text: &str) -> Result<(), String> {
    let wrong = |problem: &str| Err(problem.to_owned());
    if 254 < text.len() {
        return wrong("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return wrong("missing @") };
    if 64 < local.len() {
        return wrong("local part more than 64 characters long");
    }
    if 1 < local.len() && local.starts_with('"') && local.ends_with('"') {
        if local[1..local.len() - 1].contains(['\\', '"']) {
            return wrong("backslash and quote are not allowed within quoted local part");
        }
    } else {
        if local.starts_with('.') {
            return wrong("starts with dot");
        }
        if local.ends_with('.') {
            return wrong("ends with dot");
        }
        if local.contains("..") {
            return wrong("consecutive dots");
        }
        let signs = ".!#$%&'*+-/=?^_`{|}~";
        let allowed = |char: char| char.is_ascii_alphanumeric() || signs.contains(char);
        if let Some(char) = local.chars().find(|char| !allowed(*char)) {
            return Err(format!("invalid character {char:?}"));
        }
    }
    let bare = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']'));
    match bare {
        Some(address) => match address.strip_prefix("IPv6:") {
            Some(v6) => ipv6(v6).map_err(|err| format!("invalid ipv6 address: {err}")),
            None => ipv4(address).map_err(|err| format!("invalid ipv4 address: {err}")),
        },
        None => hostname(domain).map_err(|err| format!("invalid domain: {err}")),
    }
}

pub(super) fn uri(text: &str) -> Result<(), String> {
    parse_url(text)?;
    match scheme(text) {
        Some(_) => Ok(()),
        None => Err("relative url".to_owned()),
    }
}

pub(super) fn uri_reference(text: &str) -> Result<(), String> {
    if text.contains('\\') {
        return Err("contains \\".to_owned());
    }
    parse_url(text)
}

fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let fits =
        scheme.starts_with(|char: char| char.is_ascii_alphabetic()) && scheme.bytes().all(rest);
    fits.then_some(scheme)
}

// What Go's parser refuses most: control characters, bad escapes, a missing scheme.
fn parse_url(text: &str) -> Result<(), String> {
    let wrong = |problem: &str| Err(format!("parse {}: {problem}", go_quote(text)));
    if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return wrong("net/url: invalid control character in URL");
    }
    if text.starts_with(':') {
        return wrong("missing protocol scheme");
    }
    let path = text.split(['?', '#']).next().unwrap_or(text);
    if scheme(text).is_none() && path.split('/').next().is_some_and(|first| first.contains(':')) {
        return wrong("first path segment in URL cannot contain colon");
    }
    for (at, _) in path.match_indices('%') {
        let hex = path.get(at + 1..at + 3);
        if !hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            let end = (at + 3).min(path.len());
            let shown = go_quote(path.get(at..end).unwrap_or("%"));
            return wrong(&format!("invalid URL escape {shown}"));
        }
    }
    Ok(())
}
