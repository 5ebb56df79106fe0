PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: help install sandbox test test-slow test-browser check bench simulate lock clean
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
	@$(BIN)/python -m pytest -n auto $(ARGS)

clean:  ## remove the environment and the embedded database
	rm -rf $(VENV) .data
