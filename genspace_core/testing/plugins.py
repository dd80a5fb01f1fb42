"""What holds for a plugin of any kind."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, ClassVar

import pytest

from genspace_core.identity import misplaced_marks
from genspace_core.interfaces import Capabilities, NotIdentity, PluginConfig, PluginSpec
from genspace_core.plugins.registry import build
from genspace_core.testing.elsewhere import Elsewhere

# Importing a spec must not import these: listing plugins would become slow for everybody.
HEAVY = ("torch", "diffusers", "transformers", "cv2", "openai", "google.genai", "scipy", "pandas")

NEXT_DOOR = Elsewhere()
"""Where the specs of one module after the other are looked at, with texts in another order in every set."""


class PluginConformance:
    """Inherit and set `spec`; `config` where the defaults do not do for a test.

    Where the configuration has to be made first (it names a checkpoint in a folder of the tests), override
    `make_config`, which is called once a class; or take what pytest makes:

        @pytest.fixture(autouse=True)
        def _checkpoint(self, tiny_model):  # a fixture of the whole session
            type(self).config = {"checkpoint": str(tiny_model)}

    Attributes:
        spec: what the entry point names.
        spec_module: the module that holds it, "my_package.plugin"; for the test that it is light.
        config: keys of the configuration to test with.
    """

    spec: ClassVar[PluginSpec[Any]]
    spec_module: ClassVar[str]
    config: ClassVar[Mapping[str, Any]] = {}
    _built: ClassVar[Any]
    _settings: ClassVar[dict[str, Any]]
    _made: ClassVar[tuple[Any, dict[int, Any]]]

    def make_config(self) -> Mapping[str, Any]:
        """Keys of the configuration to test with; override to make what they name."""
        return self.config

    @property
    def settings(self) -> dict[str, Any]:
        """What `make_config` gave, the first time that it was asked."""
        owner = type(self)
        if "_settings" not in vars(owner):
            owner._settings = dict(self.make_config())
        return owner._settings

    def configured(self, **changes: Any) -> PluginConfig:
        """The configuration to test with, or another that differs from it in these keys."""
        return self.spec.config.model_validate(self.settings | changes)

    @property
    def capabilities(self) -> Capabilities:
        """What the plugin can do with this test's configuration."""
        return self.configured().capabilities(self.spec.capabilities)

    def exercise(self, plugin: Any) -> None:
        """Have the plugin do a piece of its work, and complain if it does it wrongly.

        Asked for by tests that hold for plugins of several kinds, such as those of `WeightsConformance`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs an exercise(self, plugin) that has it do a piece of its work"
        )

    @pytest.fixture
    def plugin(self) -> Any:
        """The plugin, as a run builds it: once a class, since weights may have to be loaded."""
        owner = type(self)
        if "_built" not in vars(owner):
            owner._built = build(self.spec, self.configured())
        return owner._built

    def _once(self, plugin: Any, index: int, make: Callable[[], Any]) -> Any:
        """What this plugin made of the index-th of something when a test first asked for it."""
        owner = type(self)
        if "_made" not in vars(owner) or owner._made[0] is not plugin:
            owner._made = plugin, {}
        made = owner._made[1]
        if index not in made:
            made[index] = make()
        return made[index]

    def test_it_builds_what_it_announces(self, plugin: Any) -> None:
        """The factory gives an instance of the interface."""
        assert isinstance(plugin, self.spec.interface)

    def test_the_spec_is_light(self) -> None:
        """Importing the spec imports nothing heavy; that waits for the factory."""
        found = NEXT_DOOR.ask("heavy", self.spec_module, HEAVY, alone=self.spec_module)
        if found:  # perhaps by another spec of the module that was asked for its identity
            NEXT_DOOR.stop()
            found = NEXT_DOOR.ask("heavy", self.spec_module, HEAVY, alone=self.spec_module)
        assert found == [], f"{self.spec_module} imports {' '.join(found)} too early"

    def test_every_option_is_described(self) -> None:
        """`genspace plugins show` can teach: each field has a description."""
        fields = self.spec.config.model_fields
        assert [name for name, field in fields.items() if not field.description] == []

    def test_the_configuration_is_strict_data(self) -> None:
        """Unknown keys are errors, and the whole configuration survives JSON."""
        config = self.configured()
        assert isinstance(config, PluginConfig)
        again = self.spec.config.model_validate(json.loads(config.model_dump_json()))
        assert again == config
        with pytest.raises(ValueError, match="no_such_option"):
            self.spec.config.model_validate(self.settings | {"no_such_option": 1})

    def test_the_identity_is_json_and_stable(self) -> None:
        """Content keys are made from it."""
        config = self.configured()
        identity = config.identity()
        assert json.loads(json.dumps(identity)) == identity
        assert pickle.loads(pickle.dumps(config)).identity() == identity  # noqa: S301  (our own bytes)

    def test_the_identity_is_the_same_in_every_process(self) -> None:
        """A text's hash differs between processes, and with it the order of a set of texts."""
        module = import_module(self.spec_module)
        name = next((name for name, value in vars(module).items() if value is self.spec), None)
        assert name is not None, f"{self.spec_module} does not hold this spec; correct `spec_module`"
        config = self.configured()
        told = config.model_dump_json(round_trip=True)
        there = NEXT_DOOR.ask("identity", self.spec_module, name, told, alone=self.spec_module)
        assert json.dumps(there, sort_keys=True) == json.dumps(config.identity(), sort_keys=True)

    def test_every_mark_has_an_effect(self) -> None:
        """`NotIdentity()` has parentheses and stands around the whole type of its field."""
        assert misplaced_marks(self.spec.config, NotIdentity) == []

    def test_it_says_what_it_is(self) -> None:
        """A summary line, and an output version for the content keys."""
        assert self.spec.summary.strip()
        assert self.spec.version.strip()
