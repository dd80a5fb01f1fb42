"""GPUs are counted without torch."""

from __future__ import annotations

import pytest

from genspace_core.run.gpus import _names_in, gpu_names, visible_gpus

LISTED = """GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-5c1a7b0e-3d2f-4f8e-9a0b-1c2d3e4f5a6b)
  MIG 1g.10gb     Device  0: (UUID: MIG-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0)
GPU 1: NVIDIA RTX 6000 Ada Generation (UUID: GPU-6d2b8c1f-4e30-5a9f-8b1c-2d3e4f5a6b7c)
"""


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """A machine whose nvidia-smi prints a text, or fails where there is none to print."""

    def has(text: str, code: int = 0) -> None:
        script = tmp_path / "nvidia-smi"
        script.write_text(f"#!/bin/sh\n[ \"$1\" = -L ] || exit 9\ncat <<'END'\n{text}END\nexit {code}\n")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    gpu_names.cache_clear()
    yield has
    gpu_names.cache_clear()


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("3,5", ("3", "5")),
        (" 3 , 5 ", ("3", "5")),
        ("GPU-5c1a7b0e,MIG-0f1e2d3c", ("GPU-5c1a7b0e", "MIG-0f1e2d3c")),
        ("0,-1,1", ("0",)),  # as CUDA reads it
        ("-1", ()),
        ("", ()),
    ],
)
def test_the_variable_is_taken_at_its_word(machine, monkeypatch, said, seen):
    machine(LISTED)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", said)
    assert visible_gpus() == seen


def test_without_it_they_are_what_the_driver_shows(machine):
    machine(LISTED)
    assert visible_gpus() == ("0", "1")
    assert gpu_names() == ("NVIDIA H100 80GB HBM3", "NVIDIA RTX 6000 Ada Generation")


def test_a_machine_that_lists_none_has_none(machine):
    machine("No devices found.\n")
    assert visible_gpus() == ()


def test_the_driver_is_asked_where_its_tool_is_not_there(tmp_path):
    for number, model in enumerate(("NVIDIA A100-SXM4-80GB", "Tesla T4")):
        folder = tmp_path / f"0000:0{number}:00.0"
        folder.mkdir()
        (folder / "information").write_text(f"Model: \t\t {model}\nIRQ:   \t\t 42\n")
    assert _names_in(tmp_path) == ("NVIDIA A100-SXM4-80GB", "Tesla T4")
    assert _names_in(tmp_path / "nothing") == ()
