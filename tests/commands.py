"""The `genspace` command in a process of its own, without the second in which an interpreter starts.

Each is forked from a process that has imported what most commands need. That one knows nothing of torch, nor
of the hub's client, which reads its settings once, when it is imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from types import ModuleType

GENSPACE = str(Path(sys.executable).parent / "genspace")

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        "pytest",
        "cv2",
        "rich.console",
        "rich.markdown",
        "rich.progress",
        "stevedore.driver",
        "genspace_core.analysis.leaderboard",
        "genspace_core.cli.fetch_rows",
        "genspace_core.cli.main",
        "genspace_core.cli.progress",
        "genspace_core.pictures.collect",
        "genspace_core.reconstruct.plugin",
        "genspace_core.reconstruct.staged",
        "genspace_core.report.page",
        "genspace_core.run.engine",
        "genspace_core.run.given",
        "genspace_core.run.local",
        "genspace_core.suite.build",
        "genspace_metrics.plugin",
        "genspace_metrics.preservation",
        "genspace_adapter_blockworld.editor",
        "genspace_adapter_blockworld.exact",
        "genspace_adapter_blockworld.fiducial",
        "genspace_adapter_blockworld.generator",
        "genspace_adapter_blockworld.stages",
        "genspace_adapter_depth.plugin",
        "genspace_adapter_diffusers.plugin",
    ]
)


def genspace(
    *words: object,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    check: bool = False,
    before: Callable[[], None] | None = None,
    timeout: float = 300,
) -> CompletedProcess[str]:
    """Run `genspace WORDS` in a folder, with this process's environment or another.

    Args:
        words: the command line.
        cwd: where it is typed.
        env: the whole environment; what PYTHONPATH names can be imported.
        check: whether it has to succeed.
        before: what the process does first.
        timeout: seconds after which it is stopped, and the test fails.
    """
    command = [GENSPACE, *map(str, words)]
    with TemporaryDirectory(prefix="genspace-test-") as folder:
        out, err = Path(folder, "stdout"), Path(folder, "stderr")
        process = PROCESSES.Process(
            target=_run, args=(command, dict(os.environ if env is None else env), cwd, out, err, before)
        )
        process.start()
        process.join(timeout)
        late = process.exitcode is None
        if late:
            process.kill()
            process.join()
        done = CompletedProcess(command, process.exitcode, out.read_text("utf-8"), err.read_text("utf-8"))
    assert not late, f"{command} took more than {timeout} s: {done.stderr}"
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def _run(
    command: list[str],
    settings: dict[str, str],
    place: Path,
    out: Path,
    err: Path,
    before: Callable[[], None] | None,
) -> None:
    assert not {"huggingface_hub", "torch"} & sys.modules.keys()
    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.clear()
    os.environ.update(settings)
    os.chdir(place)
    sys.path[:0] = [path for path in settings.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.modules["__main__"] = ModuleType("__main__")  # or else its workers would import pytest's
    sys.argv = command
    if before is not None:
        before()
    from genspace_core.cli.main import main

    main()
