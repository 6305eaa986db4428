#!/usr/bin/env python3
"""Write definitions.txt: the schemas of built-in types as a Kubernetes API server publishes them.

usage: generate.py DOCUMENTS

DOCUMENTS  {path: document} of every OpenAPI v3 document of a server, as JSON

Lines, each kind of them numbered from 0: `text ...` is a description, as JSON. `shape ...` is what a field's schema
says beside its description, as JSON, with `@` for the name of another type. `type NAME TEXT MORE` is a type, MORE
what its schema says beside description and fields, as JSON; ` FIELD SHAPE TYPE TEXT` is a field, `-` for no type.
The texts are those of the Kubernetes API reference, under the Apache License 2.0.
"""
import json
import os
import sys

PREFIX = "#/components/schemas/"


def shape(schema, refs):
    if isinstance(schema, dict):
        out = {}
        for key, value in sorted(schema.items()):
            if key == "$ref":
                refs.append(value[len(PREFIX):])
                value = PREFIX + "@"
            out[key] = shape(value, refs)
        return out
    return [shape(item, refs) for item in schema] if isinstance(schema, list) else schema


def main(path):
    schemas = {}
    for document in json.load(open(path)).values():
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            # Options say another group in each document.
            known = schemas.setdefault(name, schema)
            if known != schema:
                known["x-kubernetes-group-version-kind"] = []
    names = {name: str(i) for i, name in enumerate(sorted(schemas))}
    texts, shapes, lines = {}, {}, []

    def number(table, value):
        return str(table.setdefault(json.dumps(value, sort_keys=True, separators=(",", ":")), len(table)))

    for name in names:
        schema = dict(schemas[name])
        fields = schema.pop("properties", {})
        lines.append("type %s %s %s" % (name, number(texts, schema.pop("description")), json.dumps(schema, separators=(",", ":"))))
        for field, of in sorted(fields.items()):
            refs, of = [], dict(of)
            text = number(texts, of.pop("description", ""))
            of = number(shapes, shape(of, refs))
            assert len(refs) < 2
            lines.append(" %s %s %s %s" % (field, of, names[refs[0]] if refs else "-", text))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "definitions.txt"), "w") as out:
        for word, table in (("text", texts), ("shape", shapes)):
            out.writelines("%s %s\n" % (word, value) for value in table)
        out.writelines(line + "\n" for line in lines)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
