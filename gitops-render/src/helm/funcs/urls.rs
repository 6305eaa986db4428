//! `urlParse` and `urlJoin`: URLs in their parts, as Go takes them apart, with nothing normalised.

use super::super::template::print::quote::quote_cut;
use super::super::value::{Map, Type, Value};
use super::args::{bytes, map};
use super::{Answer, Failure, Function, fixed};

pub(super) const TABLE: &[Function] = &[
    fixed("urlParse", &[Type::Str], Type::Map, |_, v| url_parse(bytes(v, 0))),
    fixed("urlJoin", &[Type::Map], Type::Str, |_, v| url_join(&map(v, 0))),
];

/// The parts of a URL, escapes resolved in path and fragment.
#[derive(Debug, Default)]
struct Url {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    userinfo: Option<Vec<u8>>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

fn url_parse(text: &[u8]) -> Answer {
    let url = parse(text).map_err(|problem| {
        let text = quote_cut(text, None);
        Failure::new(format!("unable to parse url: parse {text}: {problem}"))
    })?;
    let hostname = hostname(&url.host).to_vec();
    Ok(Value::map([
        ("scheme", Value::text(url.scheme)),
        ("host", Value::text(url.host)),
        ("hostname", Value::text(hostname)),
        ("path", Value::text(url.path)),
        ("query", Value::text(url.query)),
        ("opaque", Value::text(url.opaque)),
        ("fragment", Value::text(url.fragment)),
        ("userinfo", Value::text(url.userinfo.unwrap_or_default())),
    ]))
}

fn parse(text: &[u8]) -> Result<Url, String> {
    let mut url = Url::default();
    if text.iter().any(|byte| *byte < b' ' || *byte == 0x7f) {
        return Err("net/url: invalid control character in URL".into());
    }
    let (main, fragment) = cut(text, b'#');
    url.fragment = unescape(fragment.unwrap_or_default(), false)?;
    if main == b"*" {
        url.path = main.to_vec();
        return Ok(url);
    }
    let mut rest = main;
    if let Some((scheme, after)) = scheme(main)? {
        url.scheme = scheme.to_ascii_lowercase();
        rest = after;
    }
    let (rest, query) = cut(rest, b'?');
    url.query = query.unwrap_or_default().to_vec();
    let mut rest = rest;
    if !rest.starts_with(b"/") {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_vec();
            return Ok(url);
        }
        let first = rest.split(|byte| *byte == b'/').next().unwrap_or_default();
        if first.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".into());
        }
    }
    if rest.starts_with(b"//") && !(url.scheme.is_empty() && rest.starts_with(b"///")) {
        let body = &rest[2..];
        let end = body.iter().position(|byte| *byte == b'/').unwrap_or(body.len());
        authority(&body[..end], &mut url)?;
        rest = &body[end..];
    }
    url.path = unescape(rest, false)?;
    Ok(url)
}

fn cut(text: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == mark) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

type Split<'t> = Option<(&'t [u8], &'t [u8])>;

fn scheme(text: &[u8]) -> Result<Split<'_>, String> {
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".into()),
            b':' => return Ok(Some((&text[..at], &text[at + 1..]))),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

fn authority(text: &[u8], url: &mut Url) -> Result<(), String> {
    let (userinfo, host) = match text.iter().rposition(|byte| *byte == b'@') {
        Some(at) => (Some(&text[..at]), &text[at + 1..]),
        None => (None, text),
    };
    let port = match host.strip_prefix(b"[") {
        Some(inner) => match inner.iter().rposition(|byte| *byte == b']') {
            Some(end) => &inner[end + 1..],
            None => return Err("missing ']' in host".into()),
        },
        None => match host.iter().rposition(|byte| *byte == b':') {
            Some(at) => &host[at..],
            None => &[],
        },
    };
    let digits = port.strip_prefix(b":");
    if !port.is_empty() && !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_digit)) {
        return Err(format!("invalid port {} after host", quote_cut(port, None)));
    }
    if let Some(bad) = host
        .iter()
        .find(|byte| matches!(byte, b' ' | b'"' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'))
    {
        let shown = quote_cut(&[*bad], None);
        return Err(format!("invalid character {shown} in host name"));
    }
    url.host = unescape(host, true)?;
    if let Some(userinfo) = userinfo {
        let allowed =
            |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
        if !userinfo.iter().all(allowed) {
            return Err("net/url: invalid userinfo".into());
        }
        url.userinfo = Some(printed_userinfo(userinfo)?);
    }
    Ok(())
}

/// What is given, with the escapes that Go writes.
fn printed_userinfo(text: &[u8]) -> Result<Vec<u8>, String> {
    let (name, password) = cut(text, b':');
    let mut out = escape(&unescape(name, false)?, b"$&+,;=");
    if let Some(password) = password {
        out.push(b':');
        out.extend(escape(&unescape(password, false)?, b"$&+,;="));
    }
    Ok(out)
}

fn hostname(host: &[u8]) -> &[u8] {
    if let Some(inner) = host.strip_prefix(b"[") {
        if let Some(end) = inner.iter().rposition(|byte| *byte == b']') {
            return &inner[..end];
        }
    }
    match host.iter().rposition(|byte| *byte == b':') {
        Some(at) => &host[..at],
        None => host,
    }
}

fn unescape(text: &[u8], host: bool) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        if *byte != b'%' {
            out.push(*byte);
            rest = after;
            continue;
        }
        let hex = rest.get(1..3).and_then(|pair| std::str::from_utf8(pair).ok());
        let value = hex
            .filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match value {
            Some(value) if !host || value >= 0x80 || &rest[..3] == b"%25" => {
                out.push(value);
                rest = &rest[3..];
            }
            _ => {
                let shown = quote_cut(&rest[..rest.len().min(3)], None);
                return Err(format!("invalid URL escape {shown}"));
            }
        }
    }
    Ok(out)
}

fn escape(text: &[u8], kept: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) || kept.contains(byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    out
}

fn part(parts: &Map, key: &str) -> Result<Vec<u8>, Failure> {
    match parts.get(key) {
        None => Ok(Vec::new()),
        Some(Value::Str(text)) => Ok(text.to_vec()),
        Some(Value::Nil) => Err(super::args::nil_dereference()),
        Some(other) => {
            let kind = other.kind().name();
            Err(format!("unable to parse {key} key, must be of type string, but {kind} found")
                .into())
        }
    }
}

fn url_join(parts: &Map) -> Answer {
    let [scheme, host, path, query, opaque, fragment] =
        ["scheme", "host", "path", "query", "opaque", "fragment"].map(|key| part(parts, key));
    let (scheme, host, path) = (scheme?, host?, path?);
    let (query, opaque, fragment) = (query?, opaque?, fragment?);
    let userinfo = part(parts, "userinfo")?;
    let mut out = Vec::new();
    if !scheme.is_empty() {
        out.extend_from_slice(&scheme);
        out.push(b':');
    }
    if opaque.is_empty() {
        if !scheme.is_empty() || !host.is_empty() || !userinfo.is_empty() {
            if !host.is_empty() || !path.is_empty() || !userinfo.is_empty() {
                out.extend_from_slice(b"//");
            }
            if !userinfo.is_empty() {
                let printed = printed_userinfo(&userinfo).map_err(|problem| {
                    Failure::new(format!("unable to parse userinfo in dict: {problem}"))
                })?;
                out.extend(printed);
                out.push(b'@');
            }
            out.extend(escape(&host, b"!$&'()*+,;=:[]<>\""));
        }
        if !path.is_empty() && !path.starts_with(b"/") && !host.is_empty() {
            out.push(b'/');
        }
        out.extend(escape(&path, b"$&+,/:;=@!'()*[]"));
    } else {
        out.extend_from_slice(&opaque);
    }
    if !query.is_empty() {
        out.push(b'?');
        out.extend_from_slice(&query);
    }
    if !fragment.is_empty() {
        out.push(b'#');
        out.extend(escape(&fragment, b"$&+,/:;=?@!()*'"));
    }
    Ok(Value::text(out))
}
