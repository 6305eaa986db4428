//! Patterns of file names: those of `.helmignore` and those of `.Files.Glob`.

mod files;
mod path;

pub(in crate::helm) use self::{files::FileGlob, path::path_match};
