//! Patterns, and what Go's compiler says of those that are none.

use super::structure::PATTERN_BYTES_MAX;

/// Compiles a pattern.
///
/// # Errors
///
/// The words of Go's regular expression compiler.
pub(crate) fn compile(source: &str) -> Result<regex::Regex, String> {
    if let Some(problem) = refused(source) {
        return Err(format!("error parsing regexp: {problem}"));
    }
    regex::RegexBuilder::new(source).size_limit(PATTERN_BYTES_MAX).build().map_err(|_| {
        format!("error parsing regexp: invalid or unsupported Perl syntax: `{source}`")
    })
}

/// Finds the first thing that Go's compiler refuses.
fn refused(source: &str) -> Option<String> {
    let mut depth = 0_usize;
    let mut rest = source;
    let mut repeatable: Option<&str> = None;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            '\\' => {
                let Some(escaped) = after.chars().next() else {
                    return Some("trailing backslash at end of expression: ``".to_owned());
                };
                if escaped.is_ascii_digit() && escaped != '0'
                    || "ceghijklmopquwyEGHIJKLMNORTUVXYZ".contains(escaped)
                {
                    return Some(format!("invalid escape sequence: `\\{escaped}`"));
                }
                rest = &after[escaped.len_utf8()..];
                repeatable = None;
                continue;
            }
            '[' => match class_end(after) {
                Some(end) => {
                    rest = &after[end..];
                    repeatable = None;
                    continue;
                }
                None => return Some(format!("missing closing ]: `{rest}`")),
            },
            '(' => {
                depth += 1;
                if let Some(flags) = after.strip_prefix('?') {
                    if let Some(problem) = unknown_group(rest, flags) {
                        return Some(problem);
                    }
                    rest = flags;
                    repeatable = None;
                    continue;
                }
                repeatable = Some("(");
            }
            ')' => {
                if depth == 0 {
                    return Some(format!("unexpected ): `{source}`"));
                }
                depth -= 1;
                repeatable = None;
            }
            '*' | '+' | '?' => {
                let first = rest.len() == source.len();
                match repeated(c, if first { Some("(") } else { repeatable }) {
                    Ok(now) => repeatable = Some(now),
                    Err(problem) => return Some(problem),
                }
            }
            '|' => repeatable = Some("|"),
            _ => repeatable = None,
        }
        rest = after;
    }
    (0 < depth).then(|| format!("missing closing ): `{source}`"))
}

/// Says that a group begins as none does.
fn unknown_group(rest: &str, flags: &str) -> Option<String> {
    let behind = flags.starts_with("<=") || flags.starts_with("<!");
    let named = flags.starts_with("P<") || (flags.starts_with('<') && !behind);
    if named || flags.starts_with(|c: char| "imsU-:".contains(c)) {
        return None;
    }
    let shown: String = rest.chars().take(if behind { 4 } else { 3 }).collect();
    Some(format!("invalid or unsupported Perl syntax: `{shown}`"))
}

/// Returns the repetition that a sign makes of what stands before it.
fn repeated(sign: char, before: Option<&str>) -> Result<&'static str, String> {
    match (before, sign) {
        (Some("(" | "|"), sign) => {
            Err(format!("missing argument to repetition operator: `{sign}`"))
        }
        (None, '*') => Ok("*"),
        (None, '+') => Ok("+"),
        (None, _) => Ok("?"),
        // One question mark makes a repetition lazy, nothing else may follow one.
        (Some("*"), '?') => Ok("*?"),
        (Some("+"), '?') => Ok("+?"),
        (Some("?"), '?') => Ok("??"),
        (Some(before), sign) => {
            Err(format!("invalid nested repetition operator: `{before}{sign}`"))
        }
    }
}

/// Returns where a class of characters ends, counted after its opening bracket.
fn class_end(text: &str) -> Option<usize> {
    let mut at = usize::from(text.starts_with('^'));
    // A bracket that comes first stands for itself.
    if text[at..].starts_with(']') {
        at += 1;
    }
    while at < text.len() {
        let rest = &text[at..];
        let c = rest.chars().next()?;
        match c {
            '\\' => at += 1 + rest[1..].chars().next()?.len_utf8(),
            '[' if rest.starts_with("[:") => at += rest.find(":]").map_or(1, |end| end + 2),
            ']' => return Some(at + 1),
            c => at += c.len_utf8(),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn problems_are_named_as_go_names_them() {
        for (pattern, problem) in [
            ("[", "missing closing ]: `[`"),
            ("a(b", "missing closing ): `a(b`"),
            ("a)", "unexpected ): `a)`"),
            ("*a", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a\\", "trailing backslash at end of expression: ``"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("\\y", "invalid escape sequence: `\\y`"),
        ] {
            assert_eq!(compile(pattern).unwrap_err(), format!("error parsing regexp: {problem}"));
        }
        for pattern in ["^[a-z]+?$", "[]a]", "[[:alpha:]]", "(?i)a", "a{2,3}", "(?P<n>a)|b"] {
            assert!(compile(pattern).is_ok(), "{pattern}");
        }
        assert!(compile(&"(a{1000})".repeat(20_000)).is_err());
    }
}
