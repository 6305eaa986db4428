//! YAML as Kubernetes tools read and print it: go-yaml v2's rules over JSON.
