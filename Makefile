# Everything sets itself up: Python 3.11 or newer is all that must be there.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
# Processes that share the tests, each with its own database server and brokers.
WORKERS ?= 2
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check lock clean soak bench

help:
	@echo "make demo          a simulated district becomes cases; then the page stays up (ONCE=1: check and exit)"
	@echo "make test          every test this machine can run"
	@echo "make check         formatting, lint, types, layers"
	@echo "make soak          the long suites: crashes and 100,000 malformed payloads at full size"
	@echo "make bench         the ingest benchmark"

$(VENV)/.run: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Lifeline needs Python 3.11 or newer (with venv); none found on the PATH."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.run
	$(BIN)/lifeline demo $(if $(ONCE),--once) $(DEMO)

test: $(VENV)/.dev
	$(BIN)/pytest -m "not slow" -n $(WORKERS) --dist loadfile $(TESTS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/lifeline rules check
	$(BIN)/lifeline rules test

soak: $(VENV)/.dev
	$(BIN)/pytest -m slow --timeout 3600 $(TESTS)

bench: $(VENV)/.run
	$(BIN)/lifeline bench ingest

# Needs uv; run after changing dependencies in pyproject.toml.
lock:
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) data out .mypy_cache .ruff_cache .pytest_cache
