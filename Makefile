# The two commands of the README: `make compare` and `make test`.
# Everything is installed into .venv from constraints.txt; nothing else on the machine is touched.

PYTHON ?= python3
BIN := .venv/bin
# Where torch comes from. PyPI's brings 3 GB of CUDA along on Linux; for a GPU: TORCH=.../whl/cu126
TORCH ?= https://download.pytorch.org/whl/cpu
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: compare test quick check format clean

compare: .venv/run.stamp  ## Compare strategies on the embedded lab and print the leaderboard
	@$(BIN)/xharness compare --strategies english,translate,mlm

test: .venv/dev.stamp  ## Run the tests
	@OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest -q

quick: .venv/dev.stamp  ## Run the tests that need no training
	@OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest -q -m "not training"

check: .venv/dev.stamp  ## Format, lint, types, import contracts, structure
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>&1 || $(BIN)/lint-imports
	@$(BIN)/python benchmarks/structure.py --check

format: .venv/dev.stamp  ## Put every file into the format that `make check` wants
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

clean:  ## Remove the environment, not the store
	rm -rf .venv

.venv/run.stamp: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing xharness into .venv (a minute or two, once)" >&2
	@$(PIP) install --constraint constraints.txt --no-deps --retries 1 --index-url $(TORCH) torch \
	    || echo "no torch of constraints.txt from $(TORCH): taking that of the usual index" >&2
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@
