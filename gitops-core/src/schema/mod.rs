//! Facts about Kubernetes' built-in types: how their lists and maps merge.
