# make demo: try it. make test: test it. make test-slow: measure coverage. Everything lives in .venv; nothing else is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo demo-sheet test test-slow test-office browser office lint gate record bench format clean

demo: $(VENV)/installed
	mkdir -p demo-output
	$(BIN)/fitcheck classify labeled/demo/feedback.csv -o demo-output/feedback.fitcheck.csv --force --lang de
	$(BIN)/fitcheck classify labeled/demo/feedback.csv --format answers -o demo-output/answers.csv --force --quiet
	cp labeled/demo/answers.sample* demo-output/
	$(BIN)/fitcheck rates demo-output/answers.csv --labels demo-output/answers.sample.xlsx --lang de
	$(BIN)/fitcheck report demo-output/answers.csv --labels demo-output/answers.sample.xlsx \
	  --labels demo-output/answers.sample.coder2.xlsx --output demo-output/report.html --force --lang de
	cd labeled/demo && cp hypotheses.toml signups.csv community.csv bookings.csv budgets.csv ../../demo-output/
	$(BIN)/fitcheck hypotheses demo-output/hypotheses.toml -o demo-output/board.html --force --lang de

# make demo-sheet: fill in the demo's sheets again, from labeled/demo/coding.csv.
demo-sheet: $(VENV)/installed
	$(BIN)/python eval/demo_sheet.py

test: $(VENV)/installed-dev browser
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term-missing:skip-covered

# make test-slow: minutes of simulation; records how often the bounds of rates hold.
test-slow: $(VENV)/installed-dev
	$(BIN)/python -m pytest -m slow tests
	$(BIN)/python eval/tables.py

# A real browser for the tests of pages; they fail without one.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
browser:
	@if command -v chromium && command -v chromedriver; then exit; fi >/dev/null; \
	if ! command -v apt-get >/dev/null; then echo "Install chromium and chromedriver."; exit; fi; \
	$(SUDO) apt-get update && $(SUDO) apt-get install --yes --no-install-recommends \
	  chromium chromium-driver fonts-dejavu-core

# make test-office: workbooks of 50,000 rows in LibreOffice, compared cell by cell and edited.
test-office: $(VENV)/installed-dev office
	$(BIN)/python -m pytest -m office tests/e2e/test_office.py

office:
	@if command -v soffice; then exit; fi >/dev/null; \
	if ! command -v apt-get >/dev/null; then echo "Install LibreOffice Calc."; exit; fi; \
	$(SUDO) apt-get update && $(SUDO) apt-get install --yes --no-install-recommends libreoffice-calc

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

gate: $(VENV)/installed-dev
	$(BIN)/fitcheck evaluate test --gate eval/thresholds.toml
	$(BIN)/python eval/check_labeled.py > /dev/null

# What the recordings of a language model were made with.
CLAUDE := --classifier llm --model claude --no-redact
# make record REAL=path/to/real.csv: measure again, and write figures and plots.
record: $(VENV)/installed-dev
	$(BIN)/python eval/check_labeled.py --write
	$(BIN)/fitcheck evaluate dev -o eval/runs/baseline-dev.json --force
	$(BIN)/fitcheck evaluate test -o eval/runs/baseline-test.json --force
	$(if $(REAL),$(BIN)/fitcheck evaluate $(REAL) --name real-dev -o eval/runs/baseline-real-dev.json --force)
	$(BIN)/fitcheck evaluate dev $(CLAUDE) --batch-size 20 --replay eval/recordings/claude-dev-20 -o eval/runs/claude-dev-20.json --force
	$(BIN)/fitcheck evaluate dev $(CLAUDE) --batch-size 1 --replay eval/recordings/claude-dev-1 -o eval/runs/claude-dev-1.json --force
	$(BIN)/python eval/canaries.py claude --model claude --replay eval/recordings/canaries-claude
	$(BIN)/python eval/steps.py $(REAL)
	$(BIN)/python eval/plan.py
	$(BIN)/python eval/plots.py
	$(BIN)/python eval/tables.py

# make bench: speed and memory of everything, in half an hour on a machine that does nothing else.
# make bench-rates: of one part. Both write the tables of eval/README.md anew.
bench: $(VENV)/installed-dev
	$(BIN)/python eval/bench/run_all.py; failed=$$?; $(BENCH_TABLES) && exit $$failed

bench-%: $(VENV)/installed-dev
	$(BIN)/python eval/bench/$*.py
	$(BENCH_TABLES)

BENCH_TABLES = $(BIN)/python eval/plots.py && $(BIN)/python eval/tables.py

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/python:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/installed: $(VENV)/python pyproject.toml
	"$(BIN)/python" -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-llm.txt
	"$(BIN)/python" -m pip install --quiet "pip>=25.1"
	"$(BIN)/python" -m pip install --quiet --group dev
	"$(BIN)/python" -m pip install --quiet --no-deps --requirement requirements-llm.txt
	touch $@

clean:
	rm -rf $(VENV) demo-output tests/output build dist .coverage .mypy_cache .ruff_cache .hypothesis
