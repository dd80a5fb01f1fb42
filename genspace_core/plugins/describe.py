"""All about one plugin, as plain data: for `genspace plugins show` and for machines."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from genspace_core.plugins.config import Resolved
from genspace_core.plugins.groups import find_group

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


def describe(resolved: Resolved) -> dict[str, Any]:
    """A plugin's declaration and configuration, JSON-able."""
    spec, capabilities = resolved.spec, resolved.spec.capabilities
    return {
        "name": resolved.name,
        "group": resolved.group,
        "plugin": resolved.plugin,
        "package": resolved.distribution,
        "package_version": resolved.version,
        "summary": spec.summary,
        "interface": spec.interface.__name__,
        "kind": find_group(resolved.group).noun,
        "output_version": spec.version,
        "capabilities": {
            "tasks": sorted(capabilities.tasks),
            "seeds": capabilities.seeds,
            "max_batch": capabilities.max_batch,
            "max_concurrency": capabilities.max_concurrency,
            "network": capabilities.network,
            "gpu": capabilities.gpu,
            "price": capabilities.price,
            "licence": capabilities.licence,
            "weights_revision": capabilities.weights_revision,
        },
        "config": _fields(resolved),
    }


def type_text(annotation: Any) -> str:
    """A type as a reader of `plugins.toml` would say it, e.g. `"cpu" | "cuda"` or `list[int]`."""
    if annotation is None or annotation is type(None):
        return "nothing"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " | ".join(f'"{a}"' if isinstance(a, str) else str(a) for a in arguments)
    if origin in (Union, UnionType):
        return " | ".join(type_text(a) for a in arguments)
    if origin is not None and arguments:
        inner = ", ".join("..." if a is Ellipsis else type_text(a) for a in arguments)
        return f"{getattr(origin, '__name__', origin)}[{inner}]"
    return str(getattr(annotation, "__name__", annotation))


def _fields(resolved: Resolved) -> list[dict[str, Any]]:
    values = resolved.config.model_dump(mode="json")
    identity = resolved.config.identity()
    return [
        {
            "key": key,
            "type": type_text(field.annotation) + _limits(field),
            "required": field.is_required(),
            "default": _default(field),
            "value": values.get(key),
            "changes_output": key in identity,
            "description": field.description or "",
        }
        for key, field in type(resolved.config).model_fields.items()
    ]


def _default(field: FieldInfo) -> Any:
    default = None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
    return default if isinstance(default, (str, int, float, bool, list, dict, type(None))) else str(default)


def _limits(field: FieldInfo) -> str:
    signs = {
        "ge": ">=",
        "gt": ">",
        "le": "<=",
        "lt": "<",
        "min_length": "length >=",
        "max_length": "length <=",
    }
    found = [
        f"{sign} {getattr(rule, name)}"
        for rule in field.metadata
        for name, sign in signs.items()
        if getattr(rule, name, None) is not None
    ]
    return f" ({', '.join(found)})" if found else ""
