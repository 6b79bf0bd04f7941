# The verbs of the project. `make run` and `make test` set up whatever they need.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Servers are started by the dozen: what is imported is compiled once, whatever the machine's setting.
export PYTHONDONTWRITEBYTECODE :=

# What `make run` honours, given as `make run PORT=9000` or in the environment.
SERVE := $(if $(HOST),COLLOQUY_HOST=$(HOST)) $(if $(PORT),COLLOQUY_PORT=$(PORT)) \
         $(if $(DATA),COLLOQUY_DATA=$(DATA)) $(if $(ALLOW_HTTP),COLLOQUY_ALLOW_HTTP=$(ALLOW_HTTP))

.PHONY: help setup run test test-fast parity lint fix fuzz bench soak lock browser clean

help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup:  ## Environment and browser assets
	@$(PYTHON) bootstrap.py run

run: setup  ## Start the server with the demo study (HOST= PORT= DATA= ALLOW_HTTP=)
	@$(SERVE) exec $(BIN)/colloquy serve --demo

test: browser  ## Everything: unit, both databases, JavaScript, the journey in Chromium
	@$(BIN)/node --test tests/web/client/*.test.js
	@$(BIN)/pytest -q -n 2 --dist loadgroup tests

test-fast:  ## No browser, SQLite only
	@$(PYTHON) bootstrap.py dev
	@$(BIN)/pytest -q -m "not browser" -k "not postgres" tests

browser:
	@$(PYTHON) bootstrap.py dev
	@$(BIN)/python -m tests.chromium

parity:  ## The other Whisper engine on the same weights, in an environment of its own (2 GB)
	@$(PYTHON) bootstrap.py dev
	@test -x .venv-parity/bin/python || $(PYTHON) -m venv .venv-parity
	@.venv-parity/bin/pip install -q --disable-pip-version-check -r requirements/parity.txt
	@$(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))" > \
	  "$$(.venv-parity/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/base.pth"
	@.venv-parity/bin/python -m pytest -q tests/parity

lint:  ## Format, types, layers, browser floors
	@$(PYTHON) bootstrap.py dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/node node_modules/typescript/bin/tsc -p tsconfig.json
	@$(BIN)/node web/floors.mjs

fix:  ## Format, and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

fuzz:  ## 100,000 mutants and as many honest updates against the gate
	@$(BIN)/python -m tests.fuzz.gate 100000

bench: browser  ## Measure against the bars: BENCH=sync, ear, page or search (LINES=1000000); 1 where one is missed
	@$(BIN)/python -m tests.bench.$(BENCH)

soak:  ## Kill the server 200 times while people write and command
	@KILLS=200 $(BIN)/pytest -q tests/journeys/test_crashes.py tests/journeys/test_mirror_crashes.py

lock:  ## Compile the hashed requirement lists again
	@cd $(CURDIR) && export UV_CUSTOM_COMPILE_COMMAND="make lock" && \
	for target in "requirements/uv.in -o requirements/uv.txt" \
	  "--extra build pyproject.toml -o requirements/run.txt" \
	  "--extra build --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt"; do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate $$target || exit 1; done

clean:  ## Remove what set-up made (never data)
	@rm -rf .venv .venv-parity node_modules web/static/build .setup.lock
