#!/usr/bin/env bash
# Records the locks that the real helm writes: `record.sh HELM`, in this folder. It serves a repository on this machine.
set -euo pipefail
cd "$(dirname "$0")"
helm=$1 port=18931
lab=$(mktemp -d)
export HELM_CACHE_HOME=$lab/cache HELM_CONFIG_HOME=$lab/config HELM_DATA_HOME=$lab/data
mkdir -p "$lab/repository" "$lab/local"
for chart in web:1.0.0 web:1.2.0 web:1.3.0-rc.1 web:2.0.0+build.1 web:1.10.0 db:0.9.0; do
  folder=$lab/charts/$chart/${chart%%:*}
  mkdir -p "$folder"
  printf 'apiVersion: v2\nname: %s\nversion: %s\n' "${chart%%:*}" "${chart#*:}" >"$folder/Chart.yaml"
  "$helm" package "$folder" --destination "$lab/repository" >/dev/null
done
"$helm" repo index "$lab/repository"
(cd "$lab/repository" && exec python3 -m http.server "$port" --bind 127.0.0.1) >/dev/null 2>&1 &
trap 'kill $!; rm -r "$lab"' EXIT
until "$helm" repo add lab "http://127.0.0.1:$port/" >/dev/null 2>&1; do :; done
for chart in parent old named; do
  cp -r "$chart" "$lab/$chart"
  rm -f "$lab/$chart"/*.lock
  mkdir -p "$lab/$chart/charts"
done
cp -r "$lab/charts/db:0.9.0/db" "$lab/local/db"
cp -r "$lab/local/db" "$lab/named/charts/db"
for chart in parent old named; do
  "$helm" dependency update "$lab/$chart"
  cp "$lab/$chart"/*.lock "$chart/"
done
