# followup-bot. `make` shows what there is; each target sets up what it needs in .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
.DEFAULT_GOAL := help
.PHONY: help demo test check bench accuracy golden lock clean fuzz

help: ## show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("followup-bot needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (once) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.run ## play a quarter of a rep's mail on a real Maildir under ./demo
	@$(BIN)/followup demo

test: $(VENV)/.dev ## run the tests
	@$(BIN)/python -m pytest -q

check: $(VENV)/.dev ## ruff, mypy --strict, the layers, the templates' tone
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/followup lint

bench: $(VENV)/.dev ## how fast, how much memory: ratios within one run
	@$(BIN)/python -m tests.bench

accuracy: $(VENV)/.dev ## how well mails are read: our own cases, and others' where they are there
	@$(BIN)/python -m tests.accuracy

golden: $(VENV)/.dev ## write the golden drafts anew; read the diff before you commit it
	@FOLLOWUP_GOLDEN=write $(BIN)/python -m pytest -q tests/writing

lock: ## pin the versions again (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --extra build -o requirements.lock pyproject.toml
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --extra build --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## remove the environment, caches and the demo
	@rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
