"""schemas/asyncapi.yaml, made of the topics, settings, schemas and examples themselves:
`python -m tests.contract.asyncapi_page > schemas/asyncapi.yaml`.

The document is of the worker: it receives what producers send, and sends what consumers receive. Its schemas and examples
are those of schemas/, and a test compares it with what the code says today, so that neither drifts.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from workers import headers
from workers.settings import Settings
from workers.topics import TopicPlan, topic_plans

SCHEMAS = Path(__file__).parents[2] / "schemas"
HEAD = "# Made by `python -m tests.contract.asyncapi_page > schemas/asyncapi.yaml`; a test holds it to the code.\n"
VERSION = "3.1.0"
BINDING = "0.5.0"
SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
DEFAULTS = Settings.model_construct()
"""As they are without any variable of the environment."""
INFO = """\
News articles as they come, and the clean wire that they come to: each raw record ends in exactly one record on one of the \
output topics, in a Kafka transaction. What the fields mean, which verdicts there are, what is guaranteed and what may change \
stands in docs/CONTRACT.md. Names and settings of topics are the defaults; docs/SETTINGS.md says how they are set."""
READING = "Read with `isolation.level=read_committed`."
SENDING = "Send with `acks=all` and idempotence, and a `max.request.size` that fits the articles."


@dataclass(frozen=True, slots=True)
class About:
    """What people are told of a topic; `key` and `content` are the words of the table in docs/CONTRACT.md."""

    title: str
    key: str
    content: str
    key_schema: dict[str, Any]
    value: str | None
    """The schema of its values; None where they are bytes of any kind."""
    headers: str | None
    """Where in the schema of headers its own stand."""


URI: dict[str, Any] = {"type": "string", "format": "uri", "maxLength": 2048}
TOPICS = {
    "raw": About("Raw articles", "the producer's: use `uri`", "raw articles", {"type": "string"}, "raw", None),
    "clean": About("The clean wire", "`item.uri`", "verdicts `new`, `update`, `cancel`", URI, "clean", "article"),
    "duplicates": About(
        "Duplicates",
        "uri of the kept article",
        "verdict `duplicate`, with evidence and the article itself",
        URI,
        "duplicates",
        "article",
    ),
    "rejected": About(
        "Rejections",
        "`item.uri`",
        "understood, but not to be published, with the reason",
        URI,
        "rejected",
        "article",
    ),
    "dlq": About(
        "Dead letters",
        "the raw record's",
        "not understood: the raw bytes, untouched",
        {"type": "string"},
        None,
        "deadLetter",
    ),
}
TAGS = {
    "producers": "What programs that bring articles have to do with.",
    "consumers": "What programs that show or store articles have to do with.",
    "operations": "What those who run workers have to do with.",
}
OPERATIONS = [
    ("takeArticles", "receive", "raw", "producers", f"The worker takes every record. Producers: {SENDING}"),
    ("publish", "send", "clean", "consumers", f"{READING} Apply what has the greater `dedup.revision` of an `item.uri`."),
    ("keepDuplicates", "send", "duplicates", "consumers", f"{READING} Nothing has to be done; it tells why something is not on the wire."),
    ("reject", "send", "rejected", "operations", f"{READING} `rejection.reason` says what to do."),
    ("putAside", "send", "dlq", "operations", f"{READING} `dlq-reason` says what to do; do not route on `dlq-message`."),
    ("readDeadLetters", "receive", "dlq", "operations", "`newswire replay` reads what is to be sent again."),
    ("readRejections", "receive", "rejected", "operations", "`newswire replay` reads what is to be sent again."),
    ("replay", "send", "raw", "operations", "`newswire replay` sends the raw record that came, with the header `replay-of`."),
]  # fmt: skip


def page() -> str:
    """The whole file."""
    return HEAD + yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def document() -> dict[str, Any]:
    """The AsyncAPI document."""
    plans = {role_of(plan.name): plan for plan in topic_plans(DEFAULTS)}
    host, _, port = DEFAULTS.kafka_bootstrap.partition(",")[0].partition(":")
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Newswire",
            "version": headers.SCHEMA_VERSION.decode(),
            "description": INFO,
            "license": {"name": "MIT"},
            "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": {"host": "{bootstrap}", "protocol": "kafka", "variables": {"bootstrap": {
            "default": f"{host}:{port}", "description": "Of the servers in NEWSWIRE_KAFKA_BOOTSTRAP or KAFKA_BOOTSTRAP."}}}},
        "channels": {role: _channel(role, plan) for role, plan in plans.items()},
        "operations": {name: _operation(*rest) for name, *rest in OPERATIONS},
        "components": {"messages": {role: _message(role) for role in plans}},
    }  # fmt: skip


def role_of(topic: str) -> str:
    """Which of ours a topic is, by the name it has by default."""
    return next(role for role in TOPICS if getattr(DEFAULTS, f"topic_{role}") == topic)


def _channel(role: str, plan: TopicPlan) -> dict[str, Any]:
    about = TOPICS[role]
    return {
        "address": plan.name,
        "title": about.title,
        "description": f"{about.content[0].upper()}{about.content[1:]}. Key: {about.key}.",
        "messages": {role: {"$ref": f"#/components/messages/{role}"}},
        "bindings": {
            "kafka": {
                "topic": plan.name,
                "partitions": plan.partitions,
                "replicas": plan.replication,
                "topicConfiguration": {name: _config(name, value) for name, value in sorted(plan.config.items())},
                "bindingVersion": BINDING,
            }
        },
    }


def _config(name: str, value: str) -> Any:
    """As the binding types it.

    >>> _config("cleanup.policy", "compact,delete"), _config("retention.ms", "1000")
    (['compact', 'delete'], 1000)
    """
    if name == "cleanup.policy":
        return value.split(",")
    return int(value) if value.lstrip("-").isdigit() else value


def _operation(action: str, role: str, tag: str, text: str) -> dict[str, Any]:
    operation = {
        "action": action,
        "channel": {"$ref": f"#/channels/{role}"},
        "messages": [{"$ref": f"#/channels/{role}/messages/{role}"}],
        "description": text,
        "tags": [{"name": tag}],
    }
    if tag == "producers":
        group = {"type": "string", "enum": [DEFAULTS.group]}
        operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": BINDING}}
    return operation


def _message(role: str) -> dict[str, Any]:
    about = TOPICS[role]
    schema = _schema(f"{about.value}.v1.schema.json") if about.value else None
    said = json.loads((SCHEMAS / f"{about.value or 'headers'}.v1.schema.json").read_bytes())
    said = said if about.value else said["$defs"][about.headers]
    return {
        "name": role,
        "title": said.get("title", about.title),
        "contentType": "application/json" if about.value else "application/octet-stream",
        "description": said["description"],
        "headers": _schema(f"headers.v1.schema.json#/$defs/{about.headers}") if about.headers else _any_headers(),
        "payload": schema or {"type": "string", "description": "The raw record's bytes, shown as text in examples."},
        "bindings": {"kafka": {"key": about.key_schema, "bindingVersion": BINDING}},
        "examples": [_example(path, record) for path, record in examples() if record["topic"] == _name(role)],
    }


def _name(role: str) -> str:
    return str(getattr(DEFAULTS, f"topic_{role}"))


def examples() -> list[tuple[Path, Any]]:
    """Those of schemas/examples."""
    return [(path, json.loads(path.read_bytes())) for path in sorted((SCHEMAS / "examples").glob("*.json"))]


def _example(path: Path, record: Any) -> dict[str, Any]:
    """The specification has no word for its key."""
    return {
        "name": path.stem,
        "summary": f"Key: {record['key']}",
        "headers": record["headers"],
        "payload": record["value"],
    }


def _schema(file: str) -> dict[str, Any]:
    return {"schemaFormat": SCHEMA_FORMAT, "schema": {"$ref": f"./{file}"}}


def _any_headers() -> dict[str, Any]:
    text = "Any; they go through to the output. `replay-of` is what `newswire replay` writes."
    return {"type": "object", "description": text}


class _Dumper(yaml.SafeDumper):
    """Lists indented below their names, and nothing by reference: what is said twice stands twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


if __name__ == "__main__":
    print(page(), end="")
