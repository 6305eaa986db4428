//! Patterns for one segment of a path, as Go's `filepath.Match` reads them.

/// A pattern that is malformed where it matters.
#[derive(Debug)]
pub(super) struct Malformed;

/// Whether `name` matches `pattern`.
///
/// `*` stands for any text, `?` for a character, `[a-z]` and `[^a-z]` for one of a class, `\` takes
/// away the meaning of what follows.
pub(super) fn matches(pattern: &str, name: &str) -> Result<bool, Malformed> {
    let mut pattern = pattern;
    let mut name = name;
    while !pattern.is_empty() {
        let (star, chunk, rest) = next_chunk(pattern);
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
            let mut from = name;
            let mut found = None;
            while let Some(char) = from.chars().next().filter(|char| *char != '/') {
                from = &from[char.len_utf8()..];
                let left = match_chunk(chunk, from)?;
                // The last chunk has to match up to the end.
                if let Some(left) = left.filter(|left| left.is_empty() || !pattern.is_empty()) {
                    found = Some(left);
                    break;
                }
            }
            if let Some(left) = found {
                name = left;
                continue;
            }
        }
        // What is left of the pattern is still checked.
        while !pattern.is_empty() {
            let (_, chunk, rest) = next_chunk(pattern);
            pattern = rest;
            match_chunk(chunk, "")?;
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

// Splits off stars and what follows them up to the next star.
fn next_chunk(pattern: &str) -> (bool, &str, &str) {
    let chunk = pattern.trim_start_matches('*');
    let star = chunk.len() < pattern.len();
    let mut in_class = false;
    let mut chars = chunk.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => drop(chars.next()),
            '[' => in_class = true,
            ']' => in_class = false,
            '*' if !in_class => return (star, &chunk[..at], &chunk[at..]),
            _ => {}
        }
    }
    (star, chunk, "")
}

// Matches a chunk without stars at the start of `name` and returns what is left of it.
fn match_chunk<'n>(mut chunk: &str, name: &'n str) -> Result<Option<&'n str>, Malformed> {
    // A chunk that has failed is still checked to its end.
    let mut left = Some(name);
    while let Some(first) = chunk.chars().next() {
        let char = left.and_then(|name| name.chars().next());
        if char.is_none() {
            left = None;
        }
        let matched = match first {
            '[' => {
                let (matched, rest) = match_class(&chunk[1..], char)?;
                chunk = rest;
                matched
            }
            '?' => {
                chunk = &chunk[1..];
                char != Some('/')
            }
            _ => {
                let (literal, rest) = literal(chunk)?;
                chunk = rest;
                char == Some(literal)
            }
        };
        left = match (left, char) {
            (Some(name), Some(char)) if matched => Some(&name[char.len_utf8()..]),
            _ => None,
        };
    }
    Ok(left)
}

// Reads a character that may be escaped.
fn literal(chunk: &str) -> Result<(char, &str), Malformed> {
    let chunk = chunk.strip_prefix('\\').unwrap_or(chunk);
    let char = chunk.chars().next().ok_or(Malformed)?;
    Ok((char, &chunk[char.len_utf8()..]))
}

// Matches a class after its bracket; returns what follows it.
fn match_class(class: &str, char: Option<char>) -> Result<(bool, &str), Malformed> {
    let (negated, mut class) = match class.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, class),
    };
    let mut matched = false;
    let mut ranges = 0;
    loop {
        if let Some(rest) = class.strip_prefix(']').filter(|_| 0 < ranges) {
            return Ok((matched != negated, rest));
        }
        let (low, rest) = class_char(class)?;
        let (high, rest) = match rest.strip_prefix('-') {
            Some(rest) => class_char(rest)?,
            None => (low, rest),
        };
        matched |= char.is_some_and(|char| (low..=high).contains(&char));
        class = rest;
        ranges += 1;
    }
}

fn class_char(class: &str) -> Result<(char, &str), Malformed> {
    if class.starts_with(['-', ']']) {
        return Err(Malformed);
    }
    let (char, rest) = literal(class)?;
    // A class that ends with its range has no bracket.
    if rest.is_empty() { Err(Malformed) } else { Ok((char, rest)) }
}
