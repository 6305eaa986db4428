//! Which files a `.sourceignore` leaves out, as Flux decides it.

use gitops_core::TreePath;

use crate::path_match::path_match;

// What Flux leaves out where nothing else is said.
const DEFAULTS: &str = "\
.git/
.gitignore
.gitmodules
.gitattributes
*.jpg
*.jpeg
*.gif
*.png
*.wmv
*.flv
*.tar.gz
*.zip
.github/
.circleci/
.travis.yml
.gitlab-ci.yml
appveyor.yml
.drone.yml
cloudbuild.yaml
codeship-services.yml
codeship-steps.yml
**/.goreleaser.yml
**/.sops.yaml
**/.flux.yaml
";

/// Which files are left out: lines in the syntax of `.gitignore`, later ones win.
///
/// The rules are those of Flux, which differ from Git's in places: a file can be taken back in
/// with `!` although its directory is left out, and `**` stands for directories only as a
/// segment of its own.
#[derive(Clone, Debug, Default)]
pub struct SourceIgnore {
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    // The directory whose file has the line.
    domain: TreePath,
    segments: Vec<String>,
    taken_back: bool,
    directory_only: bool,
}

impl SourceIgnore {
    /// Leaves out nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out what Flux does by default: files of Git and of build servers, images, archives.
    pub fn with_defaults() -> Self {
        let mut ignore = Self::new();
        ignore.add(&TreePath::root(), DEFAULTS);
        ignore
    }

    /// Adds the lines of a file in `directory`. They win over the lines so far.
    pub fn add(&mut self, directory: &TreePath, text: &str) {
        let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let lines = lines.filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        self.patterns.extend(lines.map(|line| Pattern::new(directory, line)));
    }

    /// Whether the file at `path` is left out.
    pub fn is_ignored(&self, path: &TreePath) -> bool {
        let segments: Vec<&str> = path.segments().collect();
        self.matches(&segments, false)
    }

    /// Whether the path of these segments is left out, a directory or a file.
    pub fn matches(&self, segments: &[&str], directory: bool) -> bool {
        let deciding = self.patterns.iter().rev().find(|it| it.matches(segments, directory));
        deciding.is_some_and(|pattern| !pattern.taken_back)
    }
}

impl Pattern {
    fn new(domain: &TreePath, line: &str) -> Self {
        let (taken_back, line) = match line.strip_prefix('!') {
            Some(line) => (true, line),
            None => (false, line),
        };
        let line = if line.ends_with("\\ ") { line } else { line.trim_end_matches(' ') };
        let (directory_only, line) = match line.strip_suffix('/') {
            Some(line) => (true, line),
            None => (false, line),
        };
        let segments = line.split('/').map(str::to_owned).collect();
        Self { domain: domain.clone(), segments, taken_back, directory_only }
    }

    fn matches(&self, path: &[&str], directory: bool) -> bool {
        let mut path = path;
        for segment in self.domain.segments() {
            match path.split_first() {
                Some((first, rest)) if *first == segment => path = rest,
                _ => return false,
            }
        }
        if path.is_empty() {
            return false;
        }
        match self.segments.as_slice() {
            [name] => self.matches_any(name, path, directory),
            _ => self.matches_from_start(path, directory),
        }
    }

    // A pattern without a slash is for any segment.
    fn matches_any(&self, pattern: &str, path: &[&str], directory: bool) -> bool {
        for (at, name) in path.iter().enumerate() {
            match path_match(pattern, name) {
                Err(_) => return false,
                Ok(false) => {}
                Ok(true) => {
                    let file = !directory && at + 1 == path.len();
                    return !(self.directory_only && file);
                }
            }
        }
        false
    }

    // A pattern with a slash is for the path from the directory of its file.
    fn matches_from_start(&self, path: &[&str], directory: bool) -> bool {
        let mut path = path;
        let mut matched = false;
        let mut skipping = false;
        for (at, pattern) in self.segments.iter().enumerate() {
            match pattern.as_str() {
                "" => skipping = false,
                "**" if at + 1 == self.segments.len() => break,
                "**" => skipping = true,
                pattern if pattern.contains("**") || path.is_empty() => return false,
                pattern if skipping => {
                    skipping = false;
                    while let Some((name, rest)) = path.split_first() {
                        path = rest;
                        match path_match(pattern, name) {
                            Err(_) => return false,
                            Ok(true) => {
                                matched = true;
                                break;
                            }
                            Ok(false) if rest.is_empty() => matched = false,
                            Ok(false) => {}
                        }
                    }
                }
                pattern => {
                    if !path_match(pattern, path[0]).unwrap_or(false) {
                        return false;
                    }
                    matched = true;
                    path = &path[1..];
                }
            }
        }
        matched && !(self.directory_only && !directory && path.is_empty())
    }
}
