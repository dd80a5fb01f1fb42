"""Other processes of Python, which answer question after question: what they import takes its time once."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from genspace_core.testing.checks import same_imports

# A text, and no module of this package: a spec has to be importable where nothing else has been.
ANSWERS = """
import json, os, sys, traceback
from importlib import import_module

def heavy(module, names):
    import_module(module)
    return [name for name in names if name in sys.modules]

def identity(module, name, config):
    spec = getattr(import_module(module), name)
    return spec.config.model_validate_json(config).identity()

def attempts(module, name, configs):
    return import_module("genspace_core.testing.attempt").attempts(module, name, configs)

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what a library prints is no answer
for line in sys.stdin:
    environment, question, *about = json.loads(line)
    for name in {*os.environ} - {*environment}:
        del os.environ[name]
    os.environ.update(environment)
    try:
        told = {"answer": globals()[question](*about)}
    except Exception:
        told = {"failed": traceback.format_exc()}
    print(json.dumps(told), file=answers, flush=True)
"""


class Elsewhere:
    """A process that answers, in the environment of whoever asks.

    Another one takes its place when modules are to be found in other places; the last one ends with the
    tests. What a library read from the environment when it was imported stays as it was.
    """

    def __init__(self, room: Callable[[ExitStack], dict[str, str]] | None = None) -> None:
        """Without a process: the first question starts one.

        Args:
            room: makes what a process needs, until the stack is closed; gives variables of the environment
                that tell the process of it.
        """
        self._room = room
        self._stack = ExitStack()
        self._variables: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None
        self._printed: IO[bytes] | None = None
        self._known: object = None
        atexit.register(self.stop)

    def ask(self, question: str, *about: Any, alone: str = "") -> Any:
        """The answer; asserts that there is one.

        Args:
            question: the name of one of the functions in `ANSWERS`.
            about: its arguments, as JSON has them.
            alone: what is asked with another text here is answered by another process.
        """
        environment = same_imports(PYTHONHASHSEED="random")
        known = (alone, str(Path.cwd()), environment["PYTHONPATH"])
        if known != self._known:
            self.stop()
        process = self._process or self._start(environment)
        self._known = known
        environment |= self._variables
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            print(json.dumps([environment, question, *about]), file=process.stdin, flush=True)
            line = process.stdout.readline()
        except BaseException:  # the next question must not get this one's answer
            self.stop()
            raise
        assert line, f"{question} of {about[0]} ended its process: {self.stop()}"
        told = json.loads(line)
        assert "failed" not in told, told["failed"]
        return told["answer"]

    def stop(self) -> str:
        """End the process, if there is one; what it had printed."""
        if self._process is None or self._printed is None:
            return ""
        self._process.kill()
        self._process.communicate()
        self._process = None
        self._printed.seek(0)
        printed = self._printed.read().decode(errors="replace")
        self._stack.close()
        return printed

    def _start(self, environment: dict[str, str]) -> subprocess.Popen[str]:
        self._variables = self._room(self._stack) if self._room else {}
        self._printed = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  (the stack closes it)
        self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and text)
            [sys.executable, "-c", ANSWERS],
            env=environment | self._variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._printed,
            text=True,
        )
        return self._process
