"""The `genspace` command: one file a sub-command, imports made when a command runs."""
