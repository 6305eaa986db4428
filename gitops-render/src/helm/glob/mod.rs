//! Patterns of `.Files.Glob`.

mod files;

pub(in crate::helm) use self::files::FileGlob;
