//! What a transport may spend, and what it leaves behind when it fails.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use crate::error::GitError;

/// What a server says of a commit that it does not have.
pub(crate) const NOT_OURS: &str = "not our ref";

/// What a transport leaves behind for whoever has to tell why it failed: the layers between
/// do not pass errors on whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failure(Arc<Mutex<Option<GitError>>>);

impl Failure {
    // The first failure is the one that explains the others.
    pub(crate) fn set(&self, err: GitError) -> io::Error {
        let text = err.to_string();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(err);
        io::Error::other(text)
    }

    pub(crate) fn take(&self) -> Option<GitError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// How many bytes may still come, and the name of the limit.
#[derive(Clone, Debug)]
pub(crate) struct Budget(Arc<Mutex<(&'static str, u64, u64)>>);

impl Budget {
    pub(crate) fn new(limit: &'static str, max: u64) -> Self {
        Self(Arc::new(Mutex::new((limit, max, max))))
    }

    pub(crate) fn set(&self, limit: &'static str, max: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (limit, max, max);
    }

    pub(crate) fn spend(&self, bytes: usize) -> Result<(), GitError> {
        let mut budget = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (limit, max, left) = *budget;
        budget.2 = left.checked_sub(bytes as u64).ok_or(GitError::Limit { limit, max })?;
        Ok(())
    }
}
