# Tuntas: everything a newcomer needs, from a clean clone, with Python 3.11+, make and git.
# `make help` lists the targets. Settings: PYTHON (default python3), TUNTAS_PORT (8000), ARGS (for pytest).
# Tests start servers of their own unless told of others: TUNTAS_TEST_DATABASE_URL (a PostgreSQL account that
# may create databases), TUNTAS_TEST_S3 (s3+http://key:secret@host:port/bucket, tested besides), and
# TUNTAS_TEST_CHROMIUM (a browser's path). With CI=true whatever is missing is a failure, never skipped.

PYTHON ?= python3
BIN := .venv/bin
PREPARE := $(PYTHON) scripts/prepare.py
# Two workers suit the two cores that the suite is measured on; TEST_WORKERS=0 runs everything in one process.
TEST_WORKERS ?= 2
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test coverage-processes pictures check fmt format lint types floors assets pins bench crash crash-report clean python

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Tuntas needs Python 3.11 or newer; '$(PYTHON)' is not. Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }

run: prepare-run ## install, build, fill a living office and serve it on 127.0.0.1:8000
	@exec $(BIN)/tuntas serve --with-worker --seed-if-empty

test: prepare-test ## run every test, on SQLite and on PostgreSQL, in a real browser
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadgroup $(ARGS)

coverage-processes: prepare-test ## count what the tests walk of each diagram; fails under 100 %
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadgroup -k "not postgresql and not random" tests/processes

pictures: prepare-check ## draw the processes for the README again
	$(BIN)/python scripts/draw_processes.py

check: format lint types floors test ## format, lint, strict types, floors, and every test

format: prepare-check
	$(BIN)/ruff format --check .

lint: prepare-check ## look for mistakes in the Python code
	$(BIN)/ruff check .

types: prepare-check ## check the types, strictly
	$(BIN)/mypy

floors: prepare-check ## prove that imports point down only
	$(BIN)/lint-imports

fmt: prepare-check ## format the Python code and apply the safe fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

assets: prepare-run ## build what the browser loads

prepare-%: python
	@$(PREPARE) $*

pins: prepare-check ## resolve every pinned set again
	$(BIN)/python scripts/pins.py

# ONLY=name measures one subject, FULL=1 the long ones too, SCALE=0.1 a tenth of everything, REPORT=docs/bench-report.md
# writes what people read (docs/benchmarks.md).
bench: prepare-check ## measure speed and size beside floors from the same run; writes var/bench.json
	ONLY=$(ONLY) FULL=$(FULL) SCALE=$(or $(SCALE),1) REPORT=$(REPORT) $(BIN)/python -m bench

# RUNS=1000 DB=sqlite SEED=7 STORE=s3 WEBS=3 WORKERS=3: how many faults, on what, which ones (docs/operations.md).
crash: prepare-check ## kill and break an office under load, then audit it; writes var/crash-postgresql.json
	@RUNS=$(RUNS) DB=$(DB) SEED=$(SEED) ROUND=$(ROUND) STORE=$(STORE) WEBS=$(WEBS) WORKERS=$(WORKERS) \
	  PYTHONPATH=tests:. $(BIN)/python -m crash

crash-report: prepare-check ## write docs/crash-report.md from what make crash left in var/
	@PYTHONPATH=tests:. $(BIN)/python -m crash.report

clean: ## remove what was built (never var/, which holds data)
	rm -rf .venv node_modules web/static/dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
