# Keyhole: `make run` starts everything on this machine, `make test` proves it. Needs Python 3.11 or newer alone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input install
TESTS ?=

.PHONY: run test bench lint clean install install-dev
.SILENT:

run: install
	$(BIN)/python manage.py run --demo

test: install-dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(TESTS)

bench: install-dev
	$(BIN)/python -m benchmarks

lint: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint templates

# Removes what the build made; data under var stays.
clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

install: $(VENV)/.ready
	$(call install_once,requirements.txt)

install-dev: install
	$(call install_once,requirements-dev.txt)

# The stamp holds the sum of the file that was installed, so a changed file is installed and an old one is not.
define install_once
	sum=$$(cksum < $(1)); stamp=$(VENV)/.$(1).sum; \
	if [ "$$(cat $$stamp 2>/dev/null)" != "$$sum" ]; then \
		echo "Installing $(1)."; \
		$(PIP) --require-hashes -r $(1) && echo "$$sum" > $$stamp; \
	fi
endef

$(VENV)/.ready:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Keyhole needs Python 3.11 or newer. Nothing was installed. Set PYTHON to one, as in: make PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || { echo "Making the virtual environment."; $(PYTHON) -m venv $(VENV); } || { \
		echo "This Python has no venv module. On Debian, install python3-venv, then run make again."; exit 1; }
	touch $@
