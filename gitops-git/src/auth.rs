//! Who asks.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What proves to a server who asks.
///
/// Nothing secret shows in `Debug`, in errors or in what a source says of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    kind: Kind,
}

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Basic { username: String, password: String },
    Bearer { token: String },
    SshKey { key: PathBuf, known_hosts: Option<PathBuf> },
}

// With an access token as the password, GitHub, GitLab and Gitea take this name.
const TOKEN_USERNAME: &str = "x-access-token";

impl Credentials {
    /// Takes an access token as the large Git servers issue them: it is sent as a password.
    pub fn token(token: impl Into<String>) -> Self {
        Self::basic(TOKEN_USERNAME, token)
    }

    /// Takes a token that is sent as `Authorization: Bearer`.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self { kind: Kind::Bearer { token: token.into() } }
    }

    /// Takes a user name and a password.
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { kind: Kind::Basic { username: username.into(), password: password.into() } }
    }

    /// Takes the file of a private SSH key without a passphrase; no other key is tried.
    pub fn ssh_key(key: impl Into<PathBuf>) -> Self {
        Self { kind: Kind::SshKey { key: key.into(), known_hosts: None } }
    }

    /// Takes the host keys that are trusted from `file` alone. It means nothing without SSH.
    #[must_use]
    pub fn known_hosts(mut self, file: impl Into<PathBuf>) -> Self {
        if let Kind::SshKey { known_hosts, .. } = &mut self.kind {
            *known_hosts = Some(file.into());
        }
        self
    }

    /// Returns the `Authorization` header, if these are credentials for HTTP.
    pub(crate) fn header(&self) -> Option<String> {
        match &self.kind {
            Kind::Basic { username, password } => {
                Some(format!("Basic {}", STANDARD.encode(format!("{username}:{password}"))))
            }
            Kind::Bearer { token } => Some(format!("Bearer {token}")),
            Kind::SshKey { .. } => None,
        }
    }

    /// Returns the private key and the known hosts, if these are credentials for SSH.
    pub(crate) fn ssh(&self) -> Option<(&Path, Option<&Path>)> {
        match &self.kind {
            Kind::SshKey { key, known_hosts } => Some((key, known_hosts.as_deref())),
            Kind::Basic { .. } | Kind::Bearer { .. } => None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            // The name may be a token as well: some servers take it in its place.
            Kind::Basic { .. } => f.write_str("Basic(…)"),
            Kind::Bearer { .. } => f.write_str("Bearer(…)"),
            Kind::SshKey { key, known_hosts } => f
                .debug_struct("SshKey")
                .field("key", key)
                .field("known_hosts", known_hosts)
                .finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let all = [
            Credentials::token("s3cret"),
            Credentials::bearer("s3cret"),
            Credentials::basic("s3cret", "s3cret"),
        ];
        for credentials in all {
            assert!(!format!("{credentials:?}").contains("s3cret"), "{credentials:?}");
            assert!(credentials.header().is_some(), "{credentials:?} is sent");
        }
    }
}
