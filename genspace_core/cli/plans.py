"""What `--dry-run` says of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genspace_core.run.judge_spec import JudgeSpec
    from genspace_core.run.plan import Todo


def plan_text(headline: str, spec: JudgeSpec, todo: Todo, *, remote: bool, making: bool) -> str:
    """What is to be done and what it costs, one thing a line.

    Args:
        headline: which run it is.
        spec: whose plan.
        todo: what is left.
        remote: calls go to vendors.
        making: pictures are to be made.
    """
    from genspace_core.cli.money import cost_text, time_text

    lines: list[tuple[str, object, str]] = []
    if making:
        lines.append(("pictures to make", todo.pictures, f"({todo.pictures_done} done)"))
    if todo.ordered:
        lines.append(("ordered already", todo.ordered, "(of these; they are paid for)"))
    if todo.sources or not making:
        lines.append(("sources to rebuild", todo.sources, ""))
    lines.append(("scenes to rebuild", todo.scenes, f"({todo.scenes_done} done)"))
    lines.append(("scores to compute", todo.scores, f"({todo.scores_done} done)"))
    if spec.judges:
        lines.append(("pictures to ask about", todo.opinions, f"({todo.opinions_done} done)"))
    told = [f"  {what:<22}{count:>6}   {done}".rstrip() for what, count, done in lines]
    if remote:
        told.append(f"  {'time of the calls':<22}{time_text(todo.seconds)}")
    if remote or making:
        told.append(f"  {'cost':<22}{cost_text(todo, remote=remote)}")
    return "\n".join([headline, *told])
