//! Who sends a request.

use std::collections::BTreeMap;

/// The group that may do everything.
pub(crate) const MASTERS: &str = "system:masters";
/// The group of everybody who said who they are.
pub(crate) const AUTHENTICATED: &str = "system:authenticated";
/// The group of everybody else.
pub(crate) const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The name of everybody else.
pub(crate) const ANONYMOUS: &str = "system:anonymous";

/// Who sends a request, as roles and reviews see them.
///
/// # Example
///
/// ```
/// use gitops_kube::apiserver::User;
///
/// let robot = User::service_account("ci", "robot");
/// assert_eq!(robot.name, "system:serviceaccount:ci:robot");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The name that bindings speak of.
    pub name: String,
    /// A number or text that is never given twice; often empty.
    pub uid: String,
    /// The groups that bindings speak of.
    pub groups: Vec<String>,
    /// Whatever else the authenticator said.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// Describes a user of that name, in the group of everybody who is authenticated.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }.group(AUTHENTICATED)
    }

    /// Describes the one who may do everything; so every request is taken that says nothing else.
    pub fn admin() -> Self {
        let groups = vec![MASTERS.to_owned(), AUTHENTICATED.to_owned()];
        Self { name: "admin".to_owned(), groups, ..Self::default() }
    }

    /// Describes a client that did not say who it is.
    pub fn anonymous() -> Self {
        Self { name: ANONYMOUS.to_owned(), ..Self::default() }.group(UNAUTHENTICATED)
    }

    /// Describes a service account.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        let user = Self {
            name: format!("system:serviceaccount:{namespace}:{name}"),
            groups: service_account_groups(namespace),
            ..Self::default()
        };
        user.group(AUTHENTICATED)
    }

    /// Adds a group.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// Whether the user is in a group.
    pub(crate) fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|known| known == group)
    }

    /// Whether nothing is forbidden to the user.
    pub(crate) fn is_master(&self) -> bool {
        self.is_in(MASTERS)
    }
}

/// Returns the groups that every service account of a namespace is in.
pub(crate) fn service_account_groups(namespace: &str) -> Vec<String> {
    vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")]
}

/// Splits the user name of a service account into namespace and name.
pub(crate) fn split_service_account(name: &str) -> Option<(&str, &str)> {
    let (namespace, name) = name.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    let fits = |part: &str| !part.is_empty() && !part.contains(':');
    (fits(namespace) && fits(name)).then_some((namespace, name))
}
