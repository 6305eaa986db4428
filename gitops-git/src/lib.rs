//! Sources of GitOps delivery: Git repositories and local directories.
