"""Options about money, and what is said of it before anything is paid for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from genspace_core.plugins.config import Resolved
    from genspace_core.run.budget import Budget
    from genspace_core.run.plan import Todo

PANEL_MONEY = "Money"

BudgetOption = Annotated[
    float | None,
    typer.Option(
        "--budget",
        min=0,
        metavar="DOLLARS",
        help="Stop before the runs of this command have cost more, what they cost before included.",
        rich_help_panel=PANEL_MONEY,
    ),
]
JudgeBudgetOption = Annotated[
    float | None,
    typer.Option(
        "--budget",
        min=0,
        metavar="DOLLARS",
        help="Stop before judges have cost more in these runs, what they cost before included.",
        rich_help_panel=PANEL_MONEY,
    ),
]
PriceOption = Annotated[
    float | None,
    typer.Option(
        "--price",
        min=0,
        metavar="DOLLARS",
        help="What a picture costs, for a model whose price is not known.",
        rich_help_panel=PANEL_MONEY,
    ),
]
NoBudgetOption = Annotated[
    bool,
    typer.Option("--no-budget", help="Run a model whose price nobody knows.", rich_help_panel=PANEL_MONEY),
]


def budget_for(
    makers: Sequence[Resolved],
    judges: Iterable[Resolved],
    directories: Iterable[Path],
    *,
    budget: float | None,
    price: float | None,
    no_budget: bool,
    dry_run: bool = False,
) -> Budget | None:
    """The budget of a command; refuses what could cost nobody knows how much.

    Args:
        makers: generators that will be called; `price` is theirs. Where there are none, only what judges
            cost counts.
        judges: metrics.
        directories: of the runs, whose earlier costs count.
        budget: as the user gave it.
        price: as the user gave it.
        no_budget: as the user gave it.
        dry_run: nothing will be paid, so no price has to be known.

    Raises:
        InputError: a price is not known, and the user did not say to go on without.
    """
    from genspace_core.errors import InputError
    from genspace_core.run.budget import Budget

    if any(told is not None and not isfinite(told) for told in (budget, price)):
        raise InputError("--budget and --price are numbers of dollars, such as 50 or 0.04")
    if budget is not None and no_budget:
        raise InputError("--budget and --no-budget contradict each other; leave one out")
    unknown = [] if price is not None else [one.name for one in makers if _is_unpriced(one)]
    if unknown and not (no_budget or dry_run):
        raise InputError(
            f"{', '.join(unknown)}: no price is known; say what a picture costs with --price DOLLARS, or run "
            "without knowing with --no-budget"
        )
    silent = [one.name for one in judges if _is_unpriced(one)]
    if silent and not (no_budget or dry_run):
        raise InputError(
            f"{', '.join(silent)}: no price is known; set price = DOLLARS in its table of plugins.toml, or "
            "run without knowing with --no-budget"
        )
    return None if budget is None else Budget.of_runs(budget, directories, judging=not makers)


def _is_unpriced(plugin: Resolved) -> bool:
    return plugin.capabilities.network and plugin.capabilities.price is None


def cost_text(todo: Todo, *, remote: bool) -> str:
    """Cost bounds in a word or two: "free", "$72.00", "$72.00 to $90.00", "unknown"."""
    if not remote:
        return "free"
    if todo.cost is None:
        return "unknown"
    low, high = f"${todo.cost:,.2f}", f"${todo.most:,.2f}" if todo.most is not None else "unknown"
    return low if high == low else f"{low} to {high}"


def time_text(seconds: float | None) -> str:
    """About how long, as a person says it: "about 40 s", "about 2 h 5 min", "unknown"."""
    if seconds is None:
        return "unknown"
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"about {seconds:.0f} s"
    hours, minutes = divmod(minutes, 60)
    return f"about {hours} h {minutes} min" if hours else f"about {minutes} min"


def tell_endings(used: Sequence[Resolved]) -> None:
    """Say aloud which models their vendors shut down, or have shut down."""
    from datetime import date

    for plugin in used:
        ends = plugin.capabilities.ends
        if ends is None:
            continue
        when = "was shut down" if ends <= date.today() else "will be shut down"
        typer.echo(f"note: {plugin.name} {when} by its vendor on {ends:%d %B %Y}", err=True)


def with_prices(
    names: Sequence[str], plugins: Path | None, price: float | None
) -> list[tuple[Resolved, float | None]]:
    """Generators by name, each with the price that the user tells of it: where none is known.

    A plugin whose configuration has a price is told it there, since it may count with it.

    Raises:
        GenSpaceError: there is none of that name, its table is wrong, or no price is missing.
    """
    from genspace_core.errors import InputError
    from genspace_core.plugins.config import resolve

    found = [resolve("generators", name, plugins) for name in names]
    if price is None:
        return [(maker, None) for maker in found]
    if not any(_is_unpriced(maker) for maker in found):
        raise InputError(
            f"--price is for models whose price is not known, and that of {', '.join(names)} is; leave it "
            "out, or set price = DOLLARS in a table of plugins.toml"
        )
    told: list[tuple[Resolved, float | None]] = []
    for maker in found:
        if not _is_unpriced(maker):
            told.append((maker, None))
        elif "price" in type(maker.config).model_fields:
            told.append((resolve("generators", maker.name, plugins, overrides={"price": price}), None))
        else:
            told.append((maker, price))
    return told
