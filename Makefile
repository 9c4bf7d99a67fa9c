# The two commands are `make run` and `make test`; each sets up what it needs, once.
#   make run ARGS="recording.bag --hands 2"     make test ARGS="-k runner"
#   make lint    ruff, mypy, import contracts   make bench ARGS="recording.bag"
#   make benchmark ARGS="hands --models A B"    accuracy on hands the networks do not know
#   make soak ARGS="--minutes 3"                the window for minutes: memory, pauses, age
#   make reliability ARGS="fuzz --count 300"    promises under faults, see docs/reliability.md
#   make pictures RECORDING=hand.bag            the README's pictures anew, from a recording
#   make env                                    all of it without running anything: PyTorch too

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := run

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP_INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-input
ARGS :=
RECORDING := ../shared/recordings/sr305_hand.bag

# Debian and Ubuntu packages for the window, the 3D view and cameras.
SYSTEM_PACKAGES := libgl1 libegl1 libglib2.0-0 libgomp1 libusb-1.0-0 libxkbcommon0 \
	libfontconfig1 libdbus-1-3 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 \
	libxcb-xkb1 libxkbcommon-x11-0

SYSTEM_STAMP := $(VENV)/.system-done
RUN_STAMP := $(VENV)/.run-done
TEST_STAMP := $(VENV)/.test-done

.PHONY: run test lint bench benchmark soak reliability pictures env

run: $(RUN_STAMP)
	@$(PYTHON) main.py $(ARGS)

# All of them in two processes, file by file; a choice of them in one.
test: $(TEST_STAMP)
	@$(PYTHON) -m pytest -q $(or $(ARGS),-n 2 --dist loadfile)

lint: $(TEST_STAMP)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

bench: $(RUN_STAMP)
	@$(PYTHON) -m tests.bench $(ARGS)

benchmark: $(TEST_STAMP)
	@$(PYTHON) -m training benchmark $(or $(ARGS),all)

soak: $(RUN_STAMP)
	@$(PYTHON) -m tests.soak $(ARGS)

reliability: $(TEST_STAMP)
	@$(PYTHON) -m tests.reliability $(or $(ARGS),--help)

pictures: $(TEST_STAMP)
	@$(PYTHON) -m app.screenshot "$(RECORDING)" docs/pictures/window.png
	@$(PYTHON) -m app.screenshot "$(RECORDING)" docs/pictures/window.webp --moving 4
	@$(PYTHON) -m app.screenshot "$(RECORDING)" docs/pictures/studio.png --page studio
	@$(PYTHON) -m app.screenshot "$(RECORDING)" docs/pictures/studio.webp --page studio --moving 7

env: $(RUN_STAMP) $(TEST_STAMP)

$(PYTHON):
	@found=""; \
	for name in python3.11 python3.12 python3.13 python3; do \
	  if $$name -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	      >/dev/null 2>&1; then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer with venv is needed; on Debian or Ubuntu:" >&2; \
	  echo "  sudo apt-get install python3 python3-venv" >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$found" >&2; \
	$$found -m venv $(VENV)

# Asks dpkg first, so that nothing is downloaded where everything is there. Newer releases call
# some packages <name>t64.
$(SYSTEM_STAMP): Makefile | $(PYTHON)
	@missing=""; \
	if command -v dpkg >/dev/null; then \
	  for package in $(SYSTEM_PACKAGES); do \
	    dpkg -s $$package >/dev/null 2>&1 || dpkg -s $${package}t64 >/dev/null 2>&1 \
	      || missing="$$missing $$package"; \
	  done; \
	fi; \
	command="apt-get install -y --no-install-recommends$$missing"; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing system packages:$$missing" >&2; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$command -qq >/dev/null; } >&2 \
	    || echo "That failed. The window may not open until this works: $$command" >&2; \
	else \
	  echo "System packages are missing. The window may not open until you run:" >&2; \
	  echo "  sudo $$command" >&2; \
	fi
	@touch $@

$(RUN_STAMP): requirements.txt $(SYSTEM_STAMP)
	@echo "Installing Python packages into $(VENV) (a few minutes the first time)" >&2
	@$(PIP_INSTALL) -r requirements.txt
	@echo "Compiling the numeric kernels (a minute, once)" >&2
	@$(PYTHON) main.py synthetic --headless --seconds 0.2 >/dev/null 2>&1 || true
	@touch $@

$(TEST_STAMP): tests/requirements.txt training/requirements.txt $(RUN_STAMP)
	@echo "Installing what tests and training need" >&2
	@$(PIP_INSTALL) -r tests/requirements.txt
	@touch $@
