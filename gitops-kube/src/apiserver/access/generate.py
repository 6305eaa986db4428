#!/usr/bin/env python3
"""Write roles.txt: the cluster roles that every server has for its users, and their bindings.

usage: generate.py ROLES BINDINGS

ROLES, BINDINGS  lists of ClusterRoles and ClusterRoleBindings of a new server, as YAML

`role NAME LABEL... [aggregate=LABEL]` is followed by its rules: ` VERBS GROUPS RESOURCES [NAMES]` or ` VERBS url URLS`,
lists with commas, `-` for the core group. `bind NAME GROUP...` binds the role of the same name.
Roles of the cluster's own parts (nodes, controllers) are left out.
"""
import os
import sys

import yaml

WANTED = {"admin", "cluster-admin", "edit", "view", "system:basic-user", "system:discovery", "system:public-info-viewer",
          "system:aggregate-to-admin", "system:aggregate-to-edit", "system:aggregate-to-view", "system:auth-delegator",
          "system:monitoring"}
BOOTSTRAPPING = "kubernetes.io/bootstrapping"


def words(items):
    return ",".join(i or "-" for i in items)


def main(roles, bindings):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "roles.txt"), "w") as out:
        for role in yaml.safe_load(open(roles))["items"]:
            meta = role["metadata"]
            if meta["name"] not in WANTED:
                continue
            line = ["role", meta["name"], *sorted(label for label in meta["labels"] if label != BOOTSTRAPPING)]
            for selector in role.get("aggregationRule", {}).get("clusterRoleSelectors", []):
                line += ["aggregate=" + label for label in selector["matchLabels"]]
            out.write(" ".join(line) + "\n")
            for rule in role["rules"] or []:
                if "nonResourceURLs" in rule:
                    parts = [words(rule["verbs"]), "url", words(rule["nonResourceURLs"])]
                else:
                    parts = [words(rule["verbs"]), words(rule["apiGroups"]), words(rule["resources"])]
                    parts += [words(rule["resourceNames"])] if "resourceNames" in rule else []
                out.write(" " + " ".join(parts) + "\n")
        for binding in yaml.safe_load(open(bindings))["items"]:
            if binding["roleRef"]["name"] in WANTED:
                assert binding["metadata"]["name"] == binding["roleRef"]["name"]
                out.write(" ".join(["bind", binding["metadata"]["name"], *(s["name"] for s in binding["subjects"])]) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
