"""What holds for every plugin."""

from __future__ import annotations

from typing import Any

import pytest

from genspace_adapter_judge.plugin import GOOGLE, OPENAI
from genspace_core.interfaces import Judge
from genspace_core.testing import PluginConformance


class TestOpenAI(PluginConformance):
    spec = OPENAI
    spec_module = "genspace_adapter_judge.plugin"

    def test_it_is_a_judge(self, plugin: Any) -> None:
        assert isinstance(plugin, Judge)
        assert plugin.needs == {"image", "source"}


class TestGoogle(PluginConformance):
    spec = GOOGLE
    spec_module = "genspace_adapter_judge.plugin"


@pytest.mark.parametrize("spec", [OPENAI, GOOGLE], ids=["openai", "google"])
@pytest.mark.parametrize(
    ("config", "another"),
    [
        ({"votes": 3}, True),
        ({"threshold": 0.7}, True),
        ({"longest": 512}, True),
        ({"image_format": "jpeg"}, True),
        ({"effort": "high"}, True),
        ({"timeout": 5.0}, False),
        ({"price": 0.1}, False),
        ({"concurrency": 2}, False),
        ({"key_variable": "OTHER_KEY"}, False),
    ],
    ids=str,
)
def test_what_changes_a_score_makes_it_another(spec: Any, config: dict[str, Any], another: bool) -> None:
    assert (spec.config(**config).identity() != spec.config().identity()) is another
