"""Sharing out choices evenly, without chance: the builder's only algorithms."""

from __future__ import annotations

from collections.abc import Sequence


def spread(count: int, among: int) -> list[int]:
    """`count` positions out of range(among), evenly spaced, each as often as any other or once more."""
    return [k * among // count for k in range(count)]


def match_evenly(wishes: Sequence[Sequence[int]], owners: Sequence[int]) -> list[int]:
    """Give each asker one of the items it wishes for, using as many different items as possible.

    Augmenting paths (Kuhn's bipartite matching), first with each item given once, then, to those
    left over, twice, and so on: so no item is given more often than the wishes make necessary.
    Askers of one owner get different items where a path allows it.

    Args:
        wishes: per asker, the items it can take, the dearest first; none may be empty.
        owners: per asker, whom it asks for.

    Returns:
        The item of each asker, in order.
    """
    holders: dict[int, list[int]] = {item: [] for wish in wishes for item in wish}

    def welcome(asker: int, others: list[int], repeats: bool) -> bool:
        return repeats or all(owners[asker] != owners[other] for other in others)

    def place(asker: int, limit: int, repeats: bool, tried: set[int]) -> bool:
        for item in wishes[asker]:
            if len(holders[item]) < limit and welcome(asker, holders[item], repeats):
                holders[item].append(asker)
                return True
        for item in wishes[asker]:
            if item in tried:
                continue
            tried.add(item)
            for at, holder in enumerate(holders[item]):
                rest = holders[item][:at] + holders[item][at + 1 :]
                if welcome(asker, rest, repeats) and place(holder, limit, repeats, tried):
                    holders[item][at] = asker
                    return True
        return False

    left = list(range(len(wishes)))
    for limit in range(1, len(wishes) + 1):
        for repeats in (False, True):
            left = [asker for asker in left if not place(asker, limit, repeats, set())]
    given = {asker: item for item, askers in holders.items() for asker in askers}
    return [given[asker] for asker in range(len(wishes))]
