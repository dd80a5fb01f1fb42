"""A place for one built plugin in a process."""

from __future__ import annotations

import gc
from threading import Lock
from typing import Any

from genspace_core.plugins.config import PluginRef


class Slot:
    """Holds the plugin that was built last. The next one is built when its memory is free."""

    def __init__(self) -> None:
        self._lock = Lock()  # for executors that run calls in threads
        self._ref: PluginRef | None = None
        self._plugin: Any = None

    def get(self, ref: PluginRef) -> Any:
        """The plugin, built on first use.

        Raises:
            PluginError: it cannot be built.
        """
        with self._lock:
            if self._ref != ref:
                if self._ref is not None:
                    self._ref = self._plugin = None
                    gc.collect()  # models are full of cycles
                self._plugin = ref.load().build()
                self._ref = ref
            return self._plugin
