//! From a reference to the commit it leads to.

use gitops_core::{Revision, semver::Version};
use gix::ObjectId;

use crate::{
    error::GitError,
    reference::{ID_DIGITS, Reference},
    suggest,
};

const BRANCHES: &str = "refs/heads/";
const TAGS: &str = "refs/tags/";

/// A reference as a repository has it.
#[derive(Clone, Debug)]
pub(crate) struct Ref {
    pub(crate) name: String,
    /// Where it leads, tags peeled; `None` for a branch without a commit.
    pub(crate) id: Option<ObjectId>,
    /// The reference that it is another name of.
    pub(crate) target: Option<String>,
}

/// The references of a repository.
pub(crate) trait Refs {
    /// Returns the references with exactly these names, as far as they are there.
    fn find(&mut self, names: &[String]) -> Result<Vec<Ref>, GitError>;

    /// Returns all references whose names begin with `prefix`, which ends in a slash.
    fn list(&mut self, prefix: &str) -> Result<Vec<Ref>, GitError>;

    /// Returns the commit with this id, which may be shortened where the repository can tell.
    fn commit(&mut self, id: &str) -> Result<Option<ObjectId>, GitError>;
}

/// Finds the commit that `reference` leads to, and the name of what was followed.
pub(crate) fn resolve(reference: &Reference, refs: &mut dyn Refs) -> Result<Revision, GitError> {
    match reference {
        Reference::Head => head(refs),
        Reference::Branch(name) => {
            let found = one(refs, &format!("{BRANCHES}{name}"))?;
            at(name, found).map_or_else(|| missing(reference, name, refs, &[BRANCHES]), Ok)
        }
        Reference::Tag(name) => {
            let found = one(refs, &format!("{TAGS}{name}"))?;
            at(name, found).map_or_else(|| missing(reference, name, refs, &[TAGS]), Ok)
        }
        Reference::Name(name) => {
            let found = one(refs, name)?;
            at(name, found).map_or_else(|| missing_name(reference, name, refs), Ok)
        }
        Reference::Commit(id) => match refs.commit(id)? {
            Some(commit) => Ok(Revision::new(id_of(&commit))),
            None => Err(no_commit(reference)),
        },
        Reference::Any(name) => any(reference, name, refs),
        Reference::Semver(range) => {
            let tags = refs.list(TAGS)?;
            let best = tags
                .iter()
                .filter_map(|tag| Some((version_of(tag)?, tag)))
                .filter(|(version, _)| range.check(version))
                // Where only the build differs, the name decides: the answer must not be chance.
                .max_by(|(a, _), (b, _)| a.cmp(b).then_with(|| a.metadata().cmp(b.metadata())));
            let found = best.and_then(|(_, tag)| at(short(&tag.name), Some(tag.clone())));
            found.ok_or_else(|| no_version(reference, &tags))
        }
    }
}

/// Returns what identifies a commit in a revision.
pub(crate) fn id_of(commit: &ObjectId) -> String {
    format!("sha1:{commit}")
}

/// Returns the commit that a revision names.
pub(crate) fn commit_of(revision: &Revision) -> Option<ObjectId> {
    let hex = revision.id().strip_prefix("sha1:").filter(|hex| hex.len() == ID_DIGITS)?;
    ObjectId::from_hex(hex.as_bytes()).ok()
}

fn head(refs: &mut dyn Refs) -> Result<Revision, GitError> {
    let found = one(refs, "HEAD")?;
    let name = found.as_ref().and_then(|head| head.target.clone());
    if let Some(revision) = at(name.as_deref().map_or("HEAD", short), found) {
        return Ok(revision);
    }
    let mut branches = names(&refs.list(BRANCHES)?);
    branches.sort_unstable();
    let Some(first) = branches.first() else {
        return Err(GitError::invalid(
            "the repository is empty: commit something and push it first",
        ));
    };
    let hint = format!("follow a branch by its name instead, such as {first}");
    Err(GitError::NoReference { reference: "commit at HEAD".to_owned(), hint })
}

fn any(reference: &Reference, name: &str, refs: &mut dyn Refs) -> Result<Revision, GitError> {
    let wanted = [format!("{BRANCHES}{name}"), format!("{TAGS}{name}")];
    let found = refs.find(&wanted)?;
    // A branch goes before a tag of the same name.
    for wanted in &wanted {
        let found = found.iter().find(|found| found.name == *wanted).cloned();
        if let Some(revision) = at(name, found) {
            return Ok(revision);
        }
    }
    if crate::reference::is_id(name)
        && let Some(commit) = refs.commit(name)?
    {
        return Ok(Revision::new(id_of(&commit)));
    }
    missing(reference, name, refs, &[BRANCHES, TAGS])
}

fn one(refs: &mut dyn Refs, name: &str) -> Result<Option<Ref>, GitError> {
    let found = refs.find(&[name.to_owned()])?;
    Ok(found.into_iter().find(|found| found.name == name))
}

fn at(name: &str, found: Option<Ref>) -> Option<Revision> {
    Some(Revision::at(name, id_of(&found?.id?)))
}

fn missing(
    reference: &Reference,
    name: &str,
    refs: &mut dyn Refs,
    prefixes: &[&str],
) -> Result<Revision, GitError> {
    let mut there = Vec::new();
    for prefix in prefixes {
        there.extend(names(&refs.list(prefix)?));
    }
    let what = match prefixes {
        [BRANCHES] => "branches",
        [TAGS] => "tags",
        _ => "branches and tags",
    };
    let mut hint = suggest::instead_of(name, &there, what);
    if let (Reference::Branch(_), true) =
        (reference, one(refs, &format!("{TAGS}{name}"))?.is_some())
    {
        hint = format!("there is a tag of that name: write tag:{name}");
    }
    Err(GitError::NoReference { reference: reference.describe(), hint })
}

fn missing_name(
    reference: &Reference,
    name: &str,
    refs: &mut dyn Refs,
) -> Result<Revision, GitError> {
    let directory = name.rfind('/').map_or(name, |at| &name[..=at]);
    let there: Vec<_> = refs.list(directory)?.into_iter().map(|found| found.name).collect();
    let hint = suggest::instead_of(name, &there, "references");
    Err(GitError::NoReference { reference: reference.describe(), hint })
}

fn no_commit(reference: &Reference) -> GitError {
    let hint = "check the id, and that the commit was pushed".to_owned();
    GitError::NoReference { reference: reference.describe(), hint }
}

fn no_version(reference: &Reference, tags: &[Ref]) -> GitError {
    let versions: Vec<_> = tags.iter().filter_map(version_of).collect();
    let highest = versions.iter().max();
    let hint = match highest {
        Some(highest) => format!("its highest version is {}", highest.original()),
        None if tags.is_empty() => "it has no tags".to_owned(),
        None => format!("none of its {} tags is a version such as v1.4.0", tags.len()),
    };
    GitError::NoReference { reference: reference.describe(), hint }
}

// A tag such as `v1` is no version: it moves.
fn version_of(tag: &Ref) -> Option<Version> {
    let name = tag.name.strip_prefix(TAGS)?;
    Version::parse_strict(name.strip_prefix('v').unwrap_or(name)).ok()?;
    Version::parse(name).ok()
}

fn short(name: &str) -> &str {
    name.strip_prefix(BRANCHES).or_else(|| name.strip_prefix(TAGS)).unwrap_or(name)
}

fn names(found: &[Ref]) -> Vec<String> {
    found.iter().map(|found| short(&found.name).to_owned()).collect()
}
