# Two commands on a fresh machine: `make demo` and `make test`. Both set up what they need, once.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Everything that decides what gets installed; a change of any of it installs anew.
STAMP  := $(VENV)/.examgen-installed

.PHONY: demo test lint format clean

demo: $(STAMP)
	$(BIN)/examgen demo -o demo

test: $(STAMP) $(VENV)/.examgen-browser
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo dist build

$(STAMP): pyproject.toml constraints.txt tools/system-packages.sh
	sh tools/system-packages.sh libpangoft2-1.0-0 libharfbuzz-subset0
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[all,dev]"
	touch $@

$(VENV)/.examgen-browser: $(STAMP)
	sh tools/system-packages.sh chromium
	touch $@
