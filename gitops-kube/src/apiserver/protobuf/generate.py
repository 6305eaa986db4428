#!/usr/bin/env python3
"""Write messages.txt: the numbers that the fields of built-in types have in the binary form.

usage: generate.py DOCUMENTS BUILTIN GO_DIR...

DOCUMENTS  {path: document} of every OpenAPI v3 document of a server, as JSON, for the names and fields of types
BUILTIN    the table of built-in types (builtin.txt), for what Go holds by pointer
GO_DIR     modules with generated.proto files (k8s.io/api, apimachinery)

`message NAME` is a type, numbered from 0; ` NUMBER FIELD TYPE` a field. A type is a letter (s string, b boolean,
i integer, d double, y bytes) or a message's number, after `*` when it is a list, `%` when it is a map from strings,
`?` when it may be absent though it is zero, `~` when its fields stand in the type itself.
"""
import glob
import json
import os
import re
import sys

SCALARS = {"string": "s", "bool": "b", "int32": "i", "int64": "i", "uint32": "i", "double": "d", "bytes": "y"}
MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.M | re.S)
FIELD = re.compile(r"^\s+(optional|repeated|map<string,) ?([\w.]+)>? (\w+) = (\d+);", re.M)


def pointing_fields(builtin, schemas):
    """{type: fields that Go holds by pointer}, by walking both tables from the kinds on."""
    kinds, types = {}, []
    for line in open(builtin):
        words = line.split()
        if line.startswith("kind "):
            kinds[("" if words[1] == "-" else words[1], words[2], words[3])] = int(words[4])
        elif line.startswith("type "):
            types.append({})
        else:
            types[-1][words[0]] = (words[1].rstrip("[]{}"), "ptr" in words[2:])
    out, todo = {}, []
    for name, schema in schemas.items():
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            at = kinds.get((kind["group"], kind["version"], kind["kind"]))
            todo += [(name, at)] if at is not None else []
    while todo:
        name, at = todo.pop()
        if name in out:
            continue
        fields = types[at]
        out[name] = {field for field, (_, pointer) in fields.items() if pointer}
        for field, schema in schemas[name].get("properties", {}).items():
            refs = re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(schema))
            if refs and fields.get(field, ("",))[0].isdigit():
                todo.append((refs[0], int(fields[field][0])))
    return out


def main(documents, builtin, *go_dirs):
    schemas = {}
    for document in json.load(open(documents)).values():
        schemas.update(document.get("components", {}).get("schemas", {}))
    messages = {}
    for root in go_dirs:
        for path in glob.glob(os.path.join(root, "**", "generated.proto"), recursive=True):
            text = re.sub(r"^\s*//.*\n", "", open(path).read(), flags=re.M)
            package = re.search(r"^package (.*);", text, re.M).group(1)
            for name, body in MESSAGE.findall(text):
                messages[package + "." + name] = (package, FIELD.findall(body))

    def public(name):
        return re.sub(r"^k8s\.io\.", "io.k8s.", name.replace("kube_aggregator", "kube-aggregator"))

    pointers = pointing_fields(builtin, schemas)
    # Some messages have no schema of their own: their fields stand in the types they are part of.
    inlined = {}
    for name, (package, fields) in messages.items():
        known = schemas.get(public(name), {}).get("properties", {})
        for label, kind, field, _ in fields:
            kind = kind.lstrip(".")
            full = kind if kind.startswith("k8s.io.") else package + "." + kind
            if known and label == "optional" and field not in known and full in messages:
                inlined[full] = name
    lists = ("ExtraValue", "Verbs")
    wanted = [n for n in sorted(messages) if public(n) in schemas or n in inlined or n.rsplit(".", 1)[1] in lists]
    number = {n: str(i) for i, n in enumerate(wanted)}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "messages.txt"), "w") as out:
        for name in wanted:
            package, fields = messages[name]
            out.write("message %s\n" % public(name))
            known = schemas.get(public(name), {}).get("properties", {})
            pointing = pointers.get(public(name), set()) | pointers.get(public(inlined.get(name, "")), set())
            lines = []
            for label, kind, field, tag in fields:
                of, kind = SCALARS.get(kind), kind.lstrip(".")
                # Some names differ in the case of their letters.
                field = next((k for k in known if field not in known and k.lower() == field.lower()), field)
                if not of:
                    full = kind if kind.startswith("k8s.io.") else package + "." + kind
                    if full not in number:
                        continue
                    of = number[full]
                mark = {"optional": "", "repeated": "*"}.get(label, "%")
                inline = known and field not in known and of.isdigit() and not mark
                if inline:
                    mark = "~"
                if field in pointing:
                    mark = "?"
                lines.append((int(tag), field, mark + of))
            for tag, field, of in sorted(lines):
                out.write(" %d %s %s\n" % (tag, field, of))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
