//! Patterns of file names as Go's `path.Match` reads them.

/// A pattern that ends within a class or after a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadPattern;

impl std::fmt::Display for BadPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("syntax error in pattern")
    }
}

/// Whether `pattern` matches the whole of `name`. No `*` and no `?` matches a slash.
pub(crate) fn path_match(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let (mut pattern, mut name) = (pattern, name);
    'pattern: while !pattern.is_empty() {
        let (star, chunk, rest) = scan_chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(!name.contains('/'));
        }
        if let Some(left) = match_chunk(chunk, name)?
            && (left.is_empty() || !pattern.is_empty())
        {
            name = left;
            continue;
        }
        if star {
            for (at, char) in name.char_indices().take_while(|(_, char)| *char != '/') {
                if let Some(left) = match_chunk(chunk, &name[at + char.len_utf8()..])? {
                    if pattern.is_empty() && !left.is_empty() {
                        continue;
                    }
                    name = left;
                    continue 'pattern;
                }
            }
        }
        // What is left of the pattern must be right, even where it no longer counts.
        while !pattern.is_empty() {
            let (_, chunk, rest) = scan_chunk(pattern);
            match_chunk(chunk, "")?;
            pattern = rest;
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

// Splits off leading stars and what follows up to the next star.
fn scan_chunk(pattern: &str) -> (bool, &str, &str) {
    let chunk = pattern.trim_start_matches('*');
    let star = chunk.len() < pattern.len();
    let (mut in_class, mut escaped) = (false, false);
    for (at, char) in chunk.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '*' if !in_class => return (star, &chunk[..at], &chunk[at..]),
            _ => {}
        }
    }
    (star, chunk, "")
}

// Returns what is left of `name` after the chunk, or `None` where it does not match. The whole
// chunk is read in any case.
fn match_chunk<'n>(chunk: &str, name: &'n str) -> Result<Option<&'n str>, BadPattern> {
    let (mut chunk, mut name, mut failed) = (chunk.chars(), name.chars(), false);
    while let Some(want) = chunk.next() {
        failed |= name.as_str().is_empty();
        let found = if failed { None } else { name.next() };
        match want {
            '[' => {
                let (within, rest) = match_class(chunk.as_str(), found)?;
                chunk = rest.chars();
                failed |= !within;
            }
            '?' => failed |= found == Some('/'),
            '\\' => {
                let want = chunk.next().ok_or(BadPattern)?;
                failed |= found != Some(want);
            }
            want => failed |= found != Some(want),
        }
    }
    Ok((!failed).then_some(name.as_str()))
}

// Reads a class behind its `[`. Whether `found` is in it, and what follows `]`.
fn match_class(class: &str, found: Option<char>) -> Result<(bool, &str), BadPattern> {
    let negated = class.starts_with('^');
    let mut rest = class.strip_prefix('^').unwrap_or(class);
    let (mut within, mut ranges) = (false, 0);
    loop {
        if 0 < ranges
            && let Some(after) = rest.strip_prefix(']')
        {
            return Ok((within != negated, after));
        }
        let (low, after) = class_char(rest)?;
        let (mut high, mut after) = (low, after);
        if let Some(range) = after.strip_prefix('-') {
            (high, after) = class_char(range)?;
        }
        within |= found.is_some_and(|char| low <= char && char <= high);
        ranges += 1;
        rest = after;
    }
}

fn class_char(class: &str) -> Result<(char, &str), BadPattern> {
    let mut chars = class.chars();
    let mut char = chars.next().filter(|char| !matches!(char, '-' | ']')).ok_or(BadPattern)?;
    if char == '\\' {
        char = chars.next().ok_or(BadPattern)?;
    }
    // A class that is not closed is no class.
    if chars.as_str().is_empty() { Err(BadPattern) } else { Ok((char, chars.as_str())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_go_does() {
        for (pattern, name, expected) in [
            ("abc", "abc", Ok(true)),
            ("*c", "abc", Ok(true)),
            ("a*/b", "abc/b", Ok(true)),
            ("a*/b", "a/c/b", Ok(false)),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f", Ok(true)),
            ("a*b?c*x", "abxbbxdbxebxczzy", Ok(false)),
            ("ab[^e-g]", "abc", Ok(true)),
            ("a???b", "a☺b", Ok(false)),
            ("a[^a][^a][^a]b", "a☺b", Ok(false)),
            ("[a-ζ]*", "α", Ok(true)),
            ("*x", "xxx", Ok(true)),
            ("[\\-x]", "-", Ok(true)),
            ("a\\*b", "a*b", Ok(true)),
            ("[", "a", Err(BadPattern)),
            ("[]a]", "]", Err(BadPattern)),
            ("[-x]", "x", Err(BadPattern)),
            ("a[", "ab", Err(BadPattern)),
            ("a[", "x", Err(BadPattern)),
            ("*", "a/b", Ok(false)),
        ] {
            assert_eq!(path_match(pattern, name), expected, "{pattern} on {name}");
        }
    }
}
