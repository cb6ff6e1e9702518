# Two commands: `make demo` runs the contact center on this machine, `make test` checks everything.
PYTHON ?= python3

.PHONY: demo test environment requirements format

define bootstrap
@command -v "$(PYTHON)" >/dev/null 2>&1 || { echo "There is no $(PYTHON) here: install Python 3.11 or newer."; exit 1; }; \
exec "$(PYTHON)" scripts/bootstrap.py
endef

demo:
	$(bootstrap) demo

test:
	$(bootstrap) test

# Only the environment in .venv, with the tools of development.
environment:
	$(bootstrap) environment

# Pins again after a change of a requirements*.in file.
requirements: environment
	.venv/bin/python scripts/compile_requirements.py

format: environment
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
