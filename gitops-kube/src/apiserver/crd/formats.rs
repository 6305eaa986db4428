//! The formats that texts are checked for.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::LazyLock,
};

use regex::Regex;

const SHORT_NAME: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const HEX: &str = "[0-9a-f]";

/// Formats that a pattern describes.
static PATTERNS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    let uuid = |third: &str, fourth: &str| {
        format!("(?i)^{HEX}{{8}}-?{HEX}{{4}}-?{third}-?{fourth}-?{HEX}{{12}}$")
    };
    let any = format!("{HEX}{{4}}");
    let variant = format!("[89ab]{HEX}{{3}}");
    let version = |digit: u8| format!("{digit}{HEX}{{3}}");
    let table = [
        ("hostname", HOSTNAME.to_owned()),
        ("uuid", uuid(&any, &any)),
        ("uuid3", uuid(&version(3), &any)),
        ("uuid4", uuid(&version(4), &variant)),
        ("uuid5", uuid(&version(5), &variant)),
        ("hexcolor", "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$".to_owned()),
        ("rgbcolor", RGB.to_owned()),
        ("ssn", r"^\d{3}[- ]?\d{2}[- ]?\d{4}$".to_owned()),
        ("byte", BASE64.to_owned()),
        ("creditcard", CARD.to_owned()),
        ("mac", MAC.to_owned()),
        (
            "time",
            "^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$".to_owned(),
        ),
        ("duration", r"(?i)((\d+)\s*([A-Za-zµ]+))".to_owned()),
        ("goduration", r"^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$".to_owned()),
        ("k8sshortname", format!("^{SHORT_NAME}$")),
        ("k8slongname", format!(r"^{SHORT_NAME}(\.{SHORT_NAME})*$")),
        ("email", EMAIL.to_owned()),
        ("objectid", "^[0-9a-fA-F]{24}$".to_owned()),
    ];
    let compiled =
        table.into_iter().filter_map(|(name, source)| Some((name, Regex::new(&source).ok()?)));
    compiled.collect()
});

const HOSTNAME: &str = concat!(
    r"^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)",
    r"|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}",
    r"([a-zA-Z\p{L}]){2,63})$",
);
const RGB: &str = concat!(
    r"^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])",
    r"\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])",
    r"\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])",
    r"\s*\)$",
);
const BASE64: &str =
    "^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$";
const CARD: &str = concat!(
    r"^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}",
    r"|(222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}",
    r"|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}",
    r"|(?:2131|1800|35\d{3})\d{11}|6[27][0-9]{14})$",
);
const MAC: &str = concat!(
    r"^(([0-9A-Fa-f]{2}[:-]){5}([0-9A-Fa-f]{2}[:-]){0,14}[0-9A-Fa-f]{2}",
    r"|([0-9A-Fa-f]{4}\.){2,9}[0-9A-Fa-f]{4})$",
);
const EMAIL: &str = concat!(
    r#"^\s*("?[^"<>@]*"?\s*<[^\s<>@,;:"()\[\]]+@[^\s<>@,;:"()]+>"#,
    r#"|[^\s<>@,;:"()\[\].]+(\.[^\s<>@,;:"()\[\].]+)*@[^\s<>@,;:"()\[\]]+)\s*$"#,
);

/// Formats of texts that are checked, without their hyphens.
const CHECKED: [&str; 25] = [
    "bsonobjectid",
    "uri",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "cidr",
    "mac",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
    "isbn",
    "isbn10",
    "isbn13",
    "creditcard",
    "ssn",
    "hexcolor",
    "rgbcolor",
    "byte",
    "password",
    "date",
    "duration",
    "datetime",
    "k8sshortname",
];

/// Returns the format if it is checked for values of a type, nothing otherwise.
pub(crate) fn checked<'f>(kind: &str, format: &'f str) -> &'f str {
    let known = match kind {
        "" | "string" => {
            let plain = format.replace('-', "");
            CHECKED.contains(&plain.as_str()) || plain == "k8slongname"
        }
        "integer" => matches!(format, "int32" | "int64"),
        "number" => matches!(format, "float" | "double"),
        _ => false,
    };
    if known { format } else { "" }
}

/// Whether texts are checked for a format.
pub(crate) fn is_for_text(format: &str) -> bool {
    !format.is_empty() && checked("string", format) == format
}

fn matches(name: &str, text: &str) -> bool {
    PATTERNS.iter().any(|(known, regex)| *known == name && regex.is_match(text))
}

/// Whether a text has a format.
pub(crate) fn fits(format: &str, text: &str) -> bool {
    let format = format.replace('-', "");
    match format.as_str() {
        "password" => true,
        "hostname" => {
            matches("hostname", text)
                && text.len() <= 255
                && text.split('.').all(|label| label.len() <= 63)
        }
        "bsonobjectid" => matches("objectid", text),
        "ipv4" => ipv4(text),
        "ipv6" => text.contains(':') && text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => cidr(text),
        "uri" => uri(text),
        "date" => date(text),
        "datetime" => date_time(text),
        "duration" => duration(text),
        "isbn" => isbn10(text) || isbn13(text),
        "isbn10" => isbn10(text),
        "isbn13" => isbn13(text),
        "creditcard" => card(text),
        "k8sshortname" => text.len() <= 63 && matches("k8sshortname", text),
        "k8slongname" => text.len() <= 253 && matches("k8slongname", text),
        name => matches(name, text),
    }
}

/// Numbers may have leading zeros here.
fn ipv4(text: &str) -> bool {
    if text.contains(':') {
        return text.contains('.') && text.parse::<Ipv6Addr>().is_ok();
    }
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 4
        && parts.iter().all(|part| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && part.parse::<u32>().is_ok_and(|number| number <= 255)
        })
}

fn cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let digits = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
    let Some(bits) = bits.parse::<u32>().ok().filter(|_| digits) else { return false };
    if address.contains(':') {
        matches!(address.parse::<IpAddr>(), Ok(IpAddr::V6(_))) && bits <= 128
    } else {
        ipv4(address) && bits <= 32
    }
}

/// What may stand in a request line: an absolute URI or an absolute path.
fn uri(text: &str) -> bool {
    if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return false;
    }
    if text.starts_with('/') {
        return !text.contains(' ') || !text.starts_with("//");
    }
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let mut letters = scheme.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        && !rest.split('/').nth(2).is_some_and(|host| rest.starts_with("//") && host.contains(' '))
}

fn date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && text.parse::<jiff::civil::Date>().is_ok()
}

fn date_time(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut parts = lower.split('t');
    let (Some(day), Some(time)) = (parts.next(), parts.next()) else { return false };
    date(day)
        && matches("time", time)
        && time.get(0..2).is_some_and(|hours| hours <= "23")
        && time.get(3..5).is_some_and(|minutes| minutes <= "59")
        && time.get(6..8).is_some_and(|seconds| seconds <= "59")
}

/// Go's durations, and words such as `3 days`.
fn duration(text: &str) -> bool {
    const EXACT: [&str; 18] = [
        "ns", "nano", "us", "µs", "micro", "ms", "milli", "s", "sec", "m", "min", "h", "hr",
        "hour", "d", "day", "w", "week",
    ];
    const PREFIXES: [&str; 8] = ["nano", "micro", "milli", "sec", "min", "hour", "day", "week"];
    if matches("goduration", text) {
        return true;
    }
    let Some((_, regex)) = PATTERNS.iter().find(|(name, _)| *name == "duration") else {
        return false;
    };
    regex.captures_iter(text).any(|found| {
        let unit = found.get(3).map(|unit| unit.as_str().trim().to_lowercase()).unwrap_or_default();
        EXACT.contains(&unit.as_str()) || PREFIXES.iter().any(|known| unit.starts_with(known))
    })
}

fn digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect()
}

fn isbn10(text: &str) -> bool {
    let text = digits(text);
    let valid = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| byte.is_ascii_digit() || (at == 9 && byte == b'X'));
    let sum = (1_u32..).zip(text.bytes()).map(|(place, byte)| {
        place * if byte == b'X' { 10 } else { u32::from(byte.wrapping_sub(b'0')) }
    });
    valid && sum.sum::<u32>() % 11 == 0
}

fn isbn13(text: &str) -> bool {
    let text = digits(text);
    let valid = text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit());
    let sum = text
        .bytes()
        .enumerate()
        .map(|(at, byte)| u32::from(byte.wrapping_sub(b'0')) * if at % 2 == 0 { 1 } else { 3 });
    valid && sum.sum::<u32>() % 10 == 0
}

fn card(text: &str) -> bool {
    let text: String = text.chars().filter(char::is_ascii_digit).collect();
    let sum = text.bytes().rev().enumerate().map(|(at, byte)| {
        let digit = u32::from(byte - b'0');
        let doubled = if at % 2 == 0 { digit } else { digit * 2 };
        doubled / 10 + doubled % 10
    });
    matches("creditcard", &text) && sum.sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn texts_have_formats() {
        for (format, good, bad) in [
            ("ipv4", "010.0.0.1", "1.2.3"),
            ("ipv6", "::1", "1.2.3.4"),
            ("cidr", "10.0.0.0/8", "10.0.0.0"),
            ("uri", "https://a.b/c", "no uri"),
            ("email", "a@b.c", "a.b.c"),
            ("hostname", "a-b.example.com", "a_b"),
            ("mac", "00:11:22:33:44:55", "00:11"),
            ("uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7"),
            ("date", "2024-02-29", "2023-02-29"),
            ("date-time", "2024-01-01T00:00:00Z", "2024-01-01"),
            ("duration", "1h30m", "soon"),
            ("duration", "3 days", "3 moons"),
            ("byte", "YQ==", "a"),
            ("isbn10", "0321751043", "0321751044"),
            ("isbn13", "978-0321751041", "978-0321751042"),
            ("creditcard", "4111 1111 1111 1111", "4111"),
            ("hexcolor", "#fff", "#ff"),
            ("rgbcolor", "rgb(1,2,3)", "rgb(1,2)"),
            ("k8s-short-name", "a-b", "A"),
            ("k8s-long-name", "a.b", "a..b"),
        ] {
            assert!(fits(format, good), "{format} {good}");
            assert!(!fits(format, bad), "{format} {bad}");
        }
    }
}
