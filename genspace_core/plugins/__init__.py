"""Finding plugins, loading them by name, and the named configurations of `plugins.toml`.

`registry` finds and loads what is installed; `config` resolves a name to a configured plugin.
"""
