# make demo: try it. make test: test it. Everything lives in .venv; nothing else is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint format clean

demo: $(VENV)/installed
	mkdir -p demo-output
	$(BIN)/fitcheck classify labeled/demo/feedback.csv -o demo-output/feedback.fitcheck.csv --force --lang de
	$(BIN)/fitcheck classify labeled/demo/feedback.csv --format answers -o demo-output/answers.csv --force --quiet

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/python:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/installed: $(VENV)/python pyproject.toml
	"$(BIN)/python" -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	"$(BIN)/python" -m pip install --quiet "pip>=25.1"
	"$(BIN)/python" -m pip install --quiet --group dev
	touch $@

clean:
	rm -rf $(VENV) demo-output build dist .coverage .mypy_cache .ruff_cache .hypothesis
