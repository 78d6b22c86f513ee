# One command for each habit; `make` alone lists them.
# `make PYTHON=/path/to/python3.12 ...` chooses the Python that makes .venv.

.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest

help:  ## this list
	@awk -F ':.*##  *' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/train.stamp  ## the experiment: get MNIST, train the MLP and the CNN, compare them, write the report, read a page
	$(BIN)/digitscope data sample
	$(BIN)/digitscope compare --out runs/compare
	$(BIN)/digitscope read examples/receipt.jpg --annotate runs/read
	@echo; echo "the page with what was read on it: runs/read/receipt-read.png"

test: .venv/dev.stamp  ## the quick tests
	$(PYTEST) -m "not slow"

test-slow: .venv/dev.stamp  ## the tests that take longer
	$(PYTEST) -m slow

lint: .venv/dev.stamp  ## ruff: lint and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: .venv/dev.stamp  ## put the code into ruff's format, and repair what it can repair
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: .venv/dev.stamp  ## mypy, strict
	$(BIN)/mypy

render: .venv/dev.stamp  ## write figures, outputs and help texts into README.md and the docs
	$(BIN)/python benchmarks/render.py

stale: .venv/dev.stamp  ## are the figures, outputs and help texts in README.md and the docs up to date?
	$(BIN)/python benchmarks/render.py --check

docs: .venv/dev.stamp  ## the documentation, with the tutorial executed
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

linkcheck: .venv/dev.stamp  ## do the documentation's links to other sites still lead somewhere?
	$(BIN)/sphinx-build -b linkcheck -D nb_execution_mode=off docs docs/_build/linkcheck

bench: .venv/dev.stamp  ## the quick benchmarks; each script in benchmarks/ says what it measures
	$(BIN)/python benchmarks/startup.py

constraints: .venv/dev.stamp  ## write the versions of this .venv into constraints.txt
	$(BIN)/python -m pip freeze --exclude-editable | grep -E '^[A-Za-z0-9._-]+==' > constraints.txt

clean:  ## remove what was built and run here (.venv too)
	rm -rf .venv build dist runs docs/_build docs/_generated docs/tutorial docs/jupyter_execute .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help run test test-slow lint format types render stale docs linkcheck bench constraints clean

.venv/bin/python:
	@python=$$(PYTHON="$(PYTHON)" .ci/python) && echo "making .venv with $$python" && $$python -m venv .venv

.venv/train.stamp: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) --editable '.[train]'
	@touch $@

.venv/dev.stamp: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) --editable '.[train,docs,dev]'
	@touch $@ .venv/train.stamp
