//! Who asks a repository.

use std::fmt;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gitops_core::BoxError;

/// What proves to a repository who asks.
///
/// Nothing of it shows in `Debug` or in errors.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    kind: Kind,
}

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Basic { username: String, password: String },
    Bearer { token: String },
}

impl Credentials {
    /// Takes a user name and a password. A registry that asks for a token is shown them where it
    /// gives out tokens.
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { kind: Kind::Basic { username: username.into(), password: password.into() } }
    }

    /// Takes a token that is sent as `Authorization: Bearer`.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self { kind: Kind::Bearer { token: token.into() } }
    }

    /// Returns the `Authorization` header.
    pub(super) fn header(&self) -> String {
        match &self.kind {
            Kind::Basic { username, password } => {
                format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
            }
            Kind::Bearer { token } => format!("Bearer {token}"),
        }
    }

    pub(super) fn is_basic(&self) -> bool {
        matches!(self.kind, Kind::Basic { .. })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_basic() { "Basic(…)" } else { "Bearer(…)" })
    }
}

/// Gives credentials when they are needed, such as from a store that renews them.
///
/// It is asked before each exchange with the repository, so that what it gives may expire.
#[async_trait]
pub trait CredentialSource: fmt::Debug + Send + Sync {
    /// Returns the credentials for `host`, which has its port where that is not the usual one.
    ///
    /// # Errors
    ///
    /// What keeps the credentials from being known. It must not hold the credentials.
    async fn credentials(&self, host: &str) -> Result<Option<Credentials>, BoxError>;
}

#[async_trait]
impl CredentialSource for Credentials {
    async fn credentials(&self, _: &str) -> Result<Option<Credentials>, BoxError> {
        Ok(Some(self.clone()))
    }
}
