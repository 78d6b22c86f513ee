# One command for each habit; `make` alone lists them.
# `make PYTHON=/path/to/python3.12 ...` chooses the Python that makes .venv.

.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
# Modules are compiled when they are first imported: most of what TensorFlow brings never is.
INSTALL := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest
TWO := --numprocesses 2 --dist loadfile --durations 12  # two processes, each file in one of them

help:  ## list these commands
	@awk -F ':.*##  *' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/train.stamp  ## the experiment: get MNIST, train the MLP and the CNN, compare them, write the report, read a page
	$(BIN)/digitscope data sample
	$(BIN)/digitscope compare --out runs/compare --force
	$(BIN)/digitscope read examples/receipt.jpg --annotate runs/read
	@echo; echo "the page with what was read on it: runs/read/receipt-read.png"

test: .venv/dev.stamp  ## the quick tests
	$(PYTEST) -m "not slow and not long" $(TWO)

test-slow: .venv/dev.stamp  ## the slow tests, which .ci/run also runs
	$(PYTEST) -m "slow and not long" $(TWO)

test-long: .venv/dev.stamp  ## the tests that take too long for .ci/run
	$(PYTEST) -m long || [ $$? = 5 ]  # 5: no test is marked so

lint: .venv/dev.stamp  ## ruff: lint and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: .venv/dev.stamp  ## format the code, and fix what ruff can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: .venv/dev.stamp  ## mypy, strict
	$(BIN)/mypy

render: .venv/dev.stamp  ## update the figures, outputs and help texts in README.md and the docs
	$(BIN)/python benchmarks/render.py

stale: .venv/dev.stamp  ## check that the figures, outputs and help texts in README.md and the docs are up to date
	$(BIN)/python benchmarks/render.py --check

docs: .venv/dev.stamp  ## build the documentation, executing the tutorial
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

linkcheck: .venv/dev.stamp  ## check the documentation's links to other sites
	$(BIN)/sphinx-build -b linkcheck -D nb_execution_mode=off docs docs/_build/linkcheck

bench: .venv/dev.stamp  ## the quick benchmarks; each script in benchmarks/ says what it measures
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/classify.py
	$(BIN)/python benchmarks/throughput.py --quick
	$(BIN)/python benchmarks/networks.py fast --seeds 1 --out runs/bench

bench-full: .venv/dev.stamp  ## the networks over five seeds and the full measurement of speed: hours; what is finished is kept
	$(BIN)/python benchmarks/throughput.py --save
	$(BIN)/python benchmarks/corruptions.py --save
	$(BIN)/python benchmarks/networks.py fast tiny micro --save

constraints: .venv/dev.stamp  ## write the versions installed in .venv to constraints.txt
	$(BIN)/python -m pip freeze --exclude-editable | grep -E '^[A-Za-z0-9._-]+==' > constraints.txt

clean:  ## remove everything built or run here, .venv included
	rm -rf .venv build dist runs docs/_build docs/_generated docs/tutorial docs/jupyter_execute .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help run test test-slow test-long lint format types render stale docs linkcheck bench bench-full constraints clean

.venv/bin/python:
	@python=$$(PYTHON="$(PYTHON)" .ci/python) && echo "making .venv with $$python" && $$python -m venv .venv

.venv/train.stamp: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) --editable '.[train]'
	@touch $@

.venv/dev.stamp: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) --editable '.[train,forms,batch,docs,dev]'
	@touch $@ .venv/train.stamp
