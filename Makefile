# Every target works on a bare machine with Python 3.11 or newer, git and make; the first one sets up .venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON3 := $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if command -v $$name >/dev/null; then echo $$name; break; fi; done)
BOOTSTRAP = $(or $(PYTHON3),$(error Python 3.11 or newer is needed; install it and run the same again)) bootstrap.py
RUN := .venv/bin/python -m
PYTEST := $(RUN) pytest
# Kept also where a machine turns that off: else every process of a test compiles all it imports again.
export PYTHONDONTWRITEBYTECODE :=
CHECKS := tests/test_access.py tests/test_architecture.py tests/test_migrations.py tests/test_project.py

.PHONY: help setup setup-test run demo-reset test test-features test-postgres test-browser test-application test-crawl check lint format migration lock

help: ## show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## make .venv with what running needs
	@$(BOOTSTRAP)

setup-test:
	@$(BOOTSTRAP) --test

run: setup ## start the demo: web and worker, with one cohort under way
	@.venv/bin/cohort demo

demo-reset: setup ## start the demo over with fresh data
	@.venv/bin/cohort demo --reset

# The longest first: what is short fills up the end.
test: test-browser test-features test-postgres test-crawl test-application ## run all tests: pages on SQLite, what depends on the database on PostgreSQL, too; -j2: two at once

test-postgres: setup-test
	@echo "Tests on PostgreSQL"
	@$(PYTEST) --database postgres -m "not browser and not crawl"

test-browser: setup-test
	@echo "Journeys in a browser"
	@$(PYTEST) --database sqlite -m browser

test-features: setup-test
	@echo "Tests of the features, on SQLite"
	@$(PYTEST) --database sqlite -m "not browser and not crawl" tests/*/

test-application: setup-test
	@echo "Tests of the application as a whole, on SQLite"
	@$(PYTEST) --database sqlite -m "not browser and not crawl" tests/test_*.py

test-crawl: setup-test
	@echo "Every page and route, on PostgreSQL"
	@$(PYTEST) --database postgres -m crawl

check: lint ## lint, strict types, templates, migrations, access of every route, layers
	@$(PYTEST) --database sqlite $(CHECKS)
	@$(PYTEST) --database postgres tests/test_migrations.py

lint: setup-test ## the part of check that is no test
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) djlint templates --lint --quiet

format: setup-test ## put the code into the house's shape
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .

migration: setup-test ## draft a migration from the models: make migration m="add goals"
	$(if $(m),,$(error Say what it does: make migration m="add goals"))
	@export COHORT_MODE=development DATA_DIR="$$(mktemp -d)" && .venv/bin/cohort init && \
		$(RUN) alembic -c migrations/alembic.ini revision --autogenerate -m "$(m)" && rm -r "$$DATA_DIR"

lock: ## renew both locks (needs uv) and prove that every platform has wheels
	@tools/lock
