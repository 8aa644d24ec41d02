# `make demo` and `make test` need nothing but Python 3.11, pip and make.
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROGRAM := $(VENV)/.program
TESTS := $(VENV)/.tests
STAMP := $(VENV)/.installed
# The environment has no pip of its own where another Python's can install into it: giving it one takes six seconds.
PIP = $$($(BIN)/python -c 'import sys; from importlib.util import find_spec; \
  print("$(BIN)/python -m pip" if find_spec("pip") else sys._base_executable + " -m pip --python $(BIN)/python")')
ARGS ?=
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# where it is set, every process a test starts would compile the whole program anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-slow soak lint bench docs wheel venv clean

# Each installs only what it needs: the program, what tests need, or everything, which takes twice as long.
demo: $(PROGRAM)
	@$(BIN)/inbox-tui demo --live $(ARGS)

# The tests make thousands of small databases: in memory where there is such a place, for their syncs cost nothing there.
# Nobody watches, so few frames are drawn.
# `test` leaves out the one in forty that takes long, `test-slow` runs only those.
test: MARKED = not slow
test-slow: MARKED = slow
test test-slow: $(TESTS)
	TEXTUAL_FPS=15 TMPDIR=$$(test -w /dev/shm && echo /dev/shm || echo $${TMPDIR:-/tmp}) $(BIN)/python -m pytest -n 3 --dist worksteal -q -m "$(MARKED)" $(ARGS)

soak: $(TESTS)
	@status=0; \
	run() { echo "== $$*"; timeout --kill-after=10 "$$@" || { echo "== FAILED ($$?): $$*"; status=1; }; }; \
	run 1530s $(BIN)/python -m tests.simulator soak $(ARGS); \
	run 6m $(BIN)/python -m pytest -n 2 -q -m hypothesis --hypothesis-profile=thorough; \
	run 3m $(BIN)/python -m tests.durability --cuts 2000; \
	run 3m $(BIN)/python -m tests.processes kills --count 200; \
	run 6m $(BIN)/python -m tests.processes duel --minutes 5; \
	run 90s $(BIN)/python -m tests.processes duel --minutes 1 --one-key; \
	run 2m $(BIN)/python -m tests.processes queue --count 1000; \
	exit $$status

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(TESTS)
	$(BIN)/python -m tests.bench $(ARGS)

docs: $(TESTS)
	$(BIN)/python -m tests.generate_docs

wheel: $(STAMP)
	rm -rf dist
	$(BIN)/python -m build --wheel --no-isolation

$(STAMP): $(TESTS)
	@echo "Installing what checks need ..."
	@$(PIP) install -q -e '.[dev]'
	@touch $(STAMP)

$(TESTS): pyproject.toml constraints.txt | venv
	@echo "Installing inbox-tui and what tests need into $(VENV) ..."
	@$(PIP) install -q -e '.[test]'
	@touch $(PROGRAM) $(TESTS)

$(PROGRAM): pyproject.toml constraints.txt | venv
	@echo "Installing inbox-tui into $(VENV) ..."
	@$(PIP) install -q -e .
	@touch $(PROGRAM)

venv:
	@test -x $(BIN)/python || { \
	  $(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "inbox-tui needs Python 3.11 or newer: make PY=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }; \
	  if $(PY) -c 'import sys, venv, pip; sys.exit(int(pip.__version__.split(".")[0]) < 23)' 2>/dev/null; \
	  then $(PY) -m venv --without-pip $(VENV); \
	  elif $(PY) -c 'import ensurepip, venv' 2>/dev/null; then $(PY) -m venv $(VENV); \
	  else echo "Python's pip or venv module is missing. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; fi; }

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache snapshot_report.html
