"""From a request of the run to a call of the vendor's API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from genspace_adapter_http.expressions import look
from genspace_adapter_http.pictures import as_base64, source_png
from genspace_adapter_http.plugin import HttpConfig
from genspace_adapter_http.requests import Request
from genspace_adapter_http.sizes import Shape
from genspace_adapter_http.templates import fill, merged, placeholders
from genspace_core.errors import InvalidRequest
from genspace_core.interfaces import GenerationRequest

_NOT_ZERO = 2**31
"""In place of the seed 0, where that means "any"; the run's own seeds are smaller."""


@dataclass(frozen=True, slots=True)
class Order:
    """One call, ready to be sent.

    Attributes:
        method: of HTTP.
        path: after the base URL.
        body: `json` or `files`, as httpx takes them.
        sides: width and height that the result of an edit is brought to; None for a picture made anew.
        recorded: facts of what was sent.
    """

    method: str
    path: str
    body: Mapping[str, Any]
    sides: tuple[int, int] | None
    recorded: Mapping[str, Any]


def write_order(config: HttpConfig, request: GenerationRequest) -> Order:
    """The call that orders one picture.

    Raises:
        InvalidRequest: the model does not do this task.
    """
    tables, row = config.tables, config.row
    template = tables.t2i if request.task == "t2i" else tables.edit
    if template is None or request.task not in row.tasks:
        raise InvalidRequest(f"{row.id} does not do {request.task}; it does {', '.join(row.tasks)}")
    shape = _shape(config, template, request)
    values = _values(config, request, shape)
    body = merged(merged(fill(template.body, values), row.body), config.arguments)
    recorded = {"seed": request.seed} if row.seeds and _sends_seed(template) else {}
    for name, told in tables.recorded.items():
        fact = look(told, body) if isinstance(told, str) else told
        recorded |= {} if fact is None else {name: fact}
    return Order(
        method=template.method,
        path=template.path.replace("{model}", quote(row.id, safe="/:")),
        body={"json": body} if template.json_body is not None else {"files": _parts(body)},
        sides=None if request.source is None else (request.source.shape[1], request.source.shape[0]),
        recorded=recorded,
    )


def _shape(config: HttpConfig, template: Request, request: GenerationRequest) -> Shape | None:
    tables = config.tables
    if request.source is None:
        return tables.size.shape(*config.sides) if tables.size else None
    size = tables.edit_size or tables.size
    height, width = request.source.shape[:2]
    return size.nearest(width, height) if size and template.says_shape else None


def _values(config: HttpConfig, request: GenerationRequest, shape: Shape | None) -> dict[str, Any]:
    seed = request.seed if config.row.seeds else None
    sides = (shape.width, shape.height) if shape else None
    png = None if request.source is None else source_png(request.source, sides)
    text = None if png is None else as_base64(png)
    return {
        "model": config.row.id,
        "prompt": request.prompt,
        "seed": seed,
        "positive_seed": _NOT_ZERO if seed == 0 else seed,
        "width": shape.width if shape else None,
        "height": shape.height if shape else None,
        "size": shape.written if shape else None,
        "aspect_ratio": shape.aspect_ratio if shape else None,
        "source_png": png,
        "source_base64": text,
        "source_data_url": None if text is None else f"data:image/png;base64,{text}",
    }


def _sends_seed(template: Request) -> bool:
    return bool({"seed", "positive_seed"} & {*placeholders(template.body)})


def _parts(body: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Multipart form data: bytes are files, true and false as JSON writes them."""
    return {
        name: ("source.png", value, "image/png") if isinstance(value, bytes) else (None, _written(value))
        for name, value in body.items()
    }


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
