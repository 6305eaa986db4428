//! Versions and ranges by the rules of Masterminds' semver, which Helm and Flux follow.
