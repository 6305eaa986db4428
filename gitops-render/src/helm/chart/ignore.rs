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
        self.rules.push(Rule { pattern, negated, directories_only, name_only });
        Ok(())
    }

    /// Whether the file or directory at `path` is left out.
    pub(super) fn ignores(&self, path: &str, directory: bool) -> bool {
        for rule in &self.rules {
            // A negated rule leaves out all that it does not match: Helm's own reading.
            if rule.negated {
                if (rule.directories_only && !directory) || !rule.matches(path) {
                    return true;
                }
            } else if (!rule.directories_only || directory) && rule.matches(path) {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn matches(&self, path: &str) -> bool {
        let name = if self.name_only { path.rsplit('/').next().unwrap_or(path) } else { path };
        // The pattern was read once already; a bad one matches nothing.
        path_match(&self.pattern, name).unwrap_or(false)
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
    fn two_stars_and_open_classes_are_errors() {
        assert_eq!(
            IgnoreRules::parse("a/**/b").unwrap_err(),
            "double-star (**) syntax is not supported"
        );
        assert_eq!(IgnoreRules::parse("a[").unwrap_err(), "syntax error in pattern");
    }
}
