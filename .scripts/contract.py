#!/usr/bin/env python3
"""Derives the HTTP routing table, message shapes and the OpenAPI document from a descriptor set.

The descriptor set is what `protoc --include_source_info --descriptor_set_out` writes. It is read
with a small wire-format decoder so that no Python package is needed; the field numbers below are
those of google/protobuf/descriptor.proto.
"""
import argparse
import json
from collections import OrderedDict

HTTP_EXTENSION = 72295728  # google.api.http on MethodOptions
PUBLIC_EXTENSION = 51001  # wge.options.v1.public on MethodOptions
REQUIRED_EXTENSION = 51002  # wge.options.v1.required on FieldOptions

# --- Wire format ---


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """All fields of one message: number -> list of raw values (int or bytes)."""
    found = {}
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = data[at:at + 8], at + 8
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        elif kind == 5:
            value, at = data[at:at + 4], at + 4
        else:
            raise ValueError(f"unexpected wire type {kind}")
        found.setdefault(number, []).append(value)
    return found


def text(message, number, default=""):
    values = message.get(number)
    return values[-1].decode() if values else default


def number(message, field, default=0):
    values = message.get(field)
    return values[-1] if values else default


def packed(values):
    out = []
    for value in values:
        if isinstance(value, int):
            out.append(value)
            continue
        at = 0
        while at < len(value):
            item, at = varint(value, at)
            out.append(item)
    return out


# --- Descriptors ---

SCALARS = {
    1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 6: "fixed64", 7: "fixed32",
    8: "bool", 9: "string", 12: "bytes", 13: "uint32", 15: "sfixed32", 16: "sfixed64",
    17: "sint32", 18: "sint64",
}
LONG = {"int64", "uint64", "fixed64", "sfixed64", "sint64"}
INT = {"int32", "fixed32", "uint32", "sfixed32", "sint32"}


class Contract:
    def __init__(self, data):
        self.messages = OrderedDict()  # full name -> {comment, fields, map_entry}
        self.services = []
        for raw in fields(data).get(1, []):
            self.file(fields(raw))

    def file(self, file):
        package = text(file, 2)
        if package.startswith("google."):
            return  # options and well-known types: not part of the contract's messages
        comments = {}
        for info in file.get(9, []):
            for location in fields(info).get(1, []):
                location = fields(location)
                comments[tuple(packed(location.get(1, [])))] = text(location, 3)
        for index, raw in enumerate(file.get(4, [])):
            self.message(package, fields(raw), comments, (4, index))
        for index, raw in enumerate(file.get(6, [])):
            self.service(package, fields(raw), comments, (6, index))

    def message(self, scope, message, comments, path):
        name = f"{scope}.{text(message, 1)}"
        members = []
        for index, raw in enumerate(message.get(2, [])):
            field = fields(raw)
            kind = number(field, 5)
            options = fields(field[8][-1]) if 8 in field else {}
            if kind in (10, 14):
                raise ValueError(f"{name}: groups and enums are not used in this contract")
            members.append({
                "name": text(field, 1),
                "json": text(field, 10),
                "repeated": number(field, 4) == 3,
                "type": text(field, 6).lstrip(".") if kind == 11 else SCALARS[kind],
                "message": kind == 11,
                "required": bool(number(options, REQUIRED_EXTENSION)),
                "comment": clean(comments.get(path + (2, index), "")),
            })
        options = fields(message[7][-1]) if 7 in message else {}
        self.messages[name] = {
            "comment": clean(comments.get(path, "")), "fields": members,
            "map": bool(number(options, 7)),
        }
        for index, raw in enumerate(message.get(3, [])):
            self.message(name, fields(raw), comments, path + (3, index))

    def service(self, package, service, comments, path):
        name = f"{package}.{text(service, 1)}"
        methods = []
        for index, raw in enumerate(service.get(2, [])):
            method = fields(raw)
            options = fields(method[4][-1]) if 4 in method else {}
            if HTTP_EXTENSION not in options:
                raise ValueError(f"{name}/{text(method, 1)}: no google.api.http annotation")
            rule = fields(options[HTTP_EXTENSION][-1])
            verb, template = next(
                (verb, text(rule, at))
                for verb, at in (("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 6))
                if at in rule)
            methods.append({
                "name": text(method, 1), "input": text(method, 2).lstrip("."),
                "output": text(method, 3).lstrip("."), "verb": verb, "path": template,
                "body": text(rule, 7), "public": bool(number(options, PUBLIC_EXTENSION)),
                "comment": clean(comments.get(path + (2, index), "")),
            })
        self.services.append({
            "name": name, "methods": methods, "comment": clean(comments.get(path, ""))})


def clean(comment):
    return "\n".join(line.strip() for line in comment.strip().split("\n"))


# --- Swift ---

HEADER = "// Made by `make protos` from Sources/WGEAPI/Protos. Do not edit.\n// swift-format-ignore-file\n"


def swift(value):
    return json.dumps(value)


def routes(contract):
    out = [HEADER, "internal import HTTPTypes\n", "extension HTTPRule {",
           "  /// Every RPC of the contract with its HTTP binding, in the order of the protos.",
           "  public static let all: [HTTPRule] = ["]
    for service in contract.services:
        for method in service["methods"]:
            body = {"": ".none", "*": ".whole"}.get(method["body"], f".field({swift(method['body'])})")
            out.append(
                f"    HTTPRule(\n      rpc: {swift(service['name'] + '/' + method['name'])}, "
                f"method: .{method['verb']}, path: {swift(method['path'])}, body: {body},\n"
                f"      input: {swift(method['input'])}, output: {swift(method['output'])}, "
                f"isPublic: {'true' if method['public'] else 'false'}),")
    out += ["  ]", "}", ""]
    return "\n".join(out)


def shapes(contract):
    out = [HEADER, "extension MessageShape {",
           "  /// Every message of the contract by full name.",
           "  public static let all: [String: MessageShape] = ["]
    for name, message in sorted(contract.messages.items()):
        if message["map"]:
            continue
        out.append(f"    {swift(name)}: MessageShape([")
        for field in message["fields"]:
            out.append(
                f"      Field(json: {swift(field['json'])}, name: {swift(field['name'])}, "
                f"kind: {shape(contract, field)}, isRequired: {'true' if field['required'] else 'false'}),")
        out.append("    ]),")
    out += ["  ]", "}", ""]
    return "\n".join(out)


def single(field):
    if field["message"]:
        return f".message({swift(field['type'])})"
    kind = field["type"]
    if kind in LONG:
        return ".long"
    if kind in INT:
        return ".int"
    return {"bool": ".bool", "string": ".string", "bytes": ".bytes"}.get(kind, ".double")


def shape(contract, field):
    if field["message"] and contract.messages[field["type"]]["map"]:
        value = contract.messages[field["type"]]["fields"][1]
        return f".map({single(value)})"
    if field["repeated"]:
        return f".list({single(field)})"
    return single(field)


# --- OpenAPI 3.1 ---


def field_schema(contract, field, response):
    if field["message"] and contract.messages[field["type"]]["map"]:
        value = contract.messages[field["type"]]["fields"][1]
        found = {"type": "object", "additionalProperties": value_schema(value)}
    elif field["repeated"]:
        found = {"type": "array", "items": value_schema(field)}
    else:
        found = value_schema(field)
        if field["message"]:
            found = {"oneOf": [found, {"type": "null"}]}
        if field["required"] and found.get("type") == "string":
            found["minLength"] = 1
        if field["required"] and found.get("type") == "integer":
            found["not"] = {"const": 0}
    if field["comment"]:
        found["description"] = field["comment"]
    return found


def value_schema(field):
    kind = field["type"]
    if field["message"]:
        return {"$ref": f"#/components/schemas/{kind}"}
    if kind in LONG:
        return {"type": "string", "pattern": "^-?[0-9]+$"}
    if kind in INT:
        if kind.startswith("u") or kind == "fixed32":
            return {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}
        return {"type": "integer", "format": "int32", "minimum": -2**31, "maximum": 2**31 - 1}
    return {
        "bool": {"type": "boolean"}, "string": {"type": "string"},
        "bytes": {"type": "string", "contentEncoding": "base64"},
    }.get(kind, {"type": "number"}).copy()


def message_schema(contract, name, response, leave_out=()):
    message = contract.messages[name]
    members = [field for field in message["fields"] if field["name"] not in leave_out]
    found = {"type": "object"}
    if message["comment"]:
        found["description"] = message["comment"]
    found["properties"] = {field["json"]: field_schema(contract, field, response) for field in members}
    required = [field["json"] for field in members if response or field["required"]]
    if required:
        found["required"] = required
    return found


def reachable(contract, name, into):
    if name in into:
        return
    into.append(name)
    for field in contract.messages[name]["fields"]:
        if not field["message"]:
            continue
        inner = contract.messages[field["type"]]
        if inner["map"]:
            value = inner["fields"][1]
            if value["message"]:
                reachable(contract, value["type"], into)
        else:
            reachable(contract, field["type"], into)


def query_parameters(contract, name, leave_out, prefix="", path=()):
    out = []
    for field in contract.messages[name]["fields"]:
        if field["name"] in leave_out:
            continue
        if field["message"]:
            if field["type"] in path or contract.messages[field["type"]]["map"] or field["repeated"]:
                continue  # neither maps nor recursion can be written in a query
            out += query_parameters(
                contract, field["type"], (), f"{prefix}{field['json']}.", path + (field["type"],))
            continue
        schema = field_schema(contract, dict(field, comment=""), False)
        out.append({
            "name": prefix + field["json"], "in": "query", "required": field["required"],
            "description": field["comment"], "schema": schema})
    return out


def openapi(contract, server):
    responses = []
    requests = set()
    paths = OrderedDict()
    tags = []
    for service in contract.services:
        tag = service["name"].split(".")[-1]
        tags.append({"name": tag, "description": service["comment"]})
        for method in service["methods"]:
            reachable(contract, method["output"], responses)
            in_path = [part[1:-1] for part in method["path"].split("/") if part.startswith("{")]
            members = {field["name"]: field for field in contract.messages[method["input"]]["fields"]}
            summary, _, description = method["comment"].partition("\n")
            operation = {
                "operationId": f"{tag}_{method['name']}", "tags": [tag], "summary": summary.rstrip("."),
            }
            if description.strip():
                operation["description"] = " ".join(description.split())
            parameters = [{
                "name": members[name]["json"], "in": "path", "required": True,
                "description": members[name]["comment"],
                "schema": {"type": "string", "minLength": 1}} for name in in_path]
            if method["body"] == "*":
                requests.add((method["input"], tuple(in_path)))
                operation["requestBody"] = {
                    "required": True,
                    "content": {"application/json": {
                        "schema": {"$ref": f"#/components/schemas/{method['input']}"}}}}
            else:
                parameters += query_parameters(contract, method["input"], in_path)
            if parameters:
                operation["parameters"] = parameters
            operation["responses"] = {
                "200": {
                    "description": contract.messages[method["output"]]["comment"] or "The answer.",
                    "content": {"application/json": {
                        "schema": {"$ref": f"#/components/schemas/{method['output']}"}}}},
                "400": {"$ref": "#/components/responses/Invalid"},
            }
            if not method["public"]:
                operation["responses"]["401"] = {"$ref": "#/components/responses/Unauthenticated"}
            operation["responses"]["default"] = {"$ref": "#/components/responses/Failed"}
            if method["public"]:
                operation["security"] = [{}, {"session": []}, {"bearer": []}]
            paths.setdefault(method["path"], OrderedDict())[method["verb"]] = operation
    schemas = {}
    for name in responses:
        schemas[name] = message_schema(contract, name, True)
    for name, in_path in sorted(requests):
        schemas[name] = message_schema(contract, name, False, in_path)
    for path, item in server["paths"].items():
        paths.setdefault(path, OrderedDict()).update(item)
    components = server["components"]
    components["schemas"] = dict(sorted({**components.get("schemas", {}), **schemas}.items()))
    return OrderedDict([
        ("openapi", "3.1.0"), ("info", server["info"]), ("servers", server["servers"]),
        ("security", server["security"]), ("tags", server["tags"] + tags),
        ("paths", OrderedDict(sorted(paths.items()))), ("components", components),
    ])


def embedded(document):
    return "\n".join([
        HEADER, "/// The API as an OpenAPI 3.1 document.", "public enum OpenAPIDocument {",
        "  /// The document as JSON text.", '  public static let json = #"""',
        *("    " + line for line in document.split("\n")), '    """#', "}", ""])


def main():
    parser = argparse.ArgumentParser()
    for name in ("descriptors", "server", "routes", "shapes", "openapi", "embedded"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    with open(options.descriptors, "rb") as file:
        contract = Contract(file.read())
    with open(options.server) as file:
        server = json.load(file)
    document = json.dumps(openapi(contract, server), indent=1, ensure_ascii=True)
    for path, content in (
        (options.routes, routes(contract)), (options.shapes, shapes(contract)),
        (options.openapi, document + "\n"), (options.embedded, embedded(document)),
    ):
        with open(path, "w") as file:
            file.write(content)


main()
