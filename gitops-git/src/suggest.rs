//! What to try instead of a name that is not there.

// How many names a hint lists.
const NAMES_SHOWN_MAX: usize = 5;
// Names that are longer are not compared letter by letter.
const COMPARED_BYTES_MAX: usize = 256;

/// Says which of `names` may have been meant by `wrong`, or which there are. `what` is the plural
/// of what they are.
pub(crate) fn instead_of(wrong: &str, names: &[String], what: &str) -> String {
    if names.is_empty() {
        return format!("it has no {what}");
    }
    let mut near: Vec<(usize, &str)> = names
        .iter()
        .filter_map(|name| Some((distance(wrong, name)?, name.as_str())))
        .filter(|(distance, name)| *distance <= allowed(wrong) || inside(wrong, name))
        .collect();
    near.sort_unstable();
    if !near.is_empty() {
        let near: Vec<_> = near.into_iter().map(|(_, name)| name).collect();
        return format!("did you mean {}", list(&near, " or "));
    }
    let mut names: Vec<_> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    format!("it has the {what} {}", list(&names, " and "))
}

fn list(names: &[&str], join: &str) -> String {
    if NAMES_SHOWN_MAX < names.len() {
        let shown = names[..NAMES_SHOWN_MAX].join(", ");
        return format!("{shown} and {} more", names.len() - NAMES_SHOWN_MAX);
    }
    match names {
        [before @ .., last] if !before.is_empty() => format!("{}{join}{last}", before.join(", ")),
        _ => names.concat(),
    }
}

fn allowed(wrong: &str) -> usize {
    (wrong.len() / 3).clamp(1, 3)
}

// `v1` for `release/v1`, and the reverse.
fn inside(wrong: &str, name: &str) -> bool {
    let last = |text: &str| text.rsplit('/').next().map(str::to_lowercase);
    last(wrong) == last(name)
}

// How many letters have to change, be added, go or swap places.
fn distance(left: &str, right: &str) -> Option<usize> {
    if COMPARED_BYTES_MAX < left.len().max(right.len()) {
        return None;
    }
    let left: Vec<char> = left.chars().flat_map(char::to_lowercase).collect();
    let right: Vec<char> = right.chars().flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let changed = row[j] + usize::from(a != b);
            let mut least = changed.min(row[j + 1] + 1).min(next[j] + 1);
            if 0 < i && 0 < j && *a == right[j - 1] && left[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_first() {
        let names = ["main", "next", "release/v1"].map(str::to_owned);
        let check = |wrong, expected: &str| {
            assert_eq!(instead_of(wrong, &names, "branches"), expected);
        };
        check("mian", "did you mean main");
        check("Main", "did you mean main");
        check("v1", "did you mean release/v1");
        check("trunk", "it has the branches main, next and release/v1");
        assert_eq!(instead_of("x", &[], "tags"), "it has no tags");
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<_> = (0..9).map(|number| format!("feature-{number}")).collect();
        let hint = instead_of("main", &names, "branches");
        assert!(hint.ends_with("feature-3, feature-4 and 4 more"), "{hint}");
    }
}
