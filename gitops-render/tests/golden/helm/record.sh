#!/bin/sh
# Writes what the real helm prints for every case: `record.sh /path/to/helm`.
set -eu
helm=$1
cd "$(dirname "$0")"
"$helm" version --short >VERSION
for case in */; do
    case=${case%/}
    rm -f "$case/out.yaml" "$case/error.txt"
    if ! KUBECONFIG=none "$helm" template demo "$case/in" -n demo-ns -f "$case/values.yaml" \
        --kube-version v1.31.0 --include-crds >"$case/out.yaml" 2>"$case/error.txt"; then
        rm "$case/out.yaml"
    else
        rm "$case/error.txt"
    fi
done
