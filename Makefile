# Two commands matter: `make run` and `make test`. Each does all its own set-up in .venv.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
PYTEST := $(BIN)/python -m pytest

.PHONY: help setup run demo check test bench trust package screenshots clean

help:
	@echo "make run | demo | test | setup | check | bench | trust | package | screenshots | clean"

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . --group dev
	@touch $@

run: $(STAMP)
	$(BIN)/python -m pizzagpt_desktop

demo: $(STAMP)
	$(BIN)/python tests/helpers/prepare.py
	$(BIN)/python -m tests.helpers.demo

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check package
	$(BIN)/python tests/helpers/prepare.py
	QT_QPA_PLATFORM=offscreen $(PYTEST) -n 2 --dist loadgroup -m "not journey and not package and not counterpart"
	$(PYTEST) -m "journey or package or counterpart"

bench: $(STAMP)
	$(BIN)/python tests/benchmarks/run.py

trust: $(STAMP)
	QT_QPA_PLATFORM=offscreen $(PYTEST) tests/trust --long -n 2 --dist worksteal

package: $(STAMP)
	$(BIN)/pyinstaller --noconfirm --log-level WARN pyinstaller.spec

screenshots: $(STAMP)
	$(BIN)/python -m tests.journeys.screenshots

clean:
	rm -rf .venv .venv-counterparts build dist .mypy_cache .pytest_cache .ruff_cache
