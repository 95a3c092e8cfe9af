# The two commands of Kav: `make run` and `make test`. Both set up what they need on a fresh machine.
CONFIG ?= kav:demo
PORT ?= 8080
AT_ONCE ?= 3
VENV := .venv
BIN := $(VENV)/bin

# The Python that makes .venv; one that is named on the command line has .venv made anew if it is of another.
PYTHON ?= $(shell test -x $(BIN)/python && echo $(BIN)/python || echo python3)
SETUP = if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	found=$$($(PYTHON) --version 2>&1 | grep -m 1 '^Python'); \
	echo "Kav needs Python 3.11 or later; $(PYTHON) is $${found:-not found}. Say: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; fi; \
	$(PYTHON) environment.py $(if $(filter command environment,$(origin PYTHON)),--this-python)

# A config that names a provider needs its libraries, and is run with stand-ins for it: no account is needed.
# With accounts, and the keys in the environment: STAND_INS=no.
FILE := $(patsubst kav:%,configs/%.yaml,$(CONFIG))
NEEDS := $(shell sed 's/\#.*//' '$(FILE)' 2>/dev/null | grep -qE 'google|openai|silero|extends' && echo providers)
STAND_INS ?= $(if $(NEEDS),yes,no)

.PHONY: help setup run test coverage measures check lint types types-here types-windows figures gap providers soak bench docs lock web clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## .venv with everything, from requirements-dev.lock
	@$(SETUP) requirements-dev.lock

run: ## one call to the offline demo, then go on serving; another port: PORT=8081; Hebrew: CONFIG=kav:maximus_he
	@$(SETUP) requirements$(addprefix -,$(NEEDS)).lock
	$(BIN)/python run.py demo '$(CONFIG)' --out call.wav --port '$(PORT)'$(if $(filter yes,$(STAND_INS)), --stand-ins)

PYTEST = $(BIN)/python -m pytest -n $(AT_ONCE) --dist loadfile --no-loadscope-reorder
test: setup ## everything that has to hold
	@$(MAKE) --no-print-directory -j 3 lint types check measures
	$(PYTEST)

coverage: setup ## the tests once more, a third slower, with the share of lines that they run
	$(PYTEST) --cov --cov-report=term

measures: setup ## the measures of the house: circles, sizes, prose, mirrored tests
	$(BIN)/python -m tests.house.measures
	$(BIN)/python -m tests.house.test_mirror | tail -1

check: setup ## the shipped configs, and their tests
	$(BIN)/python run.py check configs examples
	$(BIN)/python run.py test configs examples

lint: setup ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: types-here types-windows ## types, and once more as on Windows, where names of POSIX alone have to be guarded

types-here: setup
	$(BIN)/mypy

types-windows: setup
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 abilities kav pipeline processors run.py

LOCK = uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
lock: ## the lock files anew, from pyproject.toml (needs uv); UPGRADE=--upgrade takes the newest releases
	$(LOCK) $(UPGRADE) --extra dev -o requirements-dev.lock
	$(LOCK) -c requirements-dev.lock --extra offline -o requirements.lock
	$(LOCK) -c requirements-dev.lock --extra offline --extra hebrew -o requirements-providers.lock

figures: setup ## the figures of a release, measured here
	$(BIN)/python -m benchmarks.figures

gap: setup ## how long a caller waits, with stand-ins for the providers
	$(BIN)/python -m benchmarks.gap

providers: setup ## what a call costs, with stand-ins for the providers
	$(BIN)/python -m benchmarks.providers

soak: setup ## whether 500 calls leave anything behind
	$(BIN)/python -m benchmarks.soak

bench: setup ## calls a core holds, beside Pipecat; hours: BENCH=--quick for a first look
	$(BIN)/python -m benchmarks run $(BENCH)

docs: setup ## the pages, the drawings and the editors' schema anew, from the code
	$(BIN)/python run.py list --markdown > docs/processors.md && $(BIN)/python run.py list --events > docs/events.md && $(BIN)/python run.py list --tools > docs/tools-reference.md && $(BIN)/python run.py list --configuration > docs/configuration.md && $(BIN)/python run.py schema --out configs/kav.schema.json && $(BIN)/python -m docs.drawings

web: ## the libraries of the console's pages anew, as web/package-lock.json has them (needs npm)
	cd web && npm ci --ignore-scripts --no-audit --no-fund && node vendor.mjs

clean: ## away with the environment and what calls and tests left
	rm -rf $(VENV) .venv-bench web/node_modules calls call.wav .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage build dist *.egg-info
