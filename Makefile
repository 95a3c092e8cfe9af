# The two commands of Kav: `make run` and `make test`. Both set up what they need on a fresh machine.
PYTHON ?= python3
PORT ?= 8080
AT_ONCE ?= 3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup run test measures check lint types figures gap providers soak bench docs lock clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## the environment in .venv, from the lock file

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kav needs Python 3.11 or later; this is $$($(PYTHON) --version). Say: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) from requirements.lock; this takes about a minute."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@touch $@

run: $(READY) ## one demo call to the offline agent, then go on serving
	$(BIN)/python run.py demo configs/demo.yaml --out call.wav --port $(PORT)

test: $(READY) lint types check measures ## everything that has to hold, with the share of lines that tests run
	$(BIN)/python -m pytest -n $(AT_ONCE) --dist loadfile --cov --cov-report=term

measures: $(READY) ## the measures of the house: circles, sizes, prose, mirrored tests
	$(BIN)/python -m tests.house.measures
	$(BIN)/python -m tests.house.test_mirror | tail -1

check: $(READY) ## the shipped configs, and their tests
	$(BIN)/python run.py check configs examples
	$(BIN)/python run.py test configs examples

lint: $(READY) ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## types, and once more as on Windows, where names of POSIX alone have to be guarded
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 kav pipeline processors run.py

lock: ## requirements.lock anew, from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock

figures: $(READY) ## the figures of a release, measured here
	$(BIN)/python -m benchmarks.figures

gap: $(READY) ## how long a caller waits, with stand-ins for the providers
	$(BIN)/python -m benchmarks.gap

providers: $(READY) ## what a call costs, with stand-ins for the providers
	$(BIN)/python -m benchmarks.providers

soak: $(READY) ## whether 500 calls leave anything behind
	$(BIN)/python -m benchmarks.soak

bench: $(READY) ## calls a core holds, beside Pipecat; hours: BENCH=--quick for a first look
	$(BIN)/python -m benchmarks run $(BENCH)

docs: $(READY) ## the pages, the drawings and the editors' schema anew, from the code
	$(BIN)/python run.py list --markdown > docs/processors.md && $(BIN)/python run.py list --events > docs/events.md && $(BIN)/python run.py list --configuration > docs/configuration.md && $(BIN)/python run.py schema --out configs/kav.schema.json && $(BIN)/python -m docs.drawings

clean: ## away with the environment and what calls and tests left
	rm -rf $(VENV) .venv-bench calls call.wav .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
