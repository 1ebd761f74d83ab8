# What each target does, as pip commands, is in README.md: nothing here needs make.
# The interpreter must be 3.10, 3.11 or 3.12: make PYTHON=/path/to/python3.11 test
PYTHON ?= $(shell command -v python3.12 || command -v python3)
# The oldest supported one. Where it comes from pyenv, name an installed version: make OLDEST_PYENV=3.10.13 test-oldest
OLDEST_PYENV ?= 3.10.13
OLDEST_PYTHON ?= env PYENV_VERSION=$(OLDEST_PYENV) python3.10
PYTEST_FLAGS ?=

ifeq ($(OS),Windows_NT)
  BIN := Scripts
else
  BIN := bin
endif
VENV := .venv
OLDEST := .venv-oldest
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check

.PHONY: help demo panel pictures test test-all test-oldest bench lint clean

help:
	@echo "make demo          a sample dataset, its box and pictures, in demo/"
	@echo "make panel         the panel's window on that dataset (Python 3.12 on Linux x86-64)"
	@echo "make pictures      the panel's pictures in docs/, and the extensions' icons and previews (as make panel)"
	@echo "make test          the tests; make test-all adds PyTorch and the panel's toolkit (Python 3.12 on Linux x86-64),"
	@echo "                   make test-oldest takes the oldest supported versions"
	@echo "make bench         accuracy and speed against the committed baseline (BENCH_FLAGS=--quick for a short run)"
	@echo "make lint          ruff and pyright"

# One environment; each stamp says that an extra is in it, and is renewed when pyproject.toml changes.
$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.base: $(VENV)/.made pyproject.toml
	$(VENV)/$(BIN)/python $(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(VENV)/$(BIN)/python $(PIP_INSTALL) -e ".[dev]"
	@touch $@

$(VENV)/.panel: $(VENV)/.base
	$(VENV)/$(BIN)/python $(PIP_INSTALL) -e ".[panel]"
	@touch $@

$(VENV)/.all: $(VENV)/.dev
	$(VENV)/$(BIN)/python $(PIP_INSTALL) -e ".[dev,torch,panel]"
	@touch $@

$(OLDEST)/.dev: pyproject.toml tests/oldest-versions.txt
	$(OLDEST_PYTHON) -m venv $(OLDEST)
	$(OLDEST)/$(BIN)/python $(PIP_INSTALL) -c tests/oldest-versions.txt -e ".[dev]"
	@touch $@

demo: $(VENV)/.base
	rm -rf demo
	$(VENV)/$(BIN)/boxfit sample demo/sample
	$(VENV)/$(BIN)/boxfit fit demo/sample/scene.usda --output demo/box.usda --align up --animation --report demo/report.json \
	  --overlay demo/overlay.png --curve demo/loss.png --gif demo/fit.gif

panel: $(VENV)/.panel
	[ -e demo/sample/scene.usda ] || $(VENV)/$(BIN)/boxfit sample demo/sample
	$(VENV)/$(BIN)/boxfit panel demo/sample/scene.usda

# The folder's name can be read in the pictures.
PICTURES_BASE := /tmp/boxfit-pictures

pictures: $(VENV)/.all
	BOXFIT_PICTURES="$(CURDIR)/build/pictures" BOXFIT_REQUIRE=ui $(VENV)/$(BIN)/python -m pytest --basetemp=$(PICTURES_BASE) \
	  $(PYTEST_FLAGS) tests/ui/test_story.py
	$(VENV)/$(BIN)/python docs/images/shrink_pictures.py build/pictures
	$(VENV)/$(BIN)/python docs/images/draw_icons.py

test: $(VENV)/.dev
	$(VENV)/$(BIN)/python -m pytest $(PYTEST_FLAGS)

test-all: $(VENV)/.all
	$(VENV)/$(BIN)/python -m pytest $(PYTEST_FLAGS)

test-oldest: $(OLDEST)/.dev
	$(OLDEST)/$(BIN)/python -m pytest $(PYTEST_FLAGS)

bench: $(VENV)/.all
	$(VENV)/$(BIN)/python -m bench.run $(BENCH_FLAGS)
	$(VENV)/$(BIN)/python -m bench.speed
	$(VENV)/$(BIN)/python -m bench.panel

lint: $(VENV)/.dev
	$(VENV)/$(BIN)/ruff check .
	$(VENV)/$(BIN)/ruff format --check .
	$(VENV)/$(BIN)/pyright --pythonpath $(VENV)/$(BIN)/python

clean:
	rm -rf $(VENV) $(OLDEST) demo build dist
