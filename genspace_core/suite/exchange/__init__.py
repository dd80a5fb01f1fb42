"""Suites that come from others and go to them: foreign tables, data sets of the hub, folders of pictures."""
