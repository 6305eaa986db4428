//! A Kubernetes API server in the process, as a tower service.
