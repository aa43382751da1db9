# Newswire. `make help` lists the targets; `make` alone proves the tree: lint, types, quick tests.

.DEFAULT_GOAL := check
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
INSTALLED := .venv/.installed
JARS := .cache/kafka-jars/pom.xml
PYTEST := $(BIN)/python -m pytest

WORKERS ?= 1
FRESH ?=
KILLS ?= 24
SEED ?=
ARGS ?=

.PHONY: check
check: lint types quick  ## lint, types and the quick tests (what `make` alone does)

.PHONY: help
help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup:  ## install into .venv, fetch Kafka's jars; nothing else is touched
	@$(MAKE) -s -j2 $(INSTALLED) $(JARS)

$(INSTALLED): requirements.lock pyproject.toml ops/setup/install-python-packages
	@ops/setup/install-python-packages
	@touch $@

$(JARS): ops/kafka/pom.xml
	@ops/setup/fetch-kafka
	@mkdir -p $(@D) && touch $@

.PHONY: demo
demo: setup  ## see it work: servers, a worker and a sample feed in a temporary folder
	@$(BIN)/newswire demo $(ARGS)

.PHONY: up
up: setup  ## start Kafka, Valkey, topics and WORKERS=1 workers in .run/ and leave them running; FRESH=1 forgets old data
	@$(BIN)/newswire up --workers $(WORKERS) $(if $(filter-out 0,$(FRESH)),--fresh)

.PHONY: down
down:  ## stop what `make up` started; the data stay
	@if [ -x $(BIN)/newswire ]; then $(BIN)/newswire down; else echo "nothing is running: not set up"; fi

.PHONY: clean
clean: down  ## stop it and remove .run/ with its data
	@rm -rf .run

.PHONY: quick unit
quick: setup  ## the tests that need no server
	@$(PYTEST) -q tests/unit tests/properties $(ARGS)
unit: quick

.PHONY: test
test: setup  ## all tests: unit, properties, quality, and those on real servers with faults
	@$(PYTEST) --ignore=tests/system $(ARGS)

.PHONY: test-system
test-system: setup  ## the tests that need Debian's packages: redis-server, prometheus
	@command -v redis-server >/dev/null || { echo "make test-system needs redis-server: sudo apt-get install redis-server" >&2; exit 3; }
	@command -v promtool >/dev/null || { echo "make test-system needs promtool: sudo apt-get install prometheus" >&2; exit 3; }
	@$(PYTEST) tests/system $(ARGS)

BENCH ?= index
BENCH_INSTALLED := .venv/.bench-installed

.PHONY: bench
bench: setup $(BENCH_INSTALLED)  ## measure: BENCH=index|clean; ends with one line of JSON
	@$(BIN)/python -m tests.bench.$(BENCH) $(ARGS)

$(BENCH_INSTALLED): requirements-bench.lock $(INSTALLED)
	@echo "setup: installing what the benchmarks compare with"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

.PHONY: faults
faults: setup  ## KILLS=24 random faults under load, repeatable by SEED=n, on BROKERS=1|3 and REDIS=one|sentinel|cluster
	@$(BIN)/python -m tests.faults.run --kills $(KILLS) $(if $(SEED),--seed $(SEED)) $(if $(BROKERS),--brokers $(BROKERS)) $(if $(REDIS),--redis $(REDIS)) $(ARGS)

RECORDS ?= 50000

.PHONY: bad-input
bad-input: setup  ## RECORDS=50000 generated records, most of them bad, through a running worker; repeatable by SEED=n
	@$(BIN)/python -m tests.faults.bad_input --records $(RECORDS) $(if $(SEED),--seed $(SEED)) $(ARGS)

FUZZ_INSTALLED := .venv/.fuzz-installed
SECONDS ?= 60

.PHONY: fuzz
fuzz: setup $(FUZZ_INSTALLED)  ## look for input that decoding and cleaning cannot stand, SECONDS=60 for each of them; FUZZ=name for one
	@$(BIN)/python -m tests.fuzz.run --seconds $(SECONDS) $(FUZZ) $(ARGS)

$(FUZZ_INSTALLED): requirements-fuzz.lock $(INSTALLED)
	@echo "setup: installing what steers the fuzzing"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-fuzz.lock
	@touch $@

.PHONY: upgrade
upgrade: setup  ## FROM=<commit>: its workers beside these under load, upgrade and rollback, both killed
	@$(BIN)/python -m tests.faults.upgrade --from $(FROM)

AUDIT_INSTALLED := .venv/.audit-installed
SBOM := build/newswire.cdx.json

.PHONY: audit
audit: setup $(AUDIT_INSTALLED)  ## ask whether a locked package has a known vulnerability; fails if one has
	@$(BIN)/python ops/security/audit.py $(ARGS)

.PHONY: sbom
sbom: setup $(AUDIT_INSTALLED)  ## list what the image installs, with hashes, in build/newswire.cdx.json (CycloneDX)
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml -o $(SBOM) requirements-runtime.lock
	@echo "sbom: $$(grep -c '"purl"' $(SBOM)) packages in $(SBOM)"

$(AUDIT_INSTALLED): requirements-audit.lock $(INSTALLED)
	@echo "setup: installing what audits"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-audit.lock
	@touch $@

.PHONY: lint
lint: setup  ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: format
format: setup  ## let ruff format the code and repair what it can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: types
types: setup  ## mypy, strict, on the package and its tests
	@$(BIN)/mypy

COMPILE = $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
	--custom-compile-command 'make lock'

.PHONY: lock
lock: setup  ## pin the newest versions that pyproject.toml allows, with hashes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(COMPILE) --upgrade pyproject.toml --all-extras -o requirements.lock
	@$(COMPILE) pyproject.toml -c requirements.lock -o requirements-runtime.lock
	@$(COMPILE) --group pyproject.toml:build -c requirements.lock -o requirements-build.lock
	@$(COMPILE) --group pyproject.toml:bench -c requirements.lock -o requirements-bench.lock
	@$(COMPILE) --group pyproject.toml:fuzz -c requirements.lock -o requirements-fuzz.lock
	@$(COMPILE) --group pyproject.toml:audit -c requirements.lock -o requirements-audit.lock
	@echo "pinned $$(grep -c == requirements.lock) packages, $$(grep -c == requirements-runtime.lock) of them at run time"
