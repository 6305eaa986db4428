#!/usr/bin/env python3
"""Write builtin.txt and resources.txt: the built-in types and resources of a Kubernetes API server.

usage: generate.py GRAPH RESOURCES GO_DIR...

GRAPH      definitions with field types, list and map semantics and patch strategies, as JSON
RESOURCES  groups and resources as discovery lists them, as JSON
GO_DIR     modules with the Go types (k8s.io/api, apimachinery, apiextensions-apiserver,
           kube-aggregator), for what OpenAPI does not say: pointers and `omitempty`

builtin.txt has the kinds, then the definitions with their fields, then the lists and maps that fields hold.
Definitions, lists and maps are numbered from 0 in this order. A type is such a number or a letter: s string,
b boolean, i int32, l int64, n double, y bytes, q quantity, t time, m micro time, x int-or-string, o object,
? anything. A field is `ptr` when Go holds a pointer, `emit` when it is written even if empty.
"""
import glob
import json
import os
import re
import sys

LETTERS = {"string": "s", "boolean": "b", "integer:int32": "i", "integer:int64": "l", "number:double": "n",
           "string:byte": "y", "number": "n"}
M = "io.k8s.apimachinery.pkg."
SPECIAL = {M + "api.resource.Quantity": "q", M + "apis.meta.v1.Time": "t", M + "apis.meta.v1.MicroTime": "m",
           M + "util.intstr.IntOrString": "x", M + "apis.meta.v1.FieldsV1": "o", M + "runtime.RawExtension": "?",
           M + "apis.meta.v1.Patch": "o"}
X = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."
SPECIAL.update({X + n: "?" for n in ("JSON", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrStringArray")})
ZERO = {"s": '""', "i": "0", "l": "0", "b": "false", "x": "0"}


STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.M | re.S)
FIELD = re.compile(r"^\t(?:(\w+)[ \t]+)?(\*|\[\]|map)?([\w.\[\]*]+)[ \t]+`[^`]*json:\"([^\"]*)\"", re.M)
PACKAGES = {"k8s.io/api/": "io.k8s.api.", "k8s.io/apimachinery/": "io.k8s.apimachinery.",
            "k8s.io/apiextensions-apiserver/": "io.k8s.apiextensions-apiserver.", "k8s.io/kube-aggregator/": "io.k8s.kube-aggregator."}


def go_fields(dirs):
    """{definition: {field: (pointer, emitted, omitzero)}} of every struct."""
    structs = {}
    for root in dirs:
        module = re.sub(r"@[^/]*", "", os.path.abspath(root)).rstrip("/") + "/"
        prefix = next(p for m, p in PACKAGES.items() if module.endswith(m))
        for path in glob.glob(os.path.join(root, "**", "*types*.go"), recursive=True):
            package = prefix + os.path.relpath(os.path.dirname(path), root).replace("/", ".")
            text = re.sub(r"^\s*//.*\n", "", open(path).read(), flags=re.M)
            for name, body in STRUCT.findall(text):
                structs[package + "." + name] = (package, FIELD.findall(body))

    def of(name):
        package, fields = structs.get(name, ("", []))
        out = {}
        for _, shape, go, tag in fields:
            json_name, *options = tag.split(",")
            if not json_name and "inline" in options:
                out.update(of(package + "." + go) or of("io.k8s.api.core.v1." + go.split(".")[-1]))
            elif json_name != "-":
                out[json_name] = (shape == "*", not {"omitempty", "omitzero"} & set(options), "omitzero" in options)
        return out
    return of


def main(graph_path, resources_path, *go_dirs):
    graph = json.load(open(graph_path))
    definitions, here = graph["definitions"], os.path.dirname(os.path.abspath(__file__))
    fields_of = go_fields(go_dirs)
    names = sorted(n for n in definitions if n not in SPECIAL)
    number = {n: str(i) for i, n in enumerate(names)}

    def base(name):
        return LETTERS.get(name) or SPECIAL.get(name) or number[name]

    def text(name):
        bare = name.rstrip("[]{}")
        return base(bare) + name[len(bare):]

    shapes, shape_lines = {}, []

    def shape(text, semantics=""):
        """The number of a list or map, written down when it is new; other types stand for themselves."""
        if not text.endswith(("[]", "{}")):
            return text
        if (text, semantics) not in shapes:
            line = "%s %s %s" % ("list" if text.endswith("[]") else "map", shape(text[:-2]), semantics)
            shapes[text, semantics] = str(len(names) + len(shape_lines))
            shape_lines.append(line.strip())
        return shapes[text, semantics]

    with open(os.path.join(here, "builtin.txt"), "w") as out:
        for k in sorted(graph["kinds"], key=lambda k: (k["group"], k["version"], k["kind"])):
            out.write("kind %s %s %s %s\n" % (k["group"] or "-", k["version"], k["kind"], number[k["definition"]]))
        for name in names:
            d = definitions[name]
            out.write("type %s%s\n" % (name.rsplit(".", 1)[1], " atomic" if d.get("mapType") == "atomic" else ""))
            facts = fields_of(name)
            for field, f in sorted(d.get("fields", {}).items()):
                of, semantics, words = text(f["type"]), "", []
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
                    semantics = "map:" + ",".join(keys)
                elif f.get("listType") == "set":
                    semantics = "set"
                if f.get("mapType") == "atomic":
                    semantics = "atomic"
                if f.get("patchStrategy"):
                    words.append("patch:%s%s" % (f["patchStrategy"], "," + f["patchMergeKey"] if "patchMergeKey" in f else ""))
                if field in d.get("required", []):
                    words.append("required")
                pointer, emitted, omitzero = facts.get(field, (False, False, False))
                if field not in facts and field not in ("apiVersion", "kind", "metadata"):
                    print("no Go field", name, field)
                if pointer:
                    words.append("ptr")
                if emitted or (not pointer and not omitzero and re.fullmatch(r"\d+|[qtmx]", of)):
                    words.append("emit")
                out.write(" " + " ".join([field, shape(of, semantics), *words]) + "\n")
        out.writelines(line + "\n" for line in shape_lines)

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
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
