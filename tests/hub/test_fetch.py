"""`genspace fetch` against a hub on this machine."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.commands import GENSPACE
from tests.hub.desk import DEPTH, PIPE, Desk, error
from tests.hub.loopback import ACCEPTED, Repository, commit_of, safetensors

pytestmark = pytest.mark.slow  # every command is a process, for the hub's client reads its settings once

BIG = "model.safetensors"
SIZE = len(DEPTH[BIG])
PIPE_UNET = PIPE["unet/diffusion_pytorch_model.fp16.safetensors"]


def test_what_a_plugin_loads_is_fetched_verified_and_found_by_the_client(desk: Desk) -> None:
    done = desk("fetch", "mine")  # its depth estimator, alone of its stages, has weights
    assert done.returncode == 0, done.stderr
    line, outcome = done.stdout.splitlines()
    assert line.startswith(f"them/depth: main: not pinned (now commit {commit_of(2)}), 5 MB, licence unknown")
    assert outcome == "them/depth: 2 files (5 MB): 2 fetched, all verified"
    assert f'note: them/depth may change: main is no commit; to pin it, set revision = "{commit_of(2)}"' in (
        done.stderr
    )
    snapshot = desk.snapshot("them/depth")
    assert snapshot.name == commit_of(2)
    assert sorted(path.name for path in snapshot.iterdir()) == ["config.json", BIG]
    assert (snapshot / BIG).read_bytes() == DEPTH[BIG]

    script = (
        "from huggingface_hub import hf_hub_download as get, snapshot_download as all_of\n"
        f"print(get('them/depth', {BIG!r}))\n"
        "print(all_of('them/depth', allow_patterns=['*.json', '*.safetensors']))\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script],
        env=desk.settings(HF_HUB_OFFLINE="1"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.splitlines() == [str(snapshot / BIG), str(snapshot)]


def test_a_second_command_downloads_nothing_and_says_so(desk: Desk) -> None:
    assert desk("fetch", "pinned").returncode == 0
    before = len(desk.hub.downloads())
    done = desk("fetch", "pinned")
    assert done.returncode == 0
    assert len(desk.hub.downloads()) == before == 2
    assert "them/depth: 2 files (5 MB): nothing to download, all verified" in done.stdout
    assert f"them/depth: revision {commit_of(1)}, 5 MB" in done.stdout
    assert "may change" not in done.stderr


def test_main_is_fetched_again_when_it_has_moved(desk: Desk) -> None:
    assert desk("fetch", "main").returncode == 0
    desk.hub.repositories["them/depth"].commits.append(DEPTH | {"config.json": b'{"newer": true}'})
    done = desk("fetch", "main")
    assert "them/depth: 2 files (5 MB): 1 fetched, all verified" in done.stdout
    assert desk.hub.sent[BIG] == SIZE
    assert (desk.storage("them/depth") / "refs/main").read_text() == commit_of(3)


def test_a_pipeline_comes_in_the_variant_that_is_loaded(desk: Desk) -> None:
    assert desk("fetch", "pipe").returncode == 0
    snapshot = desk.snapshot("them/pipe")
    assert sorted(p.relative_to(snapshot).as_posix() for p in snapshot.rglob("*") if p.is_file()) == [
        "model_index.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
    ]


def test_of_several_models_in_a_repository_the_configured_one_comes(desk: Desk) -> None:
    assert desk("fetch", "one-of-many").returncode == 0
    assert desk.hub.sent == {"b/two.pt": 100}


def test_repositories_of_several_names_come_once(desk: Desk) -> None:
    done = desk("fetch", "main", "mine", "pipe", "--dry-run", "--json")
    told = json.loads(done.stdout)
    assert [(one["name"], one["fetched"]) for one in told["weights"]] == [("them/depth", 0), ("them/pipe", 0)]
    depth = told["weights"][0]
    assert (depth["commit"], depth["pinned"], depth["files"]) == (commit_of(2), False, ["config.json", BIG])
    assert depth["size"] == SIZE + len(DEPTH["config.json"])
    assert not (desk.place / "home" / "hub").exists()
    assert list(desk.hub.sent) == [
        "model_index.json"
    ]  # which tells the pipeline's components, and is not kept


@pytest.mark.parametrize(
    ("group", "repositories"),
    [
        ([], ["them/depth", "them/many"]),
        (["--group", "orientation_estimator"], ["them/many"]),
    ],
)
def test_a_name_of_two_kinds(desk: Desk, group: list[str], repositories: list[str]) -> None:
    done = desk("fetch", "both", "--dry-run", "--json", *group)
    assert [one["name"] for one in json.loads(done.stdout)["weights"]] == repositories


# --- what is there is looked at ------------------------------------------------------------------


def test_check_finds_a_flipped_byte_a_cut_file_and_a_missing_one(desk: Desk) -> None:
    assert desk("fetch", "pinned", "pipe").returncode == 0
    model = (desk.snapshot("them/depth") / BIG).resolve()
    model.write_bytes(DEPTH[BIG][:-1] + b"\0")
    unet, vae = (
        desk.snapshot("them/pipe") / name
        for name in (
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "vae/diffusion_pytorch_model.safetensors",
        )
    )
    whole = unet.read_bytes()
    unet.resolve().write_bytes(whole[:50])
    vae.unlink()
    asked = len(desk.hub.asked)

    done = desk("fetch", "pinned", "pipe", "--check")
    assert done.returncode == 1
    assert f"error: them/depth: {BIG} differs from the hub's; fetch it again: genspace fetch pinned pipe" in (
        done.stderr
    )
    assert (
        f"unet/diffusion_pytorch_model.fp16.safetensors has 50 bytes instead of {len(whole)}; " in done.stderr
    )
    assert "vae/diffusion_pytorch_model.safetensors is missing; fetch it again" in done.stderr
    assert len(desk.hub.asked) == asked  # it needs no connection

    desk.hub.sent.clear()
    assert desk("fetch", "pinned", "pipe").returncode == 0
    # The missing one was only a link; what tells the pipeline's components is always read.
    desk.hub.sent.pop("model_index.json")
    assert desk.hub.sent == {BIG: SIZE, "unet/diffusion_pytorch_model.fp16.safetensors": len(whole)}
    assert desk("fetch", "pinned", "pipe", "--check").returncode == 0


def test_check_of_what_was_never_fetched(desk: Desk) -> None:
    assert "config.json is missing; model.safetensors is missing; fetch it again" in error(
        desk("fetch", "main", "--check")
    )
    assert not desk.hub.sent


def test_check_trusts_no_link(desk: Desk) -> None:
    """A cache's link may lead to whole weights, and the wrong ones."""
    desk.hub.repositories["them/depth"].commits[0][BIG] = DEPTH[BIG][:-1] + b"\x55"
    assert desk("fetch", "main").returncode == 0
    assert desk("fetch", "pinned").returncode == 0
    before, now = (desk.storage("them/depth") / "snapshots" / commit_of(number) / BIG for number in (1, 2))
    before.unlink()
    before.symlink_to(now.resolve())
    told = error(desk("fetch", "pinned", "--check"))
    assert told.startswith(f"them/depth: {BIG} differs from the hub's; ")
    assert desk("fetch", "main", "--check").returncode == 0


def test_check_of_a_cache_that_was_copied_without_its_links(desk: Desk) -> None:
    assert desk("fetch", "main").returncode == 0
    shutil.copytree(desk.place / "home", desk.place / "copy")
    assert desk("fetch", "main", "--check", HF_HOME=str(desk.place / "copy")).returncode == 0
    copied = desk.place / "copy" / desk.snapshot("them/depth").relative_to(desk.place / "home") / BIG
    assert not copied.is_symlink()
    copied.write_bytes(DEPTH[BIG][:-1] + b"\0")
    told = error(desk("fetch", "main", "--check", HF_HOME=str(desk.place / "copy")))
    assert f"{BIG} differs from the hub's" in told


def test_check_goes_on_where_one_list_was_not_kept(desk: Desk) -> None:
    assert desk("fetch", "main", "one-of-many", "pipe").returncode == 0
    for name in ("them/depth", "them/many"):
        shutil.rmtree(desk.storage(name) / "trees")
    unet = desk.snapshot("them/pipe") / "unet/diffusion_pytorch_model.fp16.safetensors"
    unet.resolve().write_bytes(b"")
    done = desk("fetch", "main", "one-of-many", "pipe", "--check", HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 1
    problems = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert [problem.split(";")[0].partition(" (")[0] for problem in problems] == [
        "error: them/depth: the hub cannot be reached",
        "error: them/many: not verified, since the hub is not reached",
        f"error: them/pipe: {unet.parent.name}/{unet.name} has 0 bytes instead of {len(PIPE_UNET)}",
    ]


def test_check_of_a_file_that_is_not_in_the_repository(desk: Desk) -> None:
    assert desk("fetch", "one-of-many").returncode == 0
    assert error(desk("fetch", "none-of-many", "--check")).startswith(
        "them/many: nothing to load at revision main (asked for: b/tow.pt); see "
    )


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("typo", "them/dept: is neither a local folder nor a repository of the hub that you can read"),
        ("gone", "them/depth: has no such revision; see https://huggingface.co/them/depth/commits/main"),
        ("pined", 'unknown plugin "pined" (did you mean "pinned"?'),
    ],
)
def test_what_is_not_there_is_one_line(desk: Desk, name: str, message: str) -> None:
    assert error(desk("fetch", name)).startswith(message)
    assert not desk.hub.sent


def test_nothing_is_downloaded_while_one_of_several_is_not_there(desk: Desk) -> None:
    assert error(desk("fetch", "main", "typo")).startswith("them/dept: ")
    assert not desk.hub.sent


def test_a_file_that_the_repository_lacks(desk: Desk) -> None:
    desk.hub.repositories["them/many"] = Repository([{"a/one.pt": b"1"}])
    assert error(desk("fetch", "one-of-many")) == (
        "them/many: nothing to load at revision main (asked for: b/two.pt); see "
        "https://huggingface.co/them/many/tree/main"
    )


def test_gated_weights_say_where_to_ask_and_come_with_a_token(desk: Desk) -> None:
    desk.hub.repositories["them/depth"].gated = True
    told = error(desk("fetch", "main"))
    assert told.startswith(
        "them/depth: is gated; ask for access at https://huggingface.co/them/depth, then set"
    )
    assert "HF_TOKEN (or: hf auth login)" in told
    done = desk("fetch", "main", HF_TOKEN=ACCEPTED)
    assert done.returncode == 0
    assert "gated" in done.stdout.splitlines()[0]


def test_a_cut_connection_goes_on_where_it_was(desk: Desk) -> None:
    desk.hub.cut_after[BIG] = 3_000_000
    assert desk("fetch", "main").returncode == 0
    assert desk.hub.sent[BIG] == SIZE
    assert desk.snapshot("them/depth").joinpath(BIG).read_bytes() == DEPTH[BIG]


def test_a_host_without_ranges_ends_after_some_attempts(desk: Desk) -> None:
    """It sends every file from its start, and is cut now here, now there."""
    desk.hub.without_ranges = True
    desk.hub.cuts[BIG] = itertools.cycle([2_000_000, 3_000_000])
    told = error(desk("fetch", "main"))
    assert told.startswith("them/depth: interrupted, the connection was cut (")
    assert len(desk.hub.downloads()) <= 10
    desk.hub.cuts.clear()
    assert desk("fetch", "main").returncode == 0
    assert desk.snapshot("them/depth").joinpath(BIG).read_bytes() == DEPTH[BIG]


def test_the_token_stays_with_the_hub(desk: Desk) -> None:
    desk.hub.repositories["them/depth"].gated = True
    assert desk("fetch", "main", HF_TOKEN=ACCEPTED).returncode == 0
    elsewhere = desk.hub.elsewhere.removeprefix("http://")
    assert {token for host, token in desk.hub.tokens if host == elsewhere} == {None}
    assert f"Bearer {ACCEPTED}" in {token for host, token in desk.hub.tokens if host != elsewhere}


@pytest.mark.parametrize("status", [400, 403, 404, 503])
def test_a_signed_address_is_not_said(desk: Desk, status: int) -> None:
    desk.hub.status_elsewhere = status
    told = error(desk("fetch", "main"))  # the desk looks for the signature
    files = rf"(config\.json|{BIG})"
    assert re.match(rf"them/depth: the hub answers HTTP {status} for {files}; try again later: ", told)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_command_goes_on_where_it_stopped(desk: Desk, how: signal.Signals) -> None:
    desk.hub.trickle_after[BIG] = 3_000_000
    command = subprocess.Popen(
        [GENSPACE, "fetch", "main"], env=desk.settings(), cwd=desk.place, stderr=subprocess.PIPE, text=True
    )
    while desk.hub.sent.get(BIG, 0) < 3_000_300:
        assert command.poll() is None
        time.sleep(0.02)
    command.send_signal(how)
    _, said = command.communicate(timeout=60)
    if how == signal.SIGINT:
        assert command.returncode == 130
        assert said == "interrupted; repeat the command, it goes on where it stopped\n"
    refused = desk("run", "-g", "perfect", "-r", "mine", "--offline")
    assert "them/depth (all of revision main)" in error(refused)

    desk.hub.asked.clear()
    assert desk("fetch", "main").returncode == 0
    (asked,) = [
        span for method, path, span in desk.hub.asked if method == "GET" and "/cdn" in path and BIG in path
    ]
    assert asked is not None
    assert int(asked.removeprefix("bytes=").rstrip("-")) >= 2_900_000
    assert desk.snapshot("them/depth").joinpath(BIG).read_bytes() == DEPTH[BIG]
    assert not list((desk.storage("them/depth") / "blobs").glob("*.incomplete"))


def test_a_remainder_that_is_damaged_is_not_built_upon(desk: Desk) -> None:
    assert desk("fetch", "main").returncode == 0
    blob = desk.snapshot("them/depth").joinpath(BIG).resolve()
    blob.with_name(f"{blob.name}.incomplete").write_bytes(b"\0" * 1000)
    blob.unlink()
    assert desk("fetch", "main").returncode == 0
    assert blob.read_bytes() == DEPTH[BIG]


def test_what_comes_has_to_be_what_the_hub_says(desk: Desk) -> None:
    desk.hub.wrong[BIG] = b"\0" * SIZE
    told = error(desk("fetch", "main"))
    assert told.startswith(f"them/depth: what came for {BIG} is not what the hub says it is")
    assert "them/depth" in error(desk("run", "-g", "perfect", "-r", "mine", "--offline"))
    desk.hub.wrong.clear()
    assert desk("fetch", "main").returncode == 0


def test_too_little_room_is_said_before_a_byte_is_fetched(desk: Desk) -> None:
    desk.hub.repositories["them/depth"].claimed[BIG] = 10**18
    told = error(desk("fetch", "main"))
    assert "1000000000.0 GB are to be downloaded, and " in told
    assert told.endswith("set HF_HOME to a folder on a larger disk")
    assert not desk.hub.sent


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "them/depth: the hub cannot be reached ("),
        ({"HF_HUB_OFFLINE": "1"}, "them/depth: cannot be asked for while HF_HUB_OFFLINE is set; unset it"),
    ],
)
def test_without_a_connection_one_line_does_for_all(
    desk: Desk, settings: dict[str, str], message: str
) -> None:
    assert error(desk("fetch", "main", "pipe", "typo", **settings)).startswith(message)


def test_a_hub_in_trouble(desk: Desk) -> None:
    desk.hub.status = 503
    assert error(desk("fetch", "main")).startswith("them/depth: the hub answers HTTP 503; try again later")


def test_weights_from_elsewhere_and_local_ones(desk: Desk) -> None:
    done = desk("fetch", "geocalib", "perfect")
    assert done.returncode == 0
    assert "is fetched by the package that uses it, when it is first used" in done.stderr
    assert desk("fetch", "perfect").stdout == "these load no weights: nothing to fetch\n"

    local = desk.place / "local"
    local.mkdir()
    (local / "config.json").write_bytes(b"{}")
    (local / "model.safetensors").write_bytes(safetensors(100)[:-1])
    with (desk.place / "plugins.toml").open("a") as file:
        file.write('\n[depth_estimators.local]\nplugin = "zoedepth"\ncheckpoint = "local"\n')
    assert error(desk("fetch", "local")) == "local: model.safetensors (cut short) is missing; copy it again"
    (local / "model.safetensors").write_bytes(safetensors(100))
    assert "local: complete" in desk("fetch", "local", "--check").stdout
