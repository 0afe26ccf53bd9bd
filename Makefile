# Each target works from a bare Python: .venv is made on first use, and filled again when pyproject.toml changes.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test second-opinion soak lint docs bench

demo: .venv/installed
	$(BIN)/vpc-auditor audit --demo --fail-on never

test: .venv/installed
	$(BIN)/python -m pytest

# A round is some two hundred random networks, tried address by address.
second-opinion: .venv/installed
	ROUNDS=$(or $(ROUNDS),100) $(BIN)/python -m pytest tests/test_second_opinion.py

# Random faults between the program and AWS, for SECONDS (600) or PLANS of them; SEED tries one again.
soak: .venv/installed
	@MOTO_EC2_LOAD_DEFAULT_AMIS=false SECONDS=$(SECONDS) PLANS=$(PLANS) SEED=$(SEED) $(BIN)/python -m tests.soak

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/installed
	$(BIN)/python docs/generate.py

# PART=audit, size, collection, assessment or peering measures that part alone; PEERS=1 installs other tools beside it.
bench: .venv/installed
	$(BIN)/python -m tests.bench $(or $(PART),$(if $(PEERS),audit)) $(if $(PEERS),peers)

# The stamp is written last, so that an installation that was broken off is made again.
.venv/installed: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "vpc-auditor needs Python 3.11 or newer, and $(PYTHON) was not found" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("vpc-auditor needs Python 3.11 or newer, and $(PYTHON) is %d.%d; try make PYTHON=python3.12" % v[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
