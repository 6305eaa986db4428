//! Where a repository is.

use std::{net::IpAddr, path::PathBuf};

use gitops_core::{Digest, error::chain};
use gix::url::Scheme;

use crate::{auth::Credentials, error::GitError};

/// Where a repository is, without anything secret.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    /// A repository on disk.
    Local(PathBuf),
    /// A repository behind a server.
    Remote(Remote),
}

/// The address of a repository behind a server.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    // Invariant: the scheme is HTTP, HTTPS or SSH, there is a host, and for HTTP and HTTPS there
    // is neither a user nor a password.
    url: gix::Url,
}

impl Address {
    /// Reads a path or URL; what it holds of credentials comes back beside it.
    pub(crate) fn parse(text: &str) -> Result<(Self, Option<Credentials>), GitError> {
        let wrong = |problem: &str| {
            GitError::invalid(format!(
                "{problem}; give a path, or a URL that starts with file://, https:// or ssh://"
            ))
        };
        if text.is_empty() {
            return Err(wrong("the address is empty"));
        }
        let mut url = gix::url::parse(text).map_err(|err| wrong(&chain(&err)))?;
        match &url.scheme {
            Scheme::File => {
                let path = gix::path::from_bstring(url.path).map_err(|err| wrong(&chain(&err)))?;
                Ok((Self::Local(path), None))
            }
            Scheme::Http | Scheme::Https => {
                if url.host().is_none_or(str::is_empty) {
                    return Err(wrong("the URL names no host"));
                }
                let (user, password) = (url.set_user(None), url.set_password(None));
                let credentials =
                    user.map(|user| Credentials::basic(user, password.unwrap_or_default()));
                Ok((Self::Remote(Remote { url }), credentials))
            }
            Scheme::Ssh => {
                if url.set_password(None).is_some() {
                    return Err(GitError::invalid(
                        "a password in an ssh:// URL cannot be used; give the file of a key",
                    ));
                }
                let safe = url.host_argument_safe().is_some()
                    && !url.path.is_empty()
                    && !url.path.starts_with(b"-")
                    && (url.user().is_none() || url.user_argument_safe().is_some());
                if !safe {
                    return Err(wrong("host, user or path is missing or starts with a dash"));
                }
                Ok((Self::Remote(Remote { url }), None))
            }
            scheme => Err(wrong(&format!("{} is not supported", scheme.as_str()))),
        }
    }
}

impl Remote {
    pub(crate) fn url(&self) -> &gix::Url {
        &self.url
    }

    pub(crate) fn is_ssh(&self) -> bool {
        self.url.scheme == Scheme::Ssh
    }

    /// Whether what is sent can be read on the way.
    pub(crate) fn is_open(&self) -> bool {
        self.url.scheme == Scheme::Http && !self.is_loopback()
    }

    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.url.host().unwrap_or_default();
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    }

    /// Names the mirror: the same for every way to write the address.
    pub(crate) fn key(&self) -> String {
        Digest::of(self.normal()).to_hex()
    }

    /// Returns the address in its one normal form.
    pub(crate) fn normal(&self) -> String {
        let url = &self.url;
        let host = url.host().unwrap_or_default().to_lowercase();
        let port = url.port_or_default().map(|port| format!(":{port}")).unwrap_or_default();
        let user = url.user().map(|user| format!("{user}@")).unwrap_or_default();
        let path = url.path.to_string();
        let path = path.trim_end_matches('/');
        // `host:path` starts at the home directory, `ssh://host/path` at the root.
        let home = if path.is_empty() || path.starts_with('/') { "" } else { "/~/" };
        format!("{}://{user}{host}{port}{home}{path}", url.scheme.as_str())
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(path) => write!(f, "{}", path.display()),
            Self::Remote(remote) => write!(f, "{}", remote.url.to_bstring()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        match Address::parse(text).unwrap().0 {
            Address::Local(path) => path.display().to_string(),
            Address::Remote(remote) => remote.normal(),
        }
    }

    #[test]
    fn one_repository_has_one_normal_form() {
        for text in ["https://Git.Example.com/a/b", "https://u:p@git.example.com:443/a/b/"] {
            assert_eq!(normal(text), "https://git.example.com:443/a/b", "{text}");
        }
        for text in ["git@example.com:/a/b.git", "ssh://git@example.com:22/a/b.git"] {
            assert_eq!(normal(text), "ssh://git@example.com:22/a/b.git", "{text}");
        }
        assert_eq!(normal("git@example.com:a/b"), "ssh://git@example.com:22/~/a/b");
        for text in ["/srv/a", "file:///srv/a"] {
            assert_eq!(normal(text), "/srv/a", "{text}");
        }
    }

    #[test]
    fn credentials_leave_the_url() {
        let (address, credentials) = Address::parse("https://bob:s3cret@example.com/a").unwrap();
        assert_eq!(credentials, Some(Credentials::basic("bob", "s3cret")));
        assert_eq!(address.to_string(), "https://example.com/a");
        assert!(!format!("{address:?}").contains("s3cret"), "{address:?}");
    }

    #[test]
    fn unusable_addresses_are_refused() {
        for text in ["", "git://example.com/a", "ext::sh -c x", "ssh://-oProxyCommand=x/a", "h:-x"]
        {
            let err = Address::parse(text).unwrap_err();
            assert!(matches!(err, GitError::Invalid { .. }), "{text}: {err:?}");
        }
    }
}
