"""Which part of a configuration decides the output, in one written form.

Content keys are made from it, so it has to be the same in every process, and has to stay the same
when a later release adds an option.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from functools import cache
from hashlib import sha256
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, RootModel, TypeAdapter
from pydantic.fields import FieldInfo

# Part of every key: raise it when the meaning of a key changes, and old entries are made anew.
KEY_VERSION = 1


def content_key(kind: str, *parts: Any) -> str:
    """sha256 over canonical JSON of the parts, hexadecimal."""
    text = json.dumps([KEY_VERSION, kind, *parts], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()


def identity_of(model: BaseModel, mark: type) -> dict[str, Any]:
    """The fields that change the output and differ from their defaults, JSON-able, by name.

    Fields marked with an instance of `mark` are left out, in nested models too. Sets are sorted. A
    nested model whose field admits other types as well comes with its class, since what it leaves out
    would not tell it from another.
    """
    dumped = model.model_dump(mode="json", by_alias=False, warnings=False)
    found: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        if name not in dumped or _marked(field, mark):
            continue
        value = _canonical(getattr(model, name), dumped[name], field, mark)
        if _text(value) not in _default_texts(type(model), name, mark):
            found[name] = value
    return found


def misplaced_marks(model: type[BaseModel], mark: type) -> list[str]:
    """Fields, nested ones with a dot, on which `mark` stands where it would be overlooked.

    That is the bare class instead of an instance, or a mark on a part of the type, such as one branch
    of a union, instead of on the whole field.
    """
    return list(dict.fromkeys(_misplaced(model, mark, "", ())))


def _misplaced(
    model: type[BaseModel], mark: type, prefix: str, above: tuple[type[BaseModel], ...]
) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = (m for m in _annotations(field.annotation) if isinstance(m, mark) or m is mark)
        if any(m is mark for m in field.metadata) or next(inner, None) is not None:
            yield prefix + name
        for nested in _models_in(field.annotation):
            if nested not in (*above, model):  # a model may hold itself, as trees do
                yield from _misplaced(nested, mark, f"{prefix}{name}.", (*above, model))


def _marked(field: FieldInfo, mark: type) -> bool:
    return any(isinstance(each, mark) for each in field.metadata)


def _canonical(value: Any, dumped: Any, field: FieldInfo, mark: type) -> Any:
    """What pydantic dumped, read beside the value it came from: only that knows what was a set."""

    def walk(value: Any, dumped: Any) -> Any:
        if isinstance(value, RootModel):
            return walk(value.root, dumped)
        if isinstance(value, BaseModel):
            told = identity_of(value, mark)
            # "class" cannot be the name of a field.
            return told if _models_in(field.annotation) == {type(value)} else {"class": _name(value)} | told
        if is_dataclass(value) and isinstance(dumped, dict):
            parts = {f.name: getattr(value, f.name) for f in dataclass_fields(value)}
            return {k: walk(parts[k], v) if k in parts else v for k, v in dumped.items()}
        if isinstance(value, Mapping) and isinstance(dumped, dict) and len(value) == len(dumped):
            return {k: walk(v, d) for v, (k, d) in zip(value.values(), dumped.items(), strict=True)}
        if (
            isinstance(value, Sequence | Set)
            and isinstance(dumped, list | tuple)
            and len(value) == len(dumped)
        ):
            inside = [walk(v, d) for v, d in zip(value, dumped, strict=True)]
            # The order of a set of texts differs from process to process.
            return sorted(inside, key=_text) if isinstance(value, Set) else inside
        return dumped

    return walk(value, dumped)


@cache
def _default_texts(model: type[BaseModel], name: str, mark: type) -> frozenset[str]:
    """The written forms of a field's default: as it stands, and as the field's type turns it.

    Of the factories only types count (`list`, a nested model): a function may answer differently
    tomorrow, and then an identity that left the value out would lie.
    """
    field = model.model_fields[name]
    if field.is_required() or not (field.default_factory is None or isinstance(field.default_factory, type)):
        return frozenset()
    default = field.get_default(call_default_factory=True)
    texts = set()
    for value in (default, *_converted(field.annotation, default)):
        try:
            # In an instance of the model, so that the field's own serialiser has its say.
            holder = model.model_construct(**{name: value})
            dumped = holder.model_dump(mode="json", include={name}, by_alias=False, warnings=False)
            texts.add(_text(_canonical(value, dumped[name], field, mark)))
        except Exception:  # noqa: S112  (a default that cannot be dumped equals no value that can)
            continue
    return frozenset(texts)


def _converted(annotation: Any, default: Any) -> list[Any]:
    """`[512.0]` for `size: float = 512`, which is what a table that says 512 gives."""
    try:
        return [TypeAdapter(annotation).validate_python(default)]
    except Exception:  # a type or default that only makes sense inside its model
        return []


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _name(model: BaseModel) -> str:
    return type(model).__qualname__


def _annotations(annotation: Any) -> Iterator[Any]:
    """What stands beside types, anywhere inside an annotation."""
    if get_origin(annotation) is Annotated:
        yield from annotation.__metadata__
    for argument in get_args(annotation):
        yield from _annotations(argument)


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return set().union(*(_models_in(argument) for argument in get_args(annotation)))
