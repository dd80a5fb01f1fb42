# Everything works on a fresh clone: each target first makes its own .venv (once).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ADAPTERS := $(wildcard adapters/*)
READY := $(VENV)/.ready

# make demo: 10 of the 50 prompts of each question; make demo FULL=1: all of them
DEMO_SIZE := $(if $(FULL),,--per-template 10)
DEMO_MODELS := perfect frontal egocentric unitless forgetful random
EDIT_MODELS := perfect lazy overdo egocentric collateral

.PHONY: help setup demo demo-edit test test-fast check format bench docs clean
.DEFAULT_GOAL := help

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(READY)  ## make .venv with everything in it (the other targets do this themselves)

$(READY): pyproject.toml constraints.txt $(wildcard adapters/*/pyproject.toml)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[dev]" $(ADAPTERS:%=-e %)
	@touch $(READY)

demo: $(READY)  ## benchmark the six built-in models and write demo/report.html (about two minutes)
	$(BIN)/genspace run $(DEMO_MODELS:%=-g %) $(DEMO_SIZE) --out demo/runs
	$(BIN)/genspace report demo/runs -o demo/report.html

demo-edit: $(READY)  ## the same for editing: sources, five models, demo-edit/report.html (about two minutes)
	$(BIN)/genspace suite build-edit -g perfect $(DEMO_SIZE) --out demo-edit/suite
	$(BIN)/genspace run --suite demo-edit/suite $(EDIT_MODELS:%=-g %) --out demo-edit/runs
	$(BIN)/genspace report demo-edit/runs -o demo-edit/report.html

# One thread a process: two processes whose libraries each start a thread per core only get in each other's way.
# In the order of the files, so that the longest are not left for the end.
test: $(READY)  ## the whole test suite
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-fast: $(READY)  ## the tests that take no more than a moment
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

check: $(READY)  ## style, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)  ## put style right where that can be done automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)  ## speed, as ratios to the limits of the design
	$(BIN)/python bench/bench.py

docs: $(READY)  ## write the parts of docs/ that are generated from code and data
	$(BIN)/python -m scripts.write_docs

clean:  ## remove .venv, demo/ and caches
	rm -rf $(VENV) demo demo-edit .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
