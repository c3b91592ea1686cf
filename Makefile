# The two commands that matter: `make demo` and `make test`. Each does all set-up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH_DIR ?= ../shared/bench

.PHONY: setup demo test check bench clean
setup: $(VENV)/.ready models/encoder/manifest.json

$(VENV)/.ready: pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt --editable '.[dev]'
	touch $@

models/encoder/manifest.json: $(VENV)/.ready
	@test -f $@ || $(BIN)/matcher export-encoder
	@touch $@

demo: setup
	$(BIN)/matcher import data/directory/firms.jsonl
	$(BIN)/matcher import data/directory/firms_halton_2017.jsonl
	$(BIN)/matcher import --kind projects data/projects/projects.jsonl
	$(BIN)/matcher import --kind projects data/projects/examples.jsonl
	$(BIN)/matcher index
	$(BIN)/matcher match ngen-lightweight-ev-inverter-components --region Halton --role supplier --limit 3 --explain
	@echo "Try: $(BIN)/matcher match --text 'CNC machining of aluminium housings' --region Halton"
	@echo "     $(BIN)/matcher why-not ngen-lightweight-ev-inverter-components linamar"
	@echo "     $(BIN)/matcher opportunities dana-canada"

test: setup
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy

bench: setup
	@test -d $(BENCH_DIR) || { echo "no collections in $(BENCH_DIR): set BENCH_DIR to a folder of BEIR collections"; exit 1; }
	$(BIN)/matcher evaluate data --role partner
	$(BIN)/matcher evaluate data --role supplier
	$(BIN)/matcher evaluate data --role partner --qrels qrels_halton.tsv --region Halton
	$(BIN)/matcher evaluate data --role supplier --qrels qrels_halton.tsv --region Halton
	for d in $(BENCH_DIR)/*/corpus.jsonl; do $(BIN)/matcher evaluate $$(dirname $$d) || exit 1; done

clean:
	rm -rf $(VENV) var models/encoder
