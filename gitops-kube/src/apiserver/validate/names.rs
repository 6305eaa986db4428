//! The forms that names and labels have.

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters \
                     or '-', and must start and end with an alphanumeric character (e.g. \
                     'my-name',  or '123-abc', regex used for validation is \
                     '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', \
                          start with an alphabetic character, and end with an alphanumeric \
                          character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
                          '[a-z]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
                         characters, '-' or '.', and must start and end with an alphanumeric \
                         character (e.g. 'example.com', regex used for validation is \
                         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, \
                     '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
                     'MyValue',  or 'my_value',  or '12345', regex used for validation is \
                     '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and \
                         must start and end with an alphanumeric character (e.g. 'MyName',  or \
                         'my.name',  or '123-abc', regex used for validation is \
                         '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or \
                          '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for \
                          validation is '[-._a-zA-Z0-9]+')";

/// How long a DNS label may be.
pub(crate) const LABEL_BYTES_MAX: usize = 63;
/// How long a DNS subdomain may be.
pub(crate) const SUBDOMAIN_BYTES_MAX: usize = 253;

fn lower(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    text.chars().all(|c| lower(c) || c == '-') && text.starts_with(lower) && text.ends_with(lower)
}

fn is_value(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
}

fn long(text: &str, max: usize) -> Option<String> {
    (max < text.len()).then(|| format!("must be no more than {max} bytes"))
}

fn many(text: &str, max: usize) -> Option<String> {
    (max < text.len()).then(|| format!("must be no more than {max} characters"))
}

/// Says why a text is no DNS label.
pub(crate) fn label(text: &str) -> Vec<String> {
    let form = (!is_label(text)).then(|| {
        let form = if text.split('.').all(is_label) { "must not contain dots" } else { LABEL };
        form.to_owned()
    });
    many(text, LABEL_BYTES_MAX).into_iter().chain(form).collect()
}

/// Says why a text is no DNS label that starts with a letter.
pub(crate) fn label_1035(text: &str) -> Vec<String> {
    let fits = is_label(text) && text.starts_with(|c: char| c.is_ascii_lowercase());
    let form = (!fits).then(|| LABEL_1035.to_owned());
    many(text, LABEL_BYTES_MAX).into_iter().chain(form).collect()
}

/// Says why a text cannot name a service.
pub(crate) fn service(text: &str) -> Vec<String> {
    if text.contains('.') {
        return vec!["must not contain dots".to_owned()];
    }
    label(text)
}

/// Says why a text is no DNS subdomain.
pub(crate) fn subdomain(text: &str) -> Vec<String> {
    let form = (!text.split('.').all(is_label)).then(|| SUBDOMAIN.to_owned());
    many(text, SUBDOMAIN_BYTES_MAX).into_iter().chain(form).collect()
}

/// Says why a text is no value of a label.
pub(crate) fn label_value(text: &str) -> Vec<String> {
    let form = (!text.is_empty() && !is_value(text)).then(|| VALUE.to_owned());
    long(text, LABEL_BYTES_MAX).into_iter().chain(form).collect()
}

/// Says why a text is no key of a label or annotation.
pub(crate) fn qualified(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((prefix, name)) if !name.contains('/') => {
            if prefix.is_empty() {
                problems.push("prefix part must be non-empty".to_owned());
            } else {
                problems.extend(subdomain(prefix).into_iter().map(|p| format!("prefix part {p}")));
            }
            name
        }
        Some(_) => {
            return vec![
                "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and \
                 must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  \
                 or '123-abc', regex used for validation is \
                 '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix \
                 and '/' (e.g. 'example.com/MyName')"
                    .to_owned(),
            ];
        }
    };
    if name.is_empty() {
        problems.push("name part must be non-empty".to_owned());
    }
    if let Some(problem) = long(name, LABEL_BYTES_MAX) {
        problems.push(format!("name part {problem}"));
    }
    if !is_value(name) {
        problems.push(NAME_PART.to_owned());
    }
    problems
}

/// Says why a text is no key of a `ConfigMap` or a Secret.
pub(crate) fn config_key(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(problem) = many(text, SUBDOMAIN_BYTES_MAX) {
        problems.push(problem);
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || !text.chars().all(fits) {
        problems.push(CONFIG_KEY.to_owned());
    }
    if text == "." {
        problems.push("must not be '.'".to_owned());
    } else if text == ".." {
        problems.push("must not be '..'".to_owned());
    } else if text.starts_with("..") {
        problems.push("must not start with '..'".to_owned());
    }
    problems
}

/// Says why a text is no DNS subdomain that starts with `*.`.
pub(crate) fn wildcard(text: &str) -> Vec<String> {
    let fits = text.strip_prefix("*.").is_some_and(|rest| rest.split('.').all(is_label));
    if fits && text.len() <= SUBDOMAIN_BYTES_MAX {
        return Vec::new();
    }
    vec![
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, \
         which must consist of lower case alphanumeric characters, '-' or '.' and end with an \
         alphanumeric character (e.g. '*.example.com', regex used for validation is \
         '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            .to_owned(),
    ]
}

/// How long the name of a port may be.
pub(crate) const PORT_BYTES_MAX: usize = 15;

/// Says why a text cannot name a port.
pub(crate) fn port(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if PORT_BYTES_MAX < text.len() {
        problems.push(format!("must be no more than {PORT_BYTES_MAX} characters"));
    }
    if text.is_empty() || !text.chars().all(|c| lower(c) || c == '-') {
        problems.push(
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned(),
        );
    }
    if !text.chars().any(|c| c.is_ascii_lowercase()) {
        problems.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        problems.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        problems.push("must not begin or end with a hyphen".to_owned());
    }
    problems
}

/// Whether a text is a range of addresses.
pub(crate) fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(std::net::IpAddr::V4(_)) => 32,
        Ok(std::net::IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u32>().is_ok_and(|bits| bits <= most)
}
