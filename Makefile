# Each target works from a bare Python: .venv is made on first use, and filled again when pyproject.toml changes.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint docs bench

demo: .venv/installed
	$(BIN)/vpc-auditor audit --demo --fail-on never

test: .venv/installed
	$(BIN)/python -m pytest

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/installed
	$(BIN)/python docs/generate.py

bench: .venv/installed
	$(BIN)/python -m tests.bench

# The stamp is written last, so that an installation that was broken off is made again.
.venv/installed: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "vpc-auditor needs Python 3.11 or newer, and $(PYTHON) was not found" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("vpc-auditor needs Python 3.11 or newer, and $(PYTHON) is %d.%d; try make PYTHON=python3.12" % v[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
