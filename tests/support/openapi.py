# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says whether Konnect's OpenAPI document allows a request or an answer.

The document is ../shared/reference/konnect-openapi.yaml. What it leaves out although it happens is listed below as
data, each gap with its reason; anything else that is not in the document is a problem.

    document = Document(folder / "konnect-openapi.yaml")
    problems = document.problems_of_response("GET", "/v2/control-planes", 200, "application/json", body)
    problems = document.problems_of_request("POST", "/v2/control-planes", {}, body)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

PREFIX = "/v2"
METHODS = ("get", "post", "put", "patch", "delete")
BASE = "urn:konnect"
SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

CORE = r"/control-planes/[^/]+/core-entities/"


@dataclass(frozen=True)
class Gap:
    """Answers that happen and that the document does not know; ``statuses`` empty means the whole operation."""

    method: str
    path: str
    reason: str
    statuses: frozenset[int] = frozenset()

    def covers(self, method: str, path: str, status: int | None) -> bool:
        """Whether this gap explains an answer (or, with status None, an operation)."""
        if self.method not in ("*", method) or not re.fullmatch(self.path, path):
            return False
        return not self.statuses if status is None else status in self.statuses


GAPS = (
    Gap("*", ".*", "429 and 5xx come from the gateway before any operation; the document leaves them out",
        frozenset({429, 500, 502, 503, 504})),
    Gap("*", ".*", "415 for a wrong content type, 405 for a wrong method: the gateway again", frozenset({405, 415})),
    Gap("*", CORE + ".*", "error answers of most core-entities calls are missing (konnect-api.md l 23)",
        frozenset({400, 401, 403, 404, 409})),
    Gap("PATCH", "/control-planes/[^/]+", "a name that is taken is a conflict here too", frozenset({409})),
    Gap("DELETE", CORE + "plugin-schemas/[^/]+", "a schema in use is refused with 400 (surprise 6)", frozenset({400})),
    Gap("*", "/control-planes/[^/]+/(nodes|expected-config)[^/]*(/[^/]+)?", "no error is listed for nodes and hash",
        frozenset({400, 401, 403, 404})),
    Gap("*", "/control-planes/[^/]+/dp-client-certificates.*", "400 for a bad page or id is not listed",
        frozenset({400})),
    Gap("*", CORE + "(services|routes|consumers|consumer_groups)(/[^/]+)?", "the slice keeps only the list calls"),
    Gap("GET", CORE + "plugin-schemas", "an unknown control plane gives 404 here too", frozenset({404})),
)  # fmt: skip

# Every error, documented or not, has one of the shapes of konnect-api.md g.
ERROR_SHAPES: Mapping[str, Any] = {
    "anyOf": [
        {"required": ["code"], "properties": {"code": {"type": "integer"}, "message": {"type": "string"}}},
        {"required": ["message"], "properties": {"message": {"type": "string"}}},
        {"required": ["status", "title", "instance", "detail"], "properties": {"status": {"type": "integer"}}},
    ],
    "type": "object",
}


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    template: str
    method: str
    pattern: re.Pattern[str]
    content: Mapping[str, Any]
    parameters: tuple[Mapping[str, Any], ...]


class Document:
    """The OpenAPI document, ready to judge."""

    def __init__(self, file: Path) -> None:
        self._document = _json_schema(yaml.load(file.read_text(encoding="utf-8"), SAFE_LOADER))
        resource = Resource.from_contents(self._document, default_specification=DRAFT202012)
        self._registry: Registry = Registry().with_resource(BASE, resource)
        # A literal segment wins over a parameter: nodes/eol is not a node.
        self._operations = sorted(self._read_operations(), key=lambda operation: operation.template.count("{"))

    @property
    def operations(self) -> list[tuple[str, str]]:
        """Method and path template of everything the document describes, the prefix in front."""
        return [(operation.method, PREFIX + operation.template) for operation in self._operations]

    def problems_of_request(self, method: str, path: str, query: Mapping[str, str], body: Any = None) -> list[str]:
        """Why the document does not allow this request: unknown operation, query argument, or a body that breaks it."""
        path = path.removeprefix(PREFIX)
        operation = self._operation(method, path)
        if operation is None:
            return [] if _gap(method, path, None) else [f"{method} {path}: no such operation"]
        where = f"{method} {operation.template}"
        problems = [f"{where}: no query argument {name!r}" for name in query if not _takes(operation, name)]
        problems += self._path_problems(operation, path, where)
        content, pointer = self._follow(operation.content.get("requestBody"), f"{_pointer(operation)}/requestBody")
        if content is None:
            return problems if body is None else [*problems, f"{where}: takes no body"]
        if body is None:
            return [*problems, f"{where}: wants a body"] if content.get("required") else problems
        schema = {"$ref": f"{BASE}#{pointer}/content/application~1json/schema"}
        return problems + [f"{where}: {problem}" for problem in self._violations(schema, body)]

    def problems_of_log(self, entries: Iterable[Mapping[str, Any]]) -> list[str]:
        """What is wrong with the requests that a lab control plane has logged (``GET /lab/requests``)."""
        return [
            problem
            for entry in entries
            for problem in self.problems_of_request(
                entry["method"], entry["path"], dict(parse_qsl(entry["query"], keep_blank_values=True)), entry["body"]
            )
        ]

    def problems_of_response(self, method: str, path: str, status: int, media_type: str | None, body: Any) -> list[str]:
        """Why the document does not allow this answer, known gaps aside."""
        path = path.removeprefix(PREFIX)
        operation, where = self._operation(method, path), f"{method} {path} -> {status}"
        if operation is None and not _gap(method, path, None):
            return [] if status in (404, 405) else [f"{where}: no such operation"]
        errors = list(self._violations(ERROR_SHAPES, body)) if status >= 400 else []
        problems = [f"{where}: no known shape of an error: {error}" for error in errors]
        response = operation and operation.content["responses"].get(str(status))
        if operation is None or response is None:
            known = operation is None or _gap(method, path, status)
            return problems if known else [*problems, f"{where}: status not documented"]
        content, pointer = self._follow(response, f"{_pointer(operation)}/responses/{status}")
        return problems + [f"{where}: {problem}" for problem in self._body_problems(content, pointer, media_type, body)]

    def _body_problems(self, response: Any, pointer: str, media_type: str | None, body: Any) -> Iterator[str]:
        declared = (response or {}).get("content") or {}
        if not declared:
            if body is not None and pointer.endswith("/204"):
                yield "has a body where none is documented"
        elif media_type not in declared:
            yield f"media type {media_type}, documented {', '.join(declared)}"
        else:
            schema = {"$ref": f"{BASE}#{pointer}/content/{_escaped(str(media_type))}/schema"}
            yield from self._violations(schema, body)

    def _violations(self, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
        validator = jsonschema.Draft202012Validator(
            schema, registry=self._registry, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        )
        for error in validator.iter_errors(value):
            yield f"{error.json_path}: {error.message[:300]}"

    def _path_problems(self, operation: Operation, path: str, where: str) -> Iterator[str]:
        match = operation.pattern.fullmatch(path)
        assert match is not None
        declared = [parameter for parameter in operation.parameters if parameter.get("in") == "path"]
        for parameter in declared:
            value = match.groupdict().get(parameter["name"].replace("-", "_"))
            if value is not None:
                for problem in self._violations(parameter["schema"], value):
                    yield f"{where}: {parameter['name']}: {problem}"

    def _operation(self, method: str, path: str) -> Operation | None:
        return next(
            (found for found in self._operations if found.method == method and found.pattern.fullmatch(path)), None
        )

    def _read_operations(self) -> Iterator[Operation]:
        for template, item in self._document["paths"].items():
            pattern = re.compile(re.sub(r"\{([^}]+)\}", r"(?P<\1>[^/]+)", template))
            for method in METHODS:
                if method in item:
                    listed = [*item.get("parameters", ()), *item[method].get("parameters", ())]
                    parameters = tuple(self._follow(parameter, "")[0] for parameter in listed)
                    yield Operation(template, method.upper(), pattern, item[method], parameters)

    def _follow(self, node: Any, pointer: str) -> tuple[Any, str]:
        """A node of the document with its own reference followed, and where it stands."""
        if isinstance(node, dict) and "$ref" in node:
            pointer = node["$ref"].removeprefix("#")
            node = self._document
            for part in pointer.strip("/").split("/"):
                node = node[part]
        return node, pointer


def _takes(operation: Operation, name: str) -> bool:
    names = {parameter["name"] for parameter in operation.parameters if parameter.get("in") == "query"}
    deep = {parameter["name"] for parameter in operation.parameters if parameter.get("style") == "deepObject"}
    return name in names or name.partition("[")[0] in deep


def _gap(method: str, path: str, status: int | None) -> bool:
    return any(gap.covers(method, path, status) for gap in GAPS)


def _pointer(operation: Operation) -> str:
    return f"/paths/{_escaped(operation.template)}/{operation.method.lower()}"


def _escaped(part: str) -> str:
    """For a JSON pointer inside a URI fragment."""
    part = part.replace("~", "~0").replace("/", "~1")
    return part.replace("{", "%7B").replace("}", "%7D").replace("+", "%2B")


def _json_schema(node: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    schema = {key: _json_schema(value) for key, value in node.items()}
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        schema["type"] = [node["type"], "null"]
        if "enum" in node:
            schema["enum"] = [*node["enum"], None]
    return schema
