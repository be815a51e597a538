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

# A worker that crashes is not started anew: with groups the rest would wait for it for ever.
test: check package
	$(BIN)/python tests/helpers/prepare.py
	QT_QPA_PLATFORM=offscreen $(PYTEST) -n 2 --max-worker-restart=0 --dist loadgroup -m "not journey and not package and not counterpart"
	$(PYTEST) -m "journey or package or counterpart"

bench: $(STAMP)
	$(BIN)/python tests/benchmarks/run.py

trust: $(STAMP) cover
	QT_QPA_PLATFORM=offscreen $(PYTEST) tests/trust --long -n 2 --max-worker-restart=0 --dist worksteal

# The decoder, the dialects, the rules of routes, masking, and what binds links and keys to hosts: every branch.
cover: $(STAMP)
	mkdir -p build
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m coverage run --rcfile=tests/coverage.ini -m pytest -q \
	  -m "not counterpart" tests/providers tests/network tests/domain/test_addresses.py tests/domain/test_masking.py \
	  tests/domain/test_proxy.py tests/domain/test_trust.py tests/domain/test_usage.py tests/domain/test_rare_links.py \
	  tests/domain/test_hostile_links.py tests/domain/test_inspection.py tests/ui/test_links.py
	$(BIN)/python -m coverage report --rcfile=tests/coverage.ini

# Ten minutes of inputs that nobody thought of; what is interesting is kept for the next time.
fuzz: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt atheris
	mkdir -p build/fuzz build/fuzz-gguf
	PYTHONPATH=. $(BIN)/python tests/trust/fuzz_decoder.py 600 build/fuzz
	PYTHONPATH=. $(BIN)/python tests/trust/fuzz_gguf.py 600 build/fuzz-gguf

package: $(STAMP)
	$(BIN)/pyinstaller --noconfirm --log-level WARN pyinstaller.spec

screenshots: $(STAMP)
	$(BIN)/python -m tests.journeys.screenshots

clean:
	rm -rf .venv .venv-counterparts build dist .mypy_cache .pytest_cache .ruff_cache
