#!/bin/sh
# Records out.yaml of every case with the real tool: record.sh PATH-OF-KUBECTL
set -eu
kubectl=$1
cd "$(dirname "$0")"
"$kubectl" version --client | tee VERSIONS
for case in */; do
    "$kubectl" kustomize "${case}in" > "${case}out.yaml"
done
