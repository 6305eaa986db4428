#!/usr/bin/env python3
"""Write builtin.txt and resources.txt: the built-in types and resources of a Kubernetes API server.

usage: generate.py GRAPH RESOURCES OPENAPI_DIR

GRAPH      definitions with field types, list and map semantics and patch strategies, as JSON
RESOURCES  groups and resources as discovery lists them, as JSON
OPENAPI_DIR  the server's /openapi/v3 documents: which structs are always there (`default: {}`)

A type is a letter (s string, b boolean, i int32, l int64, n double, y bytes, q quantity, t time,
m micro time, x int-or-string, o object, ? anything) or a definition's number, followed by `[]` and `{}`.
"""
import glob
import json
import os
import sys

LETTERS = {"string": "s", "boolean": "b", "integer:int32": "i", "integer:int64": "l", "number:double": "n",
           "string:byte": "y", "number": "n"}
M = "io.k8s.apimachinery.pkg."
SPECIAL = {M + "api.resource.Quantity": "q", M + "apis.meta.v1.Time": "t", M + "apis.meta.v1.MicroTime": "m",
           M + "util.intstr.IntOrString": "x", M + "apis.meta.v1.FieldsV1": "o", M + "runtime.RawExtension": "o",
           M + "apis.meta.v1.Patch": "o"}
X = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."
SPECIAL.update({X + n: "?" for n in ("JSON", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrStringArray")})
ZERO = {"s": '""', "i": "0", "l": "0", "b": "false", "x": "0"}


def main(graph_path, resources_path, openapi_dir):
    graph = json.load(open(graph_path))
    definitions, here = graph["definitions"], os.path.dirname(os.path.abspath(__file__))
    always = {}
    for path in glob.glob(os.path.join(openapi_dir, "*.json")):
        for name, schema in json.load(open(path))["components"].get("schemas", {}).items():
            always.setdefault(name, set()).update(f for f, p in schema.get("properties", {}).items() if p.get("default") == {} and "allOf" in p)
    names = sorted(n for n in definitions if n not in SPECIAL)
    number = {n: str(i) for i, n in enumerate(names)}

    def base(name):
        return LETTERS.get(name) or SPECIAL.get(name) or number[name]

    def text(name):
        bare = name.rstrip("[]{}")
        return base(bare) + name[len(bare):]

    with open(os.path.join(here, "builtin.txt"), "w") as out:
        for k in sorted(graph["kinds"], key=lambda k: (k["group"], k["version"], k["kind"])):
            out.write("kind %s %s %s %s\n" % (k["group"] or "-", k["version"], k["kind"], number[k["definition"]]))
        for name in names:
            d = definitions[name]
            out.write("type %s%s\n" % (name.rsplit(".", 1)[1], " atomic" if d.get("mapType") == "atomic" else ""))
            for field, f in sorted(d.get("fields", {}).items()):
                words = [field, text(f["type"])]
                if f.get("listType") == "map":
                    element = definitions[f["type"][:-2]]
                    keys = []
                    for key in f["listMapKeys"]:
                        if key in f.get("keyDefaults", {}):
                            keys.append(key + "=" + json.dumps(f["keyDefaults"][key]))
                        elif key in f.get("keysWithoutDefault", []):
                            keys.append(key)
                        else:
                            keys.append(key + "=" + ZERO[text(element["fields"][key]["type"])])
                    words.append("map:" + ",".join(keys))
                elif f.get("listType") == "set":
                    words.append("set")
                if f.get("mapType") == "atomic":
                    words.append("atomic")
                if f.get("patchStrategy"):
                    words.append("patch:%s%s" % (f["patchStrategy"], "," + f["patchMergeKey"] if "patchMergeKey" in f else ""))
                if field in d.get("required", []):
                    words.append("required")
                if field in always.get(name, ()):
                    words.append("always")
                out.write(" " + " ".join(words) + "\n")

    resources = json.load(open(resources_path))
    with open(os.path.join(here, "resources.txt"), "w") as out:
        for g in resources["groups"]:
            out.write("group %s %s\n" % (g["group"] or "-", " ".join(g["versions"])))
        for r in resources["resources"]:
            out.write(" ".join([
                "resource", r["group"] or "-", r["version"], r["kind"], r["plural"], r["singular"] or "-",
                "namespaced" if r["namespaced"] else "cluster", ",".join(r["shortNames"]) or "-", ",".join(r["categories"]) or "-",
                ",".join("%s:%s:%s" % (s["name"], s["kind"], "+".join(s["verbs"])) for s in r["subresources"]) or "-", ",".join(r["verbs"]) or "-"]) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
