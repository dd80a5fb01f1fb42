"""How many processes a command starts when it is not told."""

from __future__ import annotations

import pytest

from genspace_core.cli.starting import choose_executor
from genspace_core.errors import ConfigError
from genspace_core.plugins.config import resolve
from genspace_core.run.local import InlineExecutor
from genspace_core.run.processes import default_workers

CORES = default_workers()


@pytest.fixture
def choose(fake_package, monkeypatch, tmp_path):
    """The executor's numbers, for a generator and a reconstructor of which either may use a GPU."""
    monkeypatch.syspath_prepend(str(fake_package))

    def numbers(maker="no", judge="no", *, gpus="", workers=None, most=None, executor="local", table=""):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", gpus)
        file = tmp_path / "plugins.toml"
        file.write_text(table)
        used = [resolve("reconstructors", "critic", overrides={"gpu": judge})]
        if maker:
            used.append(resolve("generators", "painter", overrides={"gpu": maker, "most": most}))
        return choose_executor(executor, workers, used, file)

    return numbers


@pytest.mark.parametrize(
    ("options", "workers", "makers"),
    [
        ({}, CORES, 0),
        ({"gpus": "0,1"}, CORES, 0),
        ({"maker": "optional"}, CORES, 1),
        ({"maker": "optional", "judge": "optional"}, 1, 1),
        ({"maker": "required", "judge": "required", "gpus": "0"}, 1, 1),
        ({"maker": "optional", "judge": "optional", "gpus": "0,1,2"}, 3, 3),
        ({"maker": "optional", "judge": "optional", "gpus": "0,1,2", "most": 1}, 3, 1),
        ({"maker": "optional", "judge": "optional", "gpus": "0,1,2", "most": 2}, 3, 2),
        ({"maker": "no", "judge": "optional", "gpus": "0,1"}, 2, CORES),
        ({"maker": "no", "judge": "optional", "most": 1}, 1, 1),
        ({"maker": None, "judge": "optional", "gpus": "0,1"}, 2, 0),
        ({"maker": None, "judge": "optional"}, 1, 0),
        ({"maker": "optional", "judge": "optional", "gpus": "0,1", "workers": 4}, 4, 0),
    ],
)
def test_numbers_suit_plugins_and_gpus(choose, options, workers, makers):
    config = choose(**options).config
    assert (config.workers, config.makers) == (workers, makers)


def test_one_worker_asked_for_is_this_process(choose):
    assert isinstance(choose("optional", "optional", gpus="0,1", workers=1).build(), InlineExecutor)


@pytest.mark.parametrize(("numbers", "makers"), [("workers = 3", 0), ("workers = 3\nmakers = 2", 2)])
def test_the_users_table_is_left_as_it_is(choose, numbers, makers):
    table = f'[executors.mine]\nplugin = "local"\n{numbers}\n'
    config = choose("optional", "optional", gpus="0,1", executor="mine", table=table).config
    assert (config.workers, config.makers) == (3, makers)
    config = choose("optional", "optional", executor="mine", table=table, workers=1).config
    assert (config.workers, config.makers) == (1, 0)


def test_other_executors_take_the_numbers_they_know(choose):
    assert choose("optional", "optional", gpus="0,1", executor="crew").config.workers == 2
    assert choose(executor="crew", workers=7).config.workers == 7
    assert choose("optional", executor="threads").build().slots == 3
    with pytest.raises(ConfigError, match="workers"):
        choose(executor="threads", workers=2)
