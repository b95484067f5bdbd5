"""deploy/chart/values.schema.json, made from values.yaml: its keys, the types of its defaults, its comments.

A value without a comment is refused, so is one that neither a default nor this file gives a type.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parent / "chart"
SCHEMA = CHART / "values.schema.json"
Schema = dict[str, Any]

MAP: Schema = {"type": "object"}
TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
ITEMS: Schema = {"type": "array", "items": {"type": "object"}}
PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
COUNT: Schema = {"type": "integer", "minimum": 0}
URL: Schema = {"type": "string", "pattern": "^(https?://[^/ ]+.*)?$"}
ENVIRONMENT: Schema = {
    "type": "object",
    "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
    "additionalProperties": {
        "anyOf": [{"type": ["string", "number", "boolean"]}, {"type": "object", "required": ["valueFrom"]}]
    },
}
REMOTE: Schema = {"type": "object", "additionalProperties": {"type": "object", "required": ["key"]}}


def one_of(*values: str) -> Schema:
    return {"enum": list(values)}


# What a default does not tell: by the end of a value's path, the longest that fits.
KNOWN: dict[str, Schema] = {
    "global.imagePullSecrets": {"type": "array", "items": {"type": "string"}},
    "commonLabels": TEXTS,
    "image.repository": {"type": "string", "minLength": 1},
    "image.digest": {"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"},
    "image.pullPolicy": one_of("Always", "IfNotPresent", "Never"),
    "settings.normalisation": {"type": "integer", "minimum": 1},
    "settings.touchPartitions": {"type": "integer", "minimum": 1, "maximum": 1000},
    "settings.region": {"type": "string", "pattern": "^[A-Z]{2}$"},
    "settings.teamVisibility": one_of("masked", "hidden"),
    "settings.unregisteredAttributes": one_of("accept", "refuse"),
    "settings.logLevel": one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    "settings.edgeUrl": URL,
    "settings.cookieDomain": {"type": "string", "pattern": "^([a-z0-9-]+(\\.[a-z0-9-]+)*)?$"},
    "settings.trackingCountries": {
        "type": "string",
        "pattern": "^([A-Z]{2}=(consent|always|never)( [A-Z]{2}=(consent|always|never))*)?$",
    },
    "settings.consoleUrl": URL,
    "settings.otlpEndpoint": URL,
    "settings.topicPrefix": {"type": "string", "pattern": "^[a-z0-9.-]*$"},
    "settings.drainSeconds": {"type": "number", "minimum": 0, "maximum": 20},
    "settings.graceSeconds": {"type": "number", "minimum": 0, "maximum": 25},
    "oidc.issuer": URL,
    "oidc.jwksUrl": URL,
    "oidc.parameters": TEXTS,
    "oidc.roles": {
        "type": "object",
        "additionalProperties": one_of("rep", "marketer", "approver", "analyst", "admin", "service"),
    },
    "oidc.teams": TEXTS,
    "tls.identity": {"type": "string", "pattern": "^spiffe://[^/]+/.+$"},
    "tls.peers": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    "port": PORT,
    "ports": {"type": "array", "items": PORT, "minItems": 1},
    "cnpg.instances": {"type": "integer", "minimum": 1},
    "extraSpec": MAP,
    "kafka.bootstrap": {"type": "string", "pattern": "^([^:, ]+:[0-9]+(,[^:, ]+:[0-9]+)*)?$"},
    "kafka.security": one_of("PLAINTEXT", "SSL", "SASL_SSL"),
    "sasl.mechanism": one_of("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER"),
    "strimzi.apiVersion": one_of("v1", "v1beta2"),
    "strimzi.replicas": {"type": "integer", "minimum": 1},
    "strimzi.minInsyncReplicas": {"type": "integer", "minimum": 1},
    "topics.mode": one_of("job", "strimzi", "none"),
    "migrations.mode": one_of("job", "hook", "initContainer", "none"),
    "ttlSecondsAfterFinished": {"type": ["integer", "null"], "minimum": 0},
    "smtp.security": one_of("none", "starttls", "tls"),
    "targetCPUUtilizationPercentage": {"type": "integer", "minimum": 1, "maximum": 100},
    "maxUnavailable": {"anyOf": [COUNT, {"type": "string", "pattern": "^[0-9]+%$"}]},
    "resources": MAP,
    "podSecurityContext": MAP,
    "securityContext": MAP,
    "nodeSelector": TEXTS,
    "affinity": MAP,
    "annotations": TEXTS,
    "labels": TEXTS,
    "deploymentAnnotations": TEXTS,
    "podAnnotations": TEXTS,
    "podLabels": TEXTS,
    "env": ENVIRONMENT,
    "externalSecrets.secrets": {"type": "object", "additionalProperties": REMOTE},
    "extraObjects": {"type": "array", "items": {"type": ["object", "string"]}},
}
OPEN = {"global"}


class UncommentedValueError(Exception):
    """A value of values.yaml that has no comment above it."""


def comments(text: str) -> dict[str, str]:
    """The comment above each key that stands on a line of its own, by the key's path."""
    found: dict[str, str] = {}
    path: list[tuple[int, str]] = []
    above: list[str] = []
    for line in text.splitlines():
        key = re.match(r"^( *)([A-Za-z]\w*):", line)
        if comment := re.match(r"^ *# ?(.*)$", line):
            above.append(comment[1])
        elif key:
            path = [(indent, name) for indent, name in path if indent < len(key[1])]
            path.append((len(key[1]), key[2]))
            found[".".join(name for _, name in path)] = " ".join(above)
            above = []
        else:
            above = []
    return found


def schema(values: dict[str, Any], told: dict[str, str]) -> Schema:
    """The whole schema; the roles of `services` may set anything of `defaults`."""
    defaults = _of("defaults", values["defaults"], told)
    services = {
        service: {
            **_closed(
                {
                    role: {"$ref": "#/definitions/role", "description": _said(told, f"services.{service}.{role}")}
                    for role in roles
                }
            ),
            "description": _said(told, f"services.{service}"),
        }
        for service, roles in values["services"].items()
    }
    rest = {name: _of(name, value, told) for name, value in values.items() if name != "services"}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of the Touchline chart",
        "definitions": {"role": {key: value for key, value in defaults.items() if key != "description"}},
        **_closed({**rest, "services": {**_closed(services), "description": _said(told, "services")}}),
    }


def _of(path: str, value: Any, told: dict[str, str]) -> Schema:
    known = next((KNOWN[end] for end in _ends(path) if end in KNOWN), None)
    said = {"description": _said(told, path)}
    if known is not None:
        return {**known, **said}
    if isinstance(value, dict) and value:
        fields = {name: _of(f"{path}.{name}", inner, told) for name, inner in value.items()}
        return {**_closed(fields), **({"additionalProperties": True} if path in OPEN else {}), **said}
    for kind, found in ((bool, {"type": "boolean"}), (int, COUNT), (str, {"type": "string"}), (list, ITEMS)):
        if isinstance(value, kind):
            return {**found, **said}
    raise TypeError(f"values.yaml: {path} has no default that tells its type; say it in {Path(__file__).name}")


def _said(told: dict[str, str], path: str) -> str:
    """The value's comment; what stands inside of braces is explained where they begin."""
    for known in _beginnings(path):
        if known in told:
            if not told[known]:
                raise UncommentedValueError(f"values.yaml: {known} has no comment above it")
            return told[known]
    raise UncommentedValueError(f"values.yaml: {path} has no comment above it")


def _beginnings(path: str) -> Iterator[str]:
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        yield ".".join(parts[:length])


def _ends(path: str) -> Iterator[str]:
    parts = path.split(".")
    for start in range(len(parts)):
        yield ".".join(parts[start:])


def _closed(fields: dict[str, Schema]) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": fields}


def wanted() -> str:
    """The schema's file as values.yaml wants it."""
    text = (CHART / "values.yaml").read_text("utf-8")
    return json.dumps(schema(yaml.safe_load(text), comments(text)), indent=1, ensure_ascii=False) + "\n"
