//! Where in an expression something is wrong, as messages show it.

/// Shows a message with the line it speaks of.
pub(super) fn shown(source: &str, line: isize, column: isize, message: &str) -> String {
    let at = usize::try_from(line.max(1) - 1).unwrap_or(0);
    let text = source.lines().nth(at).unwrap_or_default();
    let dots = ".".repeat(usize::try_from(column.max(1) - 1).unwrap_or(0));
    format!("ERROR: <input>:{line}:{column}: {message}\n | {text}\n | {dots}^")
}

/// Shows a message with the place of a token.
pub(super) fn at_token(source: &str, token: &str, message: &str) -> String {
    let offset = find(source, token).unwrap_or(0);
    let before = &source[..offset];
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[start..].chars().count() + 1;
    let number = |value: usize| isize::try_from(value).unwrap_or(1);
    shown(source, number(line + 1), number(column), message)
}

/// Finds a token outside of texts.
fn find(source: &str, token: &str) -> Option<usize> {
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for (at, c) in source.char_indices() {
        match quote {
            Some(open) if c == open && before != '\\' => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None if source[at..].starts_with(token) => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}
