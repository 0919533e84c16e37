"""The commands. Each module imports what it needs only when it runs, so that `fancast --help` is quick."""
