"""What the document knows of an operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A JSON body with its examples by name."""

    schema: Mapping[str, Any]
    examples: Mapping[str, Any]
    required: bool = True
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. `refusals`: error codes by HTTP status; `repeatable`: takes an Idempotency-Key."""

    method: str = "post"
    path: str
    id: str
    tag: str
    summary: str
    description: str
    tenant: Literal["headers", "query"] = "headers"
    token: bool = False
    repeatable: bool = False
    body: Body | None = None
    answer: Body | None = None
    refusals: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    declined: Mapping[str, Any] = field(default_factory=dict)


def ref(name: str) -> dict[str, str]:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}
