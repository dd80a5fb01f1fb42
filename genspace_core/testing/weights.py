"""What holds for every plugin that loads a checkpoint, whatever it does with it."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, get_args

import pytest

from genspace_core.errors import GenSpaceError
from genspace_core.plugins.registry import build
from genspace_core.testing.elsewhere import Elsewhere
from genspace_core.testing.network import gated_hub, offline
from genspace_core.testing.plugins import PluginConformance

NOT_THERE = "example-org/no-such-model"
"""An id as the hub has them, of a repository that is in nobody's cache."""


def _gates(stack: ExitStack) -> dict[str, str]:
    """What leads a process to a hub that refuses, with an empty cache."""
    clean = {"HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "0", "HF_TOKEN": "", "NO_PROXY": "127.0.0.1"}
    address = stack.enter_context(gated_hub())
    return clean | {"HF_ENDPOINT": address, "HF_HOME": stack.enter_context(TemporaryDirectory())}


AT_THE_GATE = Elsewhere(_gates)
"""Where every repository is gated; one process for the plugins of a session, since torch takes its time."""


class LocalWeightsConformance(PluginConformance):
    """For a plugin with a `WeightsConfig` that does not load from the hub; else `WeightsConformance`.

    Inherit it beside the kit of the plugin's kind, with a configuration whose checkpoints are local:

        class TestMyDepth(DepthEstimatorConformance, WeightsConformance):
            spec = SPEC
            spec_module = "my_package.plugin"

            def make_config(self):
                return {"checkpoint": str(make_a_tiny_checkpoint())}

    Attributes:
        model_type: of a checkpoint that the plugin cannot load, as its config.json says it.
    """

    model_type: ClassVar[str] = "bert"

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """The fields of the configuration that name a checkpoint."""
        fields = getattr(self.spec.config, "checkpoint_fields", ("checkpoint",))
        return tuple(field for field in fields if getattr(self.configured(), field) is not None)

    def make_wrong_checkpoint(self, folder: Path) -> None:
        """Fill a folder with a checkpoint of something else; override to try a nearer miss."""
        about = {"model_type": self.model_type, "architectures": ["SomethingElse"]}
        (folder / "config.json").write_text(json.dumps(about))

    def failure(self, **changes: Any) -> str:
        """What is said when the plugin is built and used with these keys changed.

        Asserts that it fails, on purpose, and says so in one line.
        """
        with pytest.raises(GenSpaceError) as caught:
            self.exercise(build(self.spec, self.configured(**changes)))
        return _one_line(str(caught.value))

    def test_its_capabilities_name_its_weights(self) -> None:
        """As it is configured here, and by default: each with a revision, for the record and the keys."""
        for config in (self.configured(), self.spec.config()):
            able = config.capabilities(self.spec.capabilities)
            assert able.weights, "no weights are named"
            assert all(one.name and one.revision for one in able.weights), f"{able.weights}"
            size = getattr(config, "batch_size", able.max_batch)
            assert able.max_batch == size, f"batch_size is {size}, max_batch is {able.max_batch}"

    def test_a_checkpoint_is_known_by_its_content(self, tmp_path: Path) -> None:
        """Moved, it is the same; changed, it is another."""
        for field in self.checkpoints:
            folder = tmp_path / field
            _copy(Path(getattr(self.configured(), field)), folder)
            moved = self.configured(**{field: str(folder)})
            before = self.capabilities.weights_revision
            assert moved.identity() == self.configured().identity(), f"{field} is known by its place"
            assert moved.capabilities(self.spec.capabilities).weights_revision == before, (
                f"{field} is known by its place"
            )
            largest = max(_files(folder), key=lambda path: path.stat().st_size)
            largest.write_bytes(largest.read_bytes() + b"\0")
            assert moved.capabilities(self.spec.capabilities).weights_revision != before, (
                f"{field} is not known by its content: {largest.name} was changed"
            )

    def test_a_missing_folder_is_said_in_one_line(self, tmp_path: Path) -> None:
        """Which checkpoint it was."""
        for field in self.checkpoints:
            nowhere = str(tmp_path / "nowhere")
            assert nowhere in self.failure(**{field: nowhere}), "it does not name the checkpoint"

    def test_an_empty_folder_is_said_in_one_line(self, tmp_path: Path) -> None:
        """Which checkpoint it was."""
        for field in self.checkpoints:
            assert str(tmp_path) in self.failure(**{field: str(tmp_path)}), "it does not name the checkpoint"

    def test_a_wrong_checkpoint_is_said_in_one_line(self, tmp_path: Path) -> None:
        """A checkpoint of something else is not loaded half, nor with a traceback."""
        self.make_wrong_checkpoint(tmp_path)
        for field in self.checkpoints:
            assert str(tmp_path) in self.failure(**{field: str(tmp_path)}), "it does not name the checkpoint"

    def test_a_missing_device_is_said_in_one_line(self) -> None:
        """Not computed somewhere else in silence."""
        device = _missing_device()
        assert device in self.failure(device=device), "it does not name the device"

    def test_sixteen_bits_give_finite_results(self) -> None:
        """`dtype` is not just accepted: bfloat16, else float16, where the configuration offers one."""
        offered = get_args(self.spec.config.model_fields["dtype"].annotation)
        for dtype in [name for name in ("bfloat16", "float16") if name in offered][:1]:
            self.exercise(build(self.spec, self.configured(dtype=dtype)))

    def test_local_files_need_no_network(self) -> None:
        """Everything is there: nothing is looked up."""
        with offline() as attempts:
            self.exercise(build(self.spec, self.configured()))
        assert attempts == [], f"it went to the network: {attempts}"


class WeightsConformance(LocalWeightsConformance):
    """For a plugin with a `WeightsConfig` that loads from the Hugging Face hub or a local folder."""

    def test_offline_means_offline(self) -> None:
        """With HF_HUB_OFFLINE=1, a checkpoint that is not in the cache is missing, in one line."""
        for field in self.checkpoints:
            with offline() as attempts:
                told = self.failure(**{field: NOT_THERE})
            assert attempts == [], f"it went to the network: {attempts}"
            assert NOT_THERE in told, "it does not name the checkpoint"

    def test_a_gated_repository_is_said_in_one_line(self) -> None:
        """With the page to ask for access."""
        gated = [self.settings | {field: NOT_THERE} for field in self.checkpoints]
        room = vars(import_module(self.spec_module))
        name = next(name for name, value in room.items() if value is self.spec)
        told = AT_THE_GATE.ask("attempts", self.spec_module, name, gated)
        for field, each in zip(self.checkpoints, told, strict=True):
            assert each is not None, f"{field}: it works without the checkpoint"
            kind, on_purpose, text = each
            assert on_purpose, f"{field}: {kind} is no GenSpaceError: {text}"
            assert f"huggingface.co/{NOT_THERE}" in _one_line(text), f"it does not name the page: {text}"


def _one_line(text: str) -> str:
    assert "\n" not in text, f"an error is one line, not {text!r}"
    return text


def _missing_device() -> str:
    """A GPU that this machine does not have."""
    try:
        torch = import_module("torch")
    except ImportError:
        return "cuda"
    return "cuda:99" if torch.cuda.is_available() else "cuda"


def _copy(checkpoint: Path, to: Path) -> None:
    if checkpoint.is_dir():
        shutil.copytree(checkpoint, to)
    else:
        shutil.copy2(checkpoint, to)


def _files(path: Path) -> list[Path]:
    return [found for found in path.rglob("*") if found.is_file()] if path.is_dir() else [path]
