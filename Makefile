PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
LOCK := uv pip compile pyproject.toml --quiet --upgrade --python-version 3.11 --universal --generate-hashes \
	--no-emit-index-url --no-header --no-annotate

# Most of a cell's time is waiting; and each commit has the next tenth of the cells, so that ten have all of them.
MATRIX_WORKERS = $(shell echo $$(( $$(nproc) * 2 )))
COMMITS = $(shell git rev-list --count HEAD 2>/dev/null || echo 1)

.PHONY: help install sandbox test test-slow test-matrix test-browser simulate lint check bench bench-growth bench-reconcile lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(VENV)/.installed: requirements/dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

install: $(VENV)/.installed  ## .venv with the locked dependencies and the qliro-adapter command

sandbox: install  ## everything on this machine: database, Norce, Qliro, adapter, demo shop
	@$(BIN)/qliro-adapter sandbox $(ARGS)

test: install  ## the quick suite
	@$(BIN)/python -m pytest -n auto -m "not browser and not slow and not matrix" $(ARGS)

test-slow: install  ## the long runs: journeys of every kind, races, bad inputs, 300 simulated weeks
	@$(BIN)/python -m pytest -n auto -m slow $(ARGS)

test-matrix: install  ## every cell of the fault matrices, some 2,000: a quarter of an hour; SHARE=3/10 a part of them
	@$(BIN)/python -m pytest -n $(MATRIX_WORKERS) -m matrix --matrix-share $(or $(SHARE),1/1) $(ARGS)

test-browser: install  ## the shop in headless Chromium
	@$(BIN)/python -m pytest -n 2 -m browser $(ARGS)

simulate: install  ## weeks of trouble in virtual time: SEEDS=500 FIRST=1
	@PYTHONPATH=src $(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),100) --first $(or $(FIRST),1) $(ARGS)

bench: install  ## what each request costs: calls, round trips, processor time, throughput, starts
	@$(BIN)/python -m bench $(ARGS)

bench-growth: install  ## whether a request costs the same beside very many payments: SIZES=10000,1000000
	@$(BIN)/python -m bench.growth --sizes $(if $(SIZES),$(SIZES),"10000,1000000") $(ARGS)

bench-reconcile: install  ## payments per second, memory, requests per payment: SIZES=10000,100000,1000000
	@$(BIN)/python -m bench.reconcile --sizes $(if $(SIZES),$(SIZES),"10000,100000,1000000") $(ARGS)

lint: install  ## style, types, layers, audit of the dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/audit.py

check: lint  ## what CI runs: lint, then every test (migrations drift is one of them), of the matrices a tenth
	$(BIN)/python -m pytest -n auto --matrix-share $(or $(SHARE),$(COMMITS)/10)

lock:  ## resolve the dependencies anew, with hashes; needs uv
	$(LOCK) --output-file requirements/runtime.lock
	$(LOCK) --extra dev --output-file requirements/dev.lock

clean:  ## remove the environment and the embedded database
	rm -rf $(VENV) .data
