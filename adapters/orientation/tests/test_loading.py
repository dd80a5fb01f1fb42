"""Checkpoints that cannot be loaded: one line each, with the fix."""

from __future__ import annotations

import json
import os
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest
import torch
from huggingface_hub import hf_hub_download

from genspace_adapter_orientation.background import rembg_separator
from genspace_adapter_orientation.dinov2 import load_network
from genspace_adapter_orientation.plugin import V1
from genspace_adapter_orientation.running import Runner
from genspace_adapter_orientation.tensors import dinov2_input
from genspace_adapter_orientation.v1 import build
from genspace_adapter_orientation.views import View
from genspace_core.errors import ConfigError, GenSpaceError, PluginError


def failure(**options) -> str:
    with pytest.raises(GenSpaceError) as caught:
        build(V1.config(**options))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_file(tmp_path):
    told = failure(checkpoint=str(tmp_path / "dino_weight.pt"))
    assert str(tmp_path / "dino_weight.pt") in told


def test_a_folder_without_one(tmp_path):
    assert failure(checkpoint=str(tmp_path)) == (
        f"checkpoint {tmp_path}: no croplargeEX2/dino_weight.pt and no .pt file in this folder; set "
        "checkpoint to the .pt file itself, or file to the one to take"
    )


def test_a_folder_with_several(tmp_path):
    for name in ("a.pt", "b.pt"):
        (tmp_path / name).touch()
    assert "2 .pt files in this folder" in failure(checkpoint=str(tmp_path))


def test_a_copy_of_the_repository(folders, tmp_path):
    """The configured file in it, not any other."""
    (tmp_path / "croplargeEX2").mkdir()
    (tmp_path / "other.pt").touch()
    for name in ("dino_weight.pt", "config.json"):
        (tmp_path / "croplargeEX2" / name).write_bytes((folders[722] / name).read_bytes())
    _, layout = load_network(V1.config(checkpoint=str(tmp_path)))
    assert layout.width == 722


def test_a_dinov2_folder(tmp_path):
    from transformers import Dinov2Config, Dinov2Model

    Dinov2Model(
        Dinov2Config(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, image_size=28)
    ).save_pretrained(tmp_path)
    assert f"checkpoint {tmp_path}: no croplargeEX2/dino_weight.pt and no .pt file" in failure(
        checkpoint=str(tmp_path)
    )


def test_the_weights_of_a_bare_dinov2(state, save_state):
    path = save_state({name: value for name, value in state.items() if name.startswith("dinov2.")})
    told = failure(checkpoint=path)
    assert told.startswith(
        f"{path}: not an Orient Anything checkpoint, but a file without down_sampler.net1.0.weight"
    )


class Evil:
    def __reduce__(self):
        return os.mkdir, ("was_run",)


def test_a_file_that_holds_code_is_not_run(save_state, state, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = save_state(dict(state) | {"down_sampler.extra": Evil()})
    told = failure(checkpoint=path)
    assert not (tmp_path / "was_run").exists()
    assert told.startswith(
        f"{path}: not an Orient Anything checkpoint, but dino_weight.pt holds more than numbers, or is "
        "damaged; none of it was run;"
    )


@pytest.mark.parametrize("saved", [torch.zeros(3), [torch.zeros(3)], {"state_dict": {}}, {"epoch": 3}])
def test_what_is_no_table_of_tensors(saved, save_state):
    assert "dino_weight.pt is no table of tensors by name" in failure(checkpoint=save_state(saved))


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04broken"])
def test_a_damaged_file(content, tmp_path):
    (tmp_path / "dino_weight.pt").write_bytes(content)
    assert failure(checkpoint=str(tmp_path)).startswith(f"{tmp_path}: ")


def test_half_a_file(folders, tmp_path):
    whole = (folders[722] / "dino_weight.pt").read_bytes()
    (tmp_path / "dino_weight.pt").write_bytes(whole[: len(whole) // 2])
    told = failure(checkpoint=str(tmp_path))
    assert told == f"{tmp_path}: dino_weight.pt is damaged or incomplete; fetch it again"


@pytest.mark.parametrize("width", [602, 900])
def test_a_head_of_another_width(width, state, save_state):
    changed = {}
    for name, value in state.items():
        shape = [width if edge == 722 else edge for edge in value.shape]
        changed[name] = torch.zeros(shape, dtype=value.dtype)
    told = failure(checkpoint=save_state(changed))
    assert f"but dino_weight.pt with a head {width} wide; the widths 722 and 902 can be read; " in told


FAULTS = {
    "missing": lambda s: s.pop("dinov2.layernorm.bias"),
    "unknown": lambda s: s.update({"dinov2.layernorm.scale": torch.zeros(32)}),
    "of another shape": lambda s: s.update({"dinov2.layernorm.bias": torch.zeros(31)}),
}


@pytest.mark.parametrize("how", FAULTS)
def test_tensors_that_do_not_fit_are_named(how, state, save_state):
    changed = dict(state)
    FAULTS[how](changed)
    told = failure(checkpoint=save_state(changed))
    assert f"1 tensors {how} (dinov2.layernorm." in told


def test_many_are_counted(state, save_state):
    changed = {name: value for name, value in state.items() if ".layer.1." not in name}
    told = failure(checkpoint=save_state(changed))
    assert "18 tensors missing (" in told
    assert told.count("dinov2.encoder") == 3
    assert ", ...)" in told


def test_no_tensor_is_left_at_random(state, save_state):
    """Every number of the network is the file's."""
    network, _ = load_network(V1.config(checkpoint=save_state(state)))
    for name, value in network.state_dict().items():
        assert not value.is_meta
        assert torch.equal(value, state[name].to(value.dtype)), name
    assert not network.training


def test_heads_that_nothing_tells(tmp_path, state):
    torch.save(state, tmp_path / "dino_weight.pt")
    assert failure(checkpoint=str(tmp_path)) == (
        f"{tmp_path}: its DINOv2 is 32 wide, which is no multiple of 64; set attention_heads, or put its "
        "config.json beside the file"
    )
    assert "which 5 attention heads do not divide" in failure(checkpoint=str(tmp_path), attention_heads=5)


def test_a_config_of_something_else(tmp_path, state):
    torch.save(state, tmp_path / "dino_weight.pt")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_size": 32}))
    assert "a folder whose config.json is not that of a DINOv2" in failure(checkpoint=str(tmp_path))


def test_a_config_of_another_size(tmp_path, state, expected):
    torch.save(state, tmp_path / "dino_weight.pt")
    (tmp_path / "config.json").write_text(json.dumps(expected["config"] | {"hidden_size": 64}))
    assert "tensors of another shape" in failure(checkpoint=str(tmp_path))


def test_offline_the_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert failure(checkpoint="example-org/none", file="a/b.pt") == (
        "example-org/none: a/b.pt is not in the local cache, and the hub was not reached (HF_HUB_OFFLINE, or "
        "no network); fetch it once with: hf download example-org/none a/b.pt --revision main, or set "
        "checkpoint to a local file"
    )


class Lacks(BaseHTTPRequestHandler):
    """Answers as the hub does for a file that a repository does not have."""

    def do_HEAD(self):
        self.send_response(404)
        self.send_header("X-Error-Code", "EntryNotFound")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_file_that_the_repository_lacks(monkeypatch, tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Lacks)
    Thread(target=server.serve_forever, daemon=True).start()
    hub = partial(hf_hub_download, endpoint=f"http://127.0.0.1:{server.server_port}", cache_dir=tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("genspace_adapter_orientation.checkpoint.hf_hub_download", hub)
    told = failure(checkpoint="example-org/some", file="a/b.pt", revision="v1")
    server.shutdown()
    server.server_close()
    page = "https://huggingface.co/example-org/some/tree/v1"
    assert told == f"example-org/some: has no file a/b.pt at v1; see {page}, and set file"


def test_what_is_asked_of_the_hub(monkeypatch, folders):
    asked = []

    def fetch(*args, **kwargs):
        asked.append((args, kwargs))
        return str(folders[722] / "dino_weight.pt")

    monkeypatch.setattr("genspace_adapter_orientation.checkpoint.hf_hub_download", fetch)
    build(V1.config(device="cpu"))
    build(V1.config(device="cpu", revision="abc"))
    build(V1.config(device="cpu", file="ronormsigma1/dino_weight.pt"))
    build(V1.config(device="cpu", file="ronormsigma1/dino_weight.pt", revision="abc"))
    default, other = "croplargeEX2/dino_weight.pt", "ronormsigma1/dino_weight.pt"
    assert asked == [
        (("Viglong/Orient-Anything", default), {"revision": "main"}),
        (("Viglong/Orient-Anything", default), {"revision": "abc"}),
        (("Viglong/Orient-Anything", other), {"revision": "main"}),
        (("Viglong/Orient-Anything", other), {"revision": "abc"}),
    ]


def test_offline_a_pinned_file_is_fetched_at_its_commit(monkeypatch, tmp_path):
    """The command without it fetches "main", which would not be found later."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    lookup = partial(hf_hub_download, cache_dir=tmp_path)
    monkeypatch.setattr("genspace_adapter_orientation.checkpoint.hf_hub_download", lookup)
    assert " --revision v1, or set" in failure(revision="v1")


def test_a_missing_gpu(folders):
    device = "cuda:99" if torch.cuda.is_available() else "cuda"
    with pytest.raises(ConfigError, match=r"sees no such device|there are"):
        build(V1.config(checkpoint=str(folders[722]), device=device))


def test_rembg_is_asked_for_before_a_long_download(without):
    without("rembg")
    told = failure(checkpoint="example-org/none", remove_background="when_unsure", background="rembg")
    assert told == 'rembg is not installed; fix: pip install "genspace-adapter-orientation[rembg]"'


def test_rembg_is_not_asked_for_where_it_is_not_used(without, folders):
    without("rembg")
    build(V1.config(checkpoint=str(folders[722]), remove_background="when_unsure", device="cpu"))
    build(V1.config(checkpoint=str(folders[722]), background="rembg", device="cpu"))


def test_errors_are_of_the_kind_that_stops_a_run(tmp_path):
    with pytest.raises((PluginError, ConfigError)):
        build(V1.config(checkpoint=str(tmp_path)))


def test_rembg_is_held_to_offline_as_well(monkeypatch, tmp_path, fakes):
    """It fetches its weights from elsewhere, and does not know the variable."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("U2NET_HOME", str(tmp_path))
    with pytest.raises(PluginError, match=r"u2net\.onnx: is not there.*rembg d u2net"):
        rembg_separator("u2net")
    (tmp_path / "u2net.onnx").write_bytes(b"weights")
    assert rembg_separator("u2net")


class Full(torch.nn.Module):
    def forward(self, pixels):
        raise torch.OutOfMemoryError("CUDA out of memory")


class FullAfterwards(torch.nn.Module):
    """What it returns does not fit in single precision."""

    def forward(self, pixels):
        return self

    def float(self):
        raise torch.OutOfMemoryError("CUDA out of memory")


@pytest.mark.parametrize("network", [Full, FullAfterwards])
def test_a_full_gpu_is_no_pictures_fault(network, crops):
    runner = Runner(network(), torch.device("cpu"), torch.float32, 8, dinov2_input)
    with pytest.raises(PluginError, match="lower batch_size"):
        runner.run([View(crops[0], np.zeros(2))])
