"""What is known of weights, how they are known again, and what is said when they cannot be loaded."""

from __future__ import annotations

import sys
from importlib import import_module
from types import SimpleNamespace

import pytest

from genspace_core import (
    WeightsConfig,
    describe_weights,
    enough_memory,
    import_package,
    loading,
    pick_device,
    pretrained_source,
    refuse_gaps,
    require_files,
    wrong_checkpoint,
)
from genspace_core.errors import ConfigError, PluginError, ReconstructionError
from genspace_core.interfaces import Capabilities


class Config(WeightsConfig):
    checkpoint: str = "org/model"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "model"
    made.mkdir()
    (made / "config.json").write_text("{}")
    (made / "model.safetensors").write_bytes(b"a" * 3_000_000)
    return made


def test_a_local_folder_is_known_by_its_files_and_not_by_its_place(folder, tmp_path):
    before = Config(checkpoint=str(folder)).weights()[0].revision
    moved = folder.rename(tmp_path / "elsewhere")
    after = Config(checkpoint=str(moved))
    assert after.identity() == {}
    assert after.weights()[0].revision == before
    assert after.weights()[0].revision.startswith("sha256:")
    assert after.capabilities(Capabilities()).weights_revision == after.weights()[0].revision


@pytest.mark.parametrize("at", [0, 1_500_000, 2_999_999])
def test_other_weights_of_the_same_size_are_others(folder, at):
    before = Config(checkpoint=str(folder)).weights()[0].revision
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[at] = 0
    (folder / "model.safetensors").write_bytes(data)
    assert Config(checkpoint=str(folder)).weights()[0].revision != before


def test_a_checkpoint_of_the_hub_and_its_revision_are_part_of_the_identity():
    plain, pinned = Config(checkpoint="org/other"), Config(checkpoint="org/other", revision="0a1b")
    assert plain.identity() == {"checkpoint": "org/other"}
    assert plain.weights()[0].revision == "main"
    assert pinned.capabilities(Capabilities()).weights_revision == "org/other@0a1b"
    assert Config(device="cuda:1", batch_size=9).identity() == {}


def test_batch_size_is_what_the_planner_reads():
    assert Config(batch_size=7).capabilities(Capabilities()).max_batch == 7


@pytest.mark.parametrize("path", ["./nowhere", "/no/such/folder", "~/nothing-there", "a/b/c"])
def test_a_path_that_leads_nowhere_is_not_taken_for_an_id(path):
    with pytest.raises(ConfigError, match="no such folder"):
        Config(checkpoint=path).weights()


def test_a_misspelt_folder_beside_others_is_not_taken_for_an_id(folder, monkeypatch):
    monkeypatch.chdir(folder.parent.parent)
    near = f"{folder.parent.name}/modle"
    with pytest.raises(ConfigError, match=f"checkpoint {near}: there is no such folder in {folder.parent}"):
        Config(checkpoint=near).weights()
    assert Config(checkpoint=f"{folder.parent.name}/model").weights()[0].revision.startswith("sha256:")
    assert Config(checkpoint="org/modle").weights()[0].revision == "main"


def test_where_to_load_from(folder):
    assert pretrained_source(Config(checkpoint=str(folder)).weights()[0]) == (str(folder), None)
    assert pretrained_source(Config(revision="0a1b").weights()[0]) == ("org/model", "0a1b")


def test_an_unknown_checkpoint_has_no_licence_that_we_know():
    assert describe_weights("", "org/model").licence is None


# --- loading -------------------------------------------------------------------------------------


class GatedRepoError(Exception):
    pass


class LocalEntryNotFoundError(Exception):
    pass


class RepositoryNotFoundError(Exception):
    pass


class RevisionNotFoundError(Exception):
    pass


class OutOfMemoryError(RuntimeError):
    pass


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (GatedRepoError("403"), "huggingface.co/org/model.*HF_TOKEN"),
        (LocalEntryNotFoundError("no"), "hf download org/model"),
        (RepositoryNotFoundError("401"), "neither a local folder nor a repository"),
        (RevisionNotFoundError("x"), "no such revision"),
        (OutOfMemoryError("CUDA out of memory"), "lower batch_size"),
        (ModuleNotFoundError("No module named 'timm'", name="timm"), "pip install timm"),
        (KeyError("model_type"), "cannot be loaded as a detector.*model_type"),
        (OSError("a\nlong " + "story " * 100), "cannot be loaded"),
    ],
)
def test_whatever_loading_raises_is_one_line(error, says):
    with pytest.raises(PluginError, match=says) as raised, loading("org/model", "a detector"):
        raise error
    assert "\n" not in str(raised.value)
    assert "org/model" in str(raised.value)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("cause", "says"),
    [(GatedRepoError("403"), "HF_TOKEN"), (ModuleNotFoundError("no", name="timm"), "pip install timm")],
)
def test_the_cause_of_a_cause_is_what_is_told(cause, says):
    error = OSError("could not load the\nmodel")
    error.__cause__ = cause
    with pytest.raises(PluginError, match=says), loading("org/model", "a detector"):
        raise error


def test_errors_of_our_own_pass():
    with pytest.raises(ReconstructionError, match="mine"), loading("org/model", "a detector"):
        raise ReconstructionError("mine")


def test_the_one_file_that_is_needed_is_named():
    fix = "hf download org/model small.pth, or set"
    with pytest.raises(PluginError, match=fix), loading("org/model", "a detector", file="small.pth"):
        raise LocalEntryNotFoundError("no")


class Told:
    """transformers.utils.logging, as far as it is used: huggingface_hub's bars go on and off with its own."""

    def __init__(self):
        self.level, self.bar, self.hub = "warning", True, import_module("huggingface_hub.utils")

    def get_verbosity(self):
        return self.level

    def set_verbosity(self, level):
        self.level = level

    def set_verbosity_error(self):
        self.level = "error"

    def is_progress_bar_enabled(self):
        return self.bar

    def enable_progress_bar(self):
        self.bar = True
        self.hub.enable_progress_bars()

    def disable_progress_bar(self):
        self.bar = False
        self.hub.disable_progress_bars()


@pytest.fixture
def transformers_told(monkeypatch):
    told = Told()
    monkeypatch.setitem(sys.modules, "transformers.utils.logging", told)
    yield told
    told.hub.enable_progress_bars()


@pytest.mark.parametrize("downloads", [True, False])
@pytest.mark.parametrize("bar", [True, False])
def test_transformers_is_silent_while_it_loads_and_as_before_then(transformers_told, bar, downloads):
    """Bars of downloads stay as they were: without them minutes look like a standstill."""
    told = transformers_told
    told.bar = bar
    (told.hub.enable_progress_bars if downloads else told.hub.disable_progress_bars)()
    seen = []
    with loading("org/model", "a detector"):
        seen.append((told.level, told.bar, told.hub.are_progress_bars_disabled()))
    assert seen == [("error", False, not downloads)]
    assert (told.level, told.bar, told.hub.are_progress_bars_disabled()) == ("warning", bar, not downloads)
    with pytest.raises(PluginError), loading("org/model", "a detector"):
        raise OSError("no")
    assert (told.level, told.bar) == ("warning", bar)


def test_without_transformers_it_is_not_imported(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "transformers"]:
        monkeypatch.delitem(sys.modules, name)
    with loading("org/model", "a detector"):
        pass
    assert "transformers" not in sys.modules


# --- what has to be in a checkpoint --------------------------------------------------------------

TOKENIZER = ("tokenizer.json", "vocab.txt", ("vocab.json", "merges.txt"))


@pytest.mark.parametrize("there", [("tokenizer.json",), ("vocab.txt",), ("vocab.json", "merges.txt")])
def test_any_one_choice_of_files_does(folder, there):
    for name in there:
        (folder / name).write_text("")
    require_files("here", folder, *TOKENIZER)


def test_files_that_are_not_there_are_named(folder):
    (folder / "vocab.json").write_text("")
    with pytest.raises(PluginError) as raised:
        require_files("here", folder, *TOKENIZER)
    assert str(raised.value) == (
        "here: there is no tokenizer.json in it (nor vocab.txt, nor vocab.json and merges.txt); is the "
        "download complete?"
    )
    with pytest.raises(PluginError, match=r"here: there is no model\.pt in it; is the download complete"):
        require_files("here", folder, "model.pt")


def test_a_file_is_no_folder(folder):
    with pytest.raises(PluginError, match="set checkpoint to the folder"):
        require_files("here", folder / "config.json", "config.json")


def test_on_the_hub_nothing_is_looked_for():
    require_files("org/model", None, "config.json")


def test_gaps_are_refused_but_for_what_only_training_reads():
    refuse_gaps("here", ["backbone.embeddings.mask_token"])
    with pytest.raises(PluginError, match=r"here: .* missing or misshapen \(a\.bias and 1 more\)"):
        refuse_gaps("here", ["head.weight", "a.bias", "mask_token"])


def test_a_full_gpu_is_no_fault_of_the_picture():
    full = SimpleNamespace(OutOfMemoryError=OutOfMemoryError)
    with (
        pytest.raises(PluginError, match=r"org/model: the pictures do not fit.*lower batch_size"),
        enough_memory(full, "org/model"),
    ):
        raise OutOfMemoryError("CUDA out of memory")


def test_another_kind_of_checkpoint_is_said():
    assert "not a detector, but a bert" in str(wrong_checkpoint("org/model", "a detector", "a bert"))


# --- packages and devices ------------------------------------------------------------------------


def test_a_missing_package_comes_with_its_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "no_such_package", None)
    with pytest.raises(PluginError, match="pip install git"):
        import_package("no_such_package", "pip install git+https://example.org/x.git")


def test_a_package_that_breaks_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "breaks_on_import.py").write_text("raise RuntimeError('needs\\nCUDA')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError, match="RuntimeError: needs CUDA") as raised:
        import_package("breaks_on_import", "pip install it")
    assert "\n" not in str(raised.value)


def fake_torch(cuda=0, mps=False):
    return SimpleNamespace(
        __version__="2.0",
        device=lambda name: name,
        cuda=SimpleNamespace(is_available=lambda: cuda > 0, device_count=lambda: cuda),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
    )


@pytest.mark.parametrize(
    ("wanted", "there", "device"),
    [
        ("auto", {}, "cpu"),
        ("auto", {"cuda": 1}, "cuda"),
        ("auto", {"mps": True}, "mps"),
        ("cpu", {"cuda": 1}, "cpu"),
        ("cuda:1", {"cuda": 2}, "cuda:1"),
    ],
)
def test_devices(wanted, there, device):
    assert pick_device(fake_torch(**there), wanted) == device


@pytest.mark.parametrize(("wanted", "cuda"), [("cuda", 0), ("cuda:0", 0), ("cuda:2", 2), ("mps", 1)])
def test_a_device_that_is_not_there_is_one_line(wanted, cuda):
    with pytest.raises(ConfigError, match=f'device = "{wanted}"'):
        pick_device(fake_torch(cuda=cuda), wanted)
