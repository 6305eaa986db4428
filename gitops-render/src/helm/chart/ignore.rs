//! `.helmignore`: which files of a folder are no part of the chart.

use crate::path_match::path_match;

/// The rules of one folder.
#[derive(Clone, Debug, Default)]
pub(super) struct IgnoreRules {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    negated: bool,
    directories_only: bool,
    /// Whether the pattern is about the name alone, wherever the file is.
    name_only: bool,
    form: Form,
}

// What a pattern is, so that a usual one need not be read again for every file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Text that stands for itself.
    Plain,
    /// A star and such text.
    Ending,
    Any,
}

impl Form {
    fn of(pattern: &str) -> Self {
        let plain = |text: &str| !text.contains(['*', '?', '[', '\\']);
        match pattern.strip_prefix('*') {
            None if plain(pattern) => Self::Plain,
            Some(ending) if plain(ending) => Self::Ending,
            _ => Self::Any,
        }
    }
}

impl IgnoreRules {
    /// Reads the rules; the rule that every chart has is added to them.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut rules = Self::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for line in text.lines().chain(["templates/.?*"]) {
            rules.add(line.trim())?;
        }
        Ok(rules)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if line.contains("**") {
            return Err("double-star (**) syntax is not supported".to_owned());
        }
        path_match(line, "abc").map_err(|err| err.to_string())?;
        let negated = line.starts_with('!');
        let pattern = line.strip_prefix('!').unwrap_or(line);
        let directories_only = pattern.ends_with('/');
        let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
        let name_only = !pattern.contains('/');
        let pattern = pattern.strip_prefix('/').unwrap_or(pattern).to_owned();
        let form = Form::of(&pattern);
        self.rules.push(Rule { pattern, negated, directories_only, name_only, form });
        Ok(())
    }

    /// Whether the file or directory at `path` is left out.
    pub(super) fn ignores(&self, path: &str, directory: bool) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        for rule in &self.rules {
            let matches = || rule.matches(if rule.name_only { name } else { path });
            // A negated rule leaves out all that it does not match: Helm's own reading.
            if rule.negated {
                if (rule.directories_only && !directory) || !matches() {
                    return true;
                }
            } else if (!rule.directories_only || directory) && matches() {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn matches(&self, name: &str) -> bool {
        match self.form {
            Form::Plain => name == self.pattern,
            Form::Ending => {
                // A star stands for no slash.
                let start = name.strip_suffix(&self.pattern[1..]);
                start.is_some_and(|start| self.name_only || !start.contains('/'))
            }
            // The pattern was read once already; a bad one matches nothing.
            Form::Any => path_match(&self.pattern, name).unwrap_or(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(rules: &str, paths: &[&str]) -> Vec<String> {
        let rules = IgnoreRules::parse(rules).unwrap();
        let kept = paths
            .iter()
            .filter(|path| !rules.ignores(path.trim_end_matches('/'), path.ends_with('/')));
        kept.map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn rules_are_about_names_or_paths() {
        let paths = ["a.txt", "d/a.txt", "d/b.md", "d/", "templates/.x", "templates/x"];
        assert_eq!(kept("*.txt", &paths), ["d/b.md", "d/", "templates/x"]);
        assert_eq!(kept("/a.txt", &paths), ["d/a.txt", "d/b.md", "d/", "templates/x"]);
        assert_eq!(kept("d/*.md\n# x\n", &paths), ["a.txt", "d/a.txt", "d/", "templates/x"]);
        assert_eq!(kept("d/", &["d", "d/"]), ["d"]);
        assert_eq!(kept("!*.md", &["a.md", "a.txt"]), ["a.md"]);
    }

    #[test]
    fn usual_patterns_match_as_all_others_do() {
        let patterns =
            ["", "*", "a", "a.md", "d/a", "*.md", "*a/b", "*d", "*.*", "a?", "[a]", "a\\"];
        let names = ["", "a", "a.md", ".md", "d/a", "d", "xd", "x/a/b", "xa/b", "d/x.md", "a\\"];
        for pattern in patterns {
            let form = Form::of(pattern);
            let (pattern, directories_only) = (pattern.to_owned(), false);
            let rule = Rule { pattern, negated: false, directories_only, name_only: false, form };
            for name in names {
                let expected = path_match(&rule.pattern, name).unwrap_or(false);
                assert_eq!(rule.matches(name), expected, "{} on {name}", rule.pattern);
            }
        }
    }

    #[test]
    fn two_stars_and_open_classes_are_errors() {
        assert_eq!(
            IgnoreRules::parse("a/**/b").unwrap_err(),
            "double-star (**) syntax is not supported"
        );
        assert_eq!(IgnoreRules::parse("a[").unwrap_err(), "syntax error in pattern");
    }
}
