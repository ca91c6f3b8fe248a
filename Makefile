# make demo: the main job on the embedded stack.  make test: the tests.  See README.md.
.PHONY: install demo test chaos check format clean

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	@echo "installing the pinned dependencies into $(VENV) (two to five minutes the first time)"
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: install
	$(BIN)/npsweep demo

test: install
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile -m 'not gpu and not stack'
	$(BIN)/pytest -m 'stack and not gpu and (not chaos or representative)'

chaos: install
	$(BIN)/pytest -m chaos

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .npsweep build *.egg-info
