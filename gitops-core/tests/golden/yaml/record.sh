#!/bin/sh
# Writes answers.jsonl: what Go's own libraries answer to questions.jsonl, line by line.
#
#     record.sh ORACLE
#
# ORACLE is a program that reads one question a line and prints one answer a line: for
# {"do": "yaml.decode", "text": …, "strict": …} what YAMLToJSON or YAMLToJSONStrict of
# sigs.k8s.io/yaml 1.6.0 gives, for {"do": "yaml.encode", "value": …} what its Marshal gives,
# as {"ok": …} or {"error": "text"}.
set -eu
here=$(dirname "$0")
"$1" <"$here/questions.jsonl" >"$here/answers.jsonl"
