"""The files of a run directory."""

DATABASE = "run.db"  # the journal: what was asked, made, rebuilt and scored
RUN_FILE = "run.json"  # provenance
SUITE_FILE = "suite.jsonl"  # the samples asked for
SCORES_FILE = "scores.jsonl"  # every score, one line each, in suite order
IMAGES = "images"  # the pictures
STAGES = "stages"  # what the stages of the reconstructor found, to be used again
CALLS = "calls"  # a slip for each call that may cost money, while it is in flight
ANSWERS = "answers"  # votes of judges
LOCK_FILE = ".lock"  # held while a run writes
