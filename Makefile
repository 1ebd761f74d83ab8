# What each target does, as pip commands, is in docs/install.md: nothing here needs make.
# The interpreter may be 3.10 to 3.14: make PYTHON=/path/to/python3.13 test
PYTHON ?= $(shell command -v python3.12 || command -v python3)
# The oldest supported one. Where it comes from pyenv, name an installed version: make OLDEST_PYENV=3.10.13 test-oldest
OLDEST_PYENV ?= 3.10.13
OLDEST_PYTHON ?= env PYENV_VERSION=$(OLDEST_PYENV) python3.10
# Likewise the newest.
NEWEST_PYENV ?= 3.13.0
NEWEST_PYTHON ?= env PYENV_VERSION=$(NEWEST_PYENV) python3
PYTEST_FLAGS ?=

ifeq ($(OS),Windows_NT)
  BIN := Scripts
else
  BIN := bin
endif
VENV := .venv
OLDEST := .venv-oldest
NEWEST := .venv-newest
# Kit's kernel to test the extensions on, and the versions that are known to work; these are for Python 3.12.
KIT_VERSION ?= 110.4.0
KIT_VERSIONS := 109.0.8, 110.1.5 and 110.4.0
KIT_PYTHON ?= $(shell command -v python3.12)
# Where pip's default index has only the placeholder of that package, its page says which index to add.
KIT_PIP_FLAGS ?=
# Which of them to run: make test-kit KIT_TESTS=tests/kit/test_menu.py
KIT_TESTS ?= tests/kit
# What was asked for, to say in messages how to ask for it.
KIT_GOAL = $(or $(MAKECMDGOALS),test-kit)
KIT := .venv-kit-$(KIT_VERSION)
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check

.PHONY: help demo panel pictures test test-all test-oldest test-newest test-kit picture-in-kit kit-allowed kit-environment bench method docs fuzz package lint clean

help:
	@echo "make demo          a sample dataset, its box and pictures, in demo/"
	@echo "make panel         the panel's window on that dataset (Python 3.12 on Linux x86-64)"
	@echo "make pictures      the panel's pictures in docs/, and the extensions' icons and previews (as make panel)"
	@echo "make test          the tests; make test-all adds PyTorch and the panel's toolkit (Python 3.12 on Linux x86-64),"
	@echo "                   make test-oldest takes the oldest supported versions, make test-newest the newest"
	@echo "make test-kit      the extensions on Kit's own kernel (Linux x86-64); KIT_VERSION=109.0.8 takes another one,"
	@echo "                   KIT_TESTS=tests/kit/test_menu.py runs one file; PYTEST_FLAGS=\"-k menu -x\" goes to pytest,"
	@echo "                   as with every target that runs tests"
	@echo "make kit-environment   only the environment of test-kit"
	@echo "make picture-in-kit   the panel's picture inside Kit's kernel: writes docs/images/panel/in_kit.png anew"
	@echo "make bench         accuracy and speed against the committed baseline (BENCH_FLAGS=--quick for a short run)"
	@echo "make method        the pictures and the tables of docs/method.md"
	@echo "make docs          the documents' site, in build/docs; a link that leads nowhere is an error"
	@echo "make fuzz          damaged datasets, as long as MINUTES=30 says; failures are kept in build/fuzz"
	@echo "make package       sdist and wheel of the last commit in dist/ (REPOSITORY=https://... for the page's links)"
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

$(VENV)/.docs: $(VENV)/.base
	$(VENV)/$(BIN)/python $(PIP_INSTALL) -e ".[docs]"
	@touch $@

$(VENV)/.all: $(VENV)/.dev
	$(VENV)/$(BIN)/python $(PIP_INSTALL) -e ".[dev,docs,torch,panel,ray]"
	@touch $@

$(OLDEST)/.dev: pyproject.toml tests/oldest-versions.txt
	$(OLDEST_PYTHON) -m venv $(OLDEST)
	$(OLDEST)/$(BIN)/python $(PIP_INSTALL) -c tests/oldest-versions.txt -e ".[dev]"
	@touch $@

$(NEWEST)/.dev: pyproject.toml
	$(NEWEST_PYTHON) -m venv $(NEWEST)
	$(NEWEST)/$(BIN)/python $(PIP_INSTALL) -e ".[dev]"
	@touch $@

demo: $(VENV)/.base
	rm -rf demo
	$(VENV)/$(BIN)/boxfit sample demo/sample
	$(VENV)/$(BIN)/boxfit fit demo/sample/scene.usda --output demo/box.usda --animation --report demo/report.json \
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

test-newest: $(NEWEST)/.dev
	$(NEWEST)/$(BIN)/python -m pytest $(PYTEST_FLAGS)

# Beside site-packages: the toolkit's own package `omni` would hide the kernel's.
TOOLKIT = $(shell sed -n 's/.*"\(ovui==[0-9.]*\).*/\1/p' pyproject.toml)

$(KIT)/.made: pyproject.toml | kit-allowed
	$(KIT_PYTHON) -m venv $(KIT)
	@echo "installing Kit's kernel $(KIT_VERSION)"
	@$(KIT)/$(BIN)/python $(PIP_INSTALL) $(KIT_PIP_FLAGS) "omniverse-kit==$(KIT_VERSION).*" || { \
	  [ -e $@ ] || rm -rf $(KIT); \
	  echo "Kit's kernel $(KIT_VERSION) could not be installed: $(KIT_VERSIONS) are known to work."; \
	  echo "The public package index may have only a placeholder of omniverse-kit: then add the index that the page of"; \
	  echo "that package names, as in make $(KIT_GOAL) KIT_PIP_FLAGS=\"--extra-index-url ...\""; \
	  exit 1; }
	$(KIT)/$(BIN)/python $(PIP_INSTALL) --upgrade --no-deps --target $(KIT)/ovui "$(TOOLKIT)"
	$(KIT)/$(BIN)/python $(PIP_INSTALL) -e ".[dev]"
	@touch $@

kit-allowed:
	@case "$$OMNI_KIT_ACCEPT_EULA" in [Yy]|[Yy][Ee][Ss]|1) ;; *) \
	  echo "Kit's kernel, which this downloads and runs, is under NVIDIA's Omniverse licence agreement:" && \
	  echo "https://docs.omniverse.nvidia.com/platform/latest/common/NVIDIA_Omniverse_License_Agreement.html" && \
	  echo "Where you agree to it, say so: export OMNI_KIT_ACCEPT_EULA=yes; make $(KIT_GOAL)" && \
	  echo "The first time it makes $(KIT), about 850 MB, which takes some minutes." && exit 1 ;; esac
	@[ -n "$(KIT_PYTHON)" ] || { \
	  echo "Kit's kernel needs Python 3.12: make $(KIT_GOAL) KIT_PYTHON=/path/to/python3.12"; exit 1; }

kit-environment: $(KIT)/.made

test-kit: $(KIT)/.made
	BOXFIT_REQUIRE=kit $(KIT)/$(BIN)/python -m pytest $(PYTEST_FLAGS) $(KIT_TESTS)

picture-in-kit: $(KIT)/.made
	BOXFIT_PICTURES="$(CURDIR)/build/pictures-in-kit" BOXFIT_REQUIRE=kit $(KIT)/$(BIN)/python -m pytest $(PYTEST_FLAGS) \
	  tests/kit/test_story.py
	$(KIT)/$(BIN)/python docs/images/shrink_pictures.py build/pictures-in-kit

bench: $(VENV)/.all
	$(VENV)/$(BIN)/python -m bench.run $(BENCH_FLAGS)
	$(VENV)/$(BIN)/python -m bench.speed
	$(VENV)/$(BIN)/python -m bench.panel
	$(VENV)/$(BIN)/python -m bench.batch --quick

method: $(VENV)/.dev
	$(VENV)/$(BIN)/python -m bench.method_document

docs: $(VENV)/.docs
	$(VENV)/$(BIN)/python -m sphinx -q -E -W --keep-going -n -b html -c docs -d build/docs-read . build/docs
	@echo "build/docs/index.html"

MINUTES ?= 30

fuzz: $(VENV)/.dev
	$(VENV)/$(BIN)/python -m tests.fuzz.run --minutes $(MINUTES)

# From a copy of the commit, so that nothing else gets in; the wheel is built from the sdist.
package: $(VENV)/.dev
	@[ -n "$(REPOSITORY)" ] || { echo "name the repository: make package REPOSITORY=https://..."; exit 1; }
	rm -rf build/package dist && mkdir -p build/package dist
	git archive HEAD | tar -x -C build/package
	$(VENV)/$(BIN)/python docs/package_page.py build/package/README.md $(REPOSITORY) v$$(cat VERSION.md)
	cd build/package && $(CURDIR)/$(VENV)/$(BIN)/python -c "from setuptools.build_meta import build_sdist as b; b('../../dist')"
	$(VENV)/$(BIN)/python $(PIP_INSTALL:install=wheel) --no-deps -w dist dist/usd_boxfit-*.tar.gz

lint: $(VENV)/.dev
	$(VENV)/$(BIN)/ruff check .
	$(VENV)/$(BIN)/ruff format --check .
	$(VENV)/$(BIN)/pyright --pythonpath $(VENV)/$(BIN)/python

clean:
	rm -rf $(VENV) $(OLDEST) $(NEWEST) .venv-kit-* demo build dist
