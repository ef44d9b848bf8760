# Everything a person does with a checkout. Each target installs what it lacks and nothing twice:
# the stamps in .venv are newer than what they were made from, so a ready machine starts at once.

PYTHON := .venv/bin/python
SOURCES := pyproject.toml constraints.txt scripts/setup.sh scripts/missing.py
GOAL ?= book a flight from Oslo to Lisbon on 14 March for two

.DEFAULT_GOAL := help
.PHONY: help setup dev demo test check format lint types style clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/ready ## install whatever is missing: environment, packages, browser
dev: .venv/ready-dev

.venv/ready: $(SOURCES)
	@scripts/setup.sh all
	@touch $@

.venv/ready-dev: $(SOURCES)
	@scripts/setup.sh all dev
	@touch .venv/ready $@

demo: setup ## book a flight on the bundled site with the bundled model (GOAL="..." for another goal)
	@.venv/bin/qvl-agent run "$(GOAL)"

# Two tests at a time on two cores: threads that wait for each other inside a model would only spin.
test: dev ## run the tests
	@OMP_NUM_THREADS=1 $(PYTHON) -m pytest -n 2 $(ARGS)

check: format lint types style ## format, lint, types and style figures

format: dev
	@$(PYTHON) -m ruff format --check .

lint: dev
	@$(PYTHON) -m ruff check .

types: dev
	@$(PYTHON) -m pyright

style: dev
	@$(PYTHON) scripts/style.py

clean: ## remove the environment and everything built
	@rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
