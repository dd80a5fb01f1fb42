"""The tables of templates as Markdown: `python -m genspace_metrics.document docs/metrics.md` renews them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from genspace_metrics.shapes import Above, Band, Below, LogBand
from genspace_metrics.table import Asked, Constraint, Table, load_table

_BLOCK = re.compile(r"(<!-- table: (paper|spatial) (t2i|edit) -->\n).*?(<!-- end -->)", re.DOTALL)

_HEAD = ("no.", "asked", "measured", "counts in full", "fades to 0")


_UNITS = {"deg": "°", "m": " m", "ratio": ""}


def _amount(value: float, unit: str) -> str:
    return f"{value:g}{_UNITS[unit]}"


def _values(asked: Asked | None, beyond: float, low: float, high: float, unit: str) -> tuple[str, str]:
    """The values at two shares of what is asked for, the unit after the second."""
    assert asked is not None
    first, second = (beyond + share * (asked.default - beyond) for share in (low, high))
    return f"{first:.4g}", f"{second:.4g}{_UNITS[unit]}"


def _words(constraint: Constraint) -> tuple[str, str]:
    """What counts in full and where it fades to 0, in words."""
    unit = constraint.measure.unit
    shape = constraint.shape
    match shape:
        case Below(tol, zero, punished) | Above(tol, zero, punished):
            sign = "<" if isinstance(shape, Below) else ">"
            fade = "at once" if zero is None else f"at {_amount(zero, unit)}"
            return f"{sign} {_amount(tol, unit)}", fade + (", punished" if punished else "")
        case LogBand(d, beyond):
            full = _values(constraint.asked, beyond, 1 / (1 + d), 1 + d, unit)
            none = _values(constraint.asked, beyond, 1 / (1 + 2 * d), 1 + 2 * d, unit)
            return " to ".join(full), "at " + " and ".join(none)
        case Band(d, beyond, never):
            full = _values(constraint.asked, beyond, 1 - d, 1 + d, unit)
            none = _values(constraint.asked, beyond, 1.0, 1 + 2 * d, unit)
            if never:  # what would have been an overshoot fades all the same
                return "never", "at " + " and ".join(none)
            return " to ".join(full), f"at {none[1]}, at once below"
    raise TypeError(f"no words for {shape}")


def table_markdown(table: Table, task: str) -> str:
    """All templates of one task, a line each."""
    lines = ["| " + " | ".join(_HEAD) + " |", "|" + "---|" * len(_HEAD)]
    for template in table.templates:
        if template.task == task:
            words = [_words(constraint) for constraint in template.constraints]
            cells = (
                str(template.number),
                template.asks,
                "<br>".join(f"`{constraint.text}`" for constraint in template.constraints),
                "<br>".join(full for full, _ in words),
                "<br>".join(fade for _, fade in words),
            )
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def renewed(text: str) -> str:
    """A document with the tables between its markers written anew from the data."""

    def block(match: re.Match[str]) -> str:
        name = match[2]
        assert name in ("paper", "spatial")
        return match[1] + "\n" + table_markdown(load_table(name), match[3]) + "\n" + match[4]

    return _BLOCK.sub(block, text)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(renewed(path.read_text("utf-8")), "utf-8")
