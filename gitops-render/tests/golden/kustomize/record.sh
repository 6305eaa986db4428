#!/bin/sh
# Records out.yaml of every case with the real tools: record.sh PATH-OF-KUBECTL PATH-OF-HELM
set -eu
kubectl=$1
helm=$2
cd "$(dirname "$0")"
{ "$kubectl" version --client; echo "Helm Version: $("$helm" version --short)"; } | tee VERSIONS
for case in */; do
    "$kubectl" kustomize --enable-helm --helm-command "$helm" "${case}in" > "${case}out.yaml"
done
