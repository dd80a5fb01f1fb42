"""Tables on the hub: the real client, and a small server on this machine in the hub's place."""

import os
import sys
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from genspace_core.errors import InputError
from genspace_core.suite.exchange.hub import HubRef, parse_ref
from genspace_core.suite.io import read_suite
from tests import commands

pytestmark = pytest.mark.slow  # every command is a process, for the client reads its settings once

COMMIT = "1" * 40
CSV = b"prompt,objects,template\nThe chair is left of the dog.,dog;chair,14\n"


def parquet():
    buffer = BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    row = {"instruction": "Move the dog.", "what": "<dog>", "n": 20, "photo": {"bytes": buffer.getvalue()}}
    buffer = BytesIO()
    pq.write_table(pa.Table.from_pylist([row]), buffer)
    return buffer.getvalue()


REPOS = {
    "them/one": {"README.md": b"#", "t2i.csv": CSV},
    "them/two": {"t2i.csv": CSV, "data/edit.parquet": parquet()},
    "them/none": {"README.md": b"#"},
    "them/gated": {"t2i.csv": CSV},
    "them/forbidden": {"t2i.csv": CSV},
}


class Hub(BaseHTTPRequestHandler):
    """The answers of the hub that matter here, as of its API in 2026."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        self.server.asked.append((self.command, self.path, self.headers.get("Authorization")))
        path = unquote(self.path.partition("?")[0]).strip("/").split("/")
        if path[:2] == ["api", "datasets"]:
            self.info("/".join(path[2:4]), path[5:6])
        elif path[:1] == ["datasets"] and path[3:4] == ["resolve"]:
            self.file("/".join(path[1:3]), path[4], "/".join(path[5:]))
        else:
            self.answer(404, b"{}")

    def info(self, repo, revision):
        if repo == "them/broken":
            return self.answer(500, b"{}")
        if repo not in REPOS:  # the hub does not tell strangers what exists
            return self.answer(401, b"{}", {"X-Error-Code": "RepoNotFound"})
        if revision not in ([], ["main"], ["v1"]):
            return self.answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        names = ", ".join(f'{{"rfilename": "{name}"}}' for name in REPOS[repo])
        text = f'{{"id": "{repo}", "sha": "{COMMIT}", "siblings": [{names}]}}'
        return self.answer(200, text.encode(), {"Content-Type": "application/json"})

    def file(self, repo, revision, name):
        if repo == "them/gated" and self.headers.get("Authorization") != "Bearer hf_accepted":
            return self.answer(401, b"", {"X-Error-Code": "GatedRepo"})
        if repo == "them/forbidden":
            return self.answer(403, b"", {"X-Error-Message": "no"})
        data = REPOS[repo][name]
        etag = {"ETag": f'"{sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT}
        return self.answer(200, data, etag)

    def answer(self, status, data, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def log_message(self, *_):
        pass


@contextmanager
def serving():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.asked = []
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def hub():
    with serving() as server:
        yield server


def genspace(server, home, *args, **environment):
    """`genspace suite import`, its cache in `home`; the client reads its settings when it is imported."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_") and "proxy" not in k.lower()}
    port = server if isinstance(server, int) else server.server_address[1]
    settings = {"HF_ENDPOINT": f"http://127.0.0.1:{port}", "HF_HOME": str(home / "hf"), **environment}
    done = commands.genspace("suite", "import", *args, cwd=home, env=kept | settings, timeout=120)
    assert "Traceback" not in done.stderr
    return done


def error(done):
    """The one line that a failed command ends with."""
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.stderr.splitlines()[-1] == line
    return line.removeprefix("error: ")


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("hf://a/b", HubRef("a/b", None, None)),
        ("hf://datasets/a/b", HubRef("a/b", None, None)),
        ("hf://a/b-c.d/e/f.csv", HubRef("a/b-c.d", None, "e/f.csv")),
        ("hf://datasets/a/b@v1/f.csv", HubRef("a/b", "v1", "f.csv")),
        ("hf://a/b@refs%2Fconvert%2Fparquet", HubRef("a/b", "refs/convert/parquet", None)),
    ],
)
def test_names(text, ref):
    assert parse_ref(text) == ref


@pytest.mark.parametrize("text", ["hf://", "hf://a", "hf://a/", "hf:///a/b", "hf://a/b@", "hf://a b/c"])
def test_names_of_nothing(text):
    with pytest.raises(InputError, match=r"its form is hf://OWNER/NAME\[@REVISION\]\[/FILE\]"):
        parse_ref(text)


# --- fetching ------------------------------------------------------------------------------------


def test_the_only_table_of_a_data_set(hub, tmp_path):
    done = genspace(hub, tmp_path, "hf://them/one", "--out", tmp_path / "out.jsonl")
    assert done.returncode == 0, done.stderr
    suite = read_suite(tmp_path / "out.jsonl")
    assert (suite.name, [s.objects for s in suite]) == ("t2i", [("dog", "chair")])
    assert ("GET", "/datasets/them/one/resolve/main/t2i.csv", None) in hub.asked


def test_one_of_several_at_a_revision_with_pictures(hub, tmp_path):
    ref = "hf://them/two@v1/data/edit.parquet"
    options = ("--map", "prompt=instruction", "--map", "objects=what", "--map", "template=n")
    done = genspace(hub, tmp_path, ref, "--out", tmp_path / "out", *options, "--map", "image=photo")
    assert done.returncode == 0, done.stderr
    (sample,) = read_suite(tmp_path / "out")
    assert (sample.task, sample.objects, sample.targets) == ("edit", ("dog",), {"move": 1.0})
    data = (tmp_path / "out" / sample.source).read_bytes()
    assert sha256(data).hexdigest() == sample.source_sha256
    assert ("GET", "/datasets/them/two/resolve/v1/data/edit.parquet", None) in hub.asked


def test_its_columns_are_shown(hub, tmp_path):
    done = genspace(hub, tmp_path, "hf://them/two/data/edit.parquet", "--out", tmp_path / "out")
    assert error(done).startswith('hf://them/two/data/edit.parquet has no column "prompt" or "objects"')
    assert "  what         string" in done.stderr
    assert "example: genspace suite import hf://them/two/data/edit.parquet --out OUT" in done.stderr


def test_what_was_fetched_is_there_without_a_connection(tmp_path):
    args = ("hf://them/two/t2i.csv", "--out")
    with serving() as server:
        assert genspace(server, tmp_path, *args, tmp_path / "1.jsonl").returncode == 0
        port = server.server_address[1]
    assert genspace(port, tmp_path, *args, tmp_path / "2.jsonl").returncode == 0
    assert genspace(port, tmp_path, *args, tmp_path / "3.jsonl", HF_HUB_OFFLINE="1").returncode == 0
    assert (tmp_path / "3.jsonl").read_bytes() == (tmp_path / "1.jsonl").read_bytes()


def test_a_gated_data_set_with_a_token(hub, tmp_path):
    args = ("hf://them/gated", "--out", tmp_path / "out.jsonl")
    done = genspace(hub, tmp_path, *args, HF_TOKEN="hf_accepted")
    assert done.returncode == 0, done.stderr
    assert len(read_suite(tmp_path / "out.jsonl")) == 1


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        (
            "hf://them/two",
            "several tables; name one, e.g. hf://them/two/data/edit.parquet (data/edit.parquet, t2i",
        ),
        ("hf://them/none", "them/none has no table (none of its 1 files ends in .jsonl"),
        (
            "hf://them/two/t2j.csv",
            'them/two has no file "t2j.csv" (did you mean "t2i.csv"? its tables: data/',
        ),
        ("hf://them/gone", "the hub has no data set them/gone, or it is private: check the name at https://"),
        ("hf://them/one@v9", 'them/one has no revision "v9"; https://'),
        ("hf://them/gated", "them/gated is gated: accept its terms at https://"),
        ("hf://them/forbidden", "the hub refuses access to them/forbidden (HTTP 403): log in with `hf auth"),
        ("hf://them/broken", "the hub answers HTTP 500 for them/broken; try again later"),
        ("hf://them/b--d", "them/b--d cannot be the name of a data set (HFValidationError"),
        ("hf://them", "hf://them names no data set on the hub"),
    ],
)
def test_one_clear_line(hub, tmp_path, ref, message):
    assert message in error(genspace(hub, tmp_path, ref, "--out", tmp_path / "out.jsonl"))
    assert not (tmp_path / "out.jsonl").exists()


def test_a_token_is_never_repeated(hub, tmp_path):
    done = genspace(hub, tmp_path, "hf://them/gated", "--out", tmp_path / "out", HF_TOKEN="hf_secret_secret")
    assert "them/gated is gated" in error(done)
    assert ("HEAD", "/datasets/them/gated/resolve/main/t2i.csv", "Bearer hf_secret_secret") in hub.asked
    assert "hf_secret_secret" not in done.stderr


@pytest.mark.parametrize("offline", ["", "1"])
def test_without_a_connection(tmp_path, offline):
    with serving() as server:
        port = server.server_address[1]
    done = genspace(
        port, tmp_path, "hf://them/one/t2i.csv", "--out", tmp_path / "out", HF_HUB_OFFLINE=offline
    )
    message = error(done)
    assert message.startswith("the hub cannot be reached for them/one (")
    assert message.endswith("check the connection, or download the file elsewhere and give its path")


def test_it_needs_its_extra(monkeypatch):
    from genspace_core.errors import PluginError
    from genspace_core.suite.exchange.hub import fetch_table

    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(PluginError, match=r'pip install "genspace-core\[hub\]"'):
        fetch_table(parse_ref("hf://them/one"))
