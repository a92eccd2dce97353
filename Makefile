# Every task of this repository. `make help` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
VENVS := local/.state/venvs
ENV ?= dev

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------ the laptop cloud

.PHONY: run
run: install tools ## Start the whole cloud on this laptop, show one notification, keep running
	@exec $(BIN)/python -m local run

.PHONY: up
up: install tools ## The same in the background
	@$(BIN)/python -m local up

.PHONY: down
down: install ## Stop what `make up` started
	@$(BIN)/python -m local down

# ------------------------------------------------------------------------------------- checking

.PHONY: test
test: test-fast tools ## Everything: lint, types, all tests, the end-to-end ones on a laptop cloud
	@$(BIN)/python -m local during $(BIN)/pytest tests/e2e

.PHONY: chaos
chaos: install tools ## Thousands of notifications while everything fails now and then (SEED=… repeats a plan)
	@$(BIN)/python -m local during $(BIN)/python -m chaos $(if $(SEED),--seed $(SEED))

.PHONY: test-fast
test-fast: lint types ## Everything that needs no laptop cloud
	$(BIN)/pytest --numprocesses auto --dist loadfile

.PHONY: lint
lint: install tools ## Style, import rules and the template
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(VENVS)/sam/bin/cfn-lint template.yaml

.PHONY: openapi
openapi: install ## Describe the API in OpenAPI, for functions/api_docs, as its routes are now
	@$(BIN)/python -m local.openapi

.PHONY: types
types: install ## Types
	$(BIN)/mypy

.PHONY: bench
bench: install tools $(VENVS)/bench/.complete ## Import times, memory, sizes, speed, load, CPU, cost per 1,000 notifications
	@$(BIN)/python -m bench

.PHONY: bench-load
bench-load: install tools $(VENVS)/bench/.complete ## Load of a working day, beside Django REST framework
	@$(BIN)/python -m bench --only load

.PHONY: bench-way
bench-way: install tools $(VENVS)/bench/.complete ## CPU of a notification's whole way, beside Celery
	@$(BIN)/python -m bench --only whole-way --only fairness

# ------------------------------------------------------------------------------------ deploying

.PHONY: build
build: install tools ## Build the functions and layers for AWS
	@$(BIN)/python -m local.build

.PHONY: deploy
deploy: build ## Deploy to AWS: make deploy ENV=dev (environments are in samconfig.toml)
	@SAM_CLI_TELEMETRY=0 $(VENVS)/sam/bin/sam deploy --config-env $(ENV)
	@$(BIN)/python -m local.outputs recado-$(ENV) > .aws-sam/$(ENV).env
	@echo "Next: recado --env-file .aws-sam/$(ENV).env doctor (recado is in $(BIN))"

# --------------------------------------------------------------------------------- environments

SYNC := $(BIN)/uv pip sync --quiet --require-hashes --build-constraints requirements/build.txt
UNREACHABLE = { echo "The libraries could not be installed (see above): is the package index reachable?" \
	"Then run the command again." >&2; exit 1; }

.venv/.complete: .python-version pyproject.toml requirements/uv.txt requirements/build.txt requirements/dev.txt
	@python=$$(local/find_python.sh) && echo "Installing libraries and tools into .venv ..." && \
		{ test -x $(BIN)/python || "$$python" -m venv .venv; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/uv.txt || $(UNREACHABLE)
	@$(SYNC) --python $(BIN)/python requirements/dev.txt || $(UNREACHABLE)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	@touch $@

# SAM, MiniStack and the load test pin versions that the product does not share, so each has its own.
$(VENVS)/%/.complete: .python-version requirements/%.txt requirements/build.txt | .venv/.complete
	@echo "Installing $* into $(@D) ..."
	@test -x $(@D)/bin/python || $(BIN)/python -m venv $(@D)
	@$(SYNC) --python $(@D)/bin/python requirements/$*.txt || $(UNREACHABLE)
	@touch $@

.PHONY: install
install: .venv/.complete ## Make .venv: the product's libraries and the tools, as pinned

.PHONY: tools
tools: $(VENVS)/sam/.complete $(VENVS)/cloud/.complete ## Make the environments of SAM and MiniStack

# ------------------------------------------------------------------------------------- versions

COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--python-version 3.13 --custom-compile-command "make requirements" $(if $(UPGRADE),--upgrade)
FILES_ONLY := --overrides requirements/overrides.in

.PHONY: requirements
requirements: install ## Pin requirements/*.in again (UPGRADE=1 takes the newest versions)
	for name in uv build sam cloud bench; do \
		$(COMPILE) requirements/$$name.in -o requirements/$$name.txt || exit 1; done
	$(COMPILE) $(FILES_ONLY) requirements/dev.in -o requirements/dev.txt
	for name in core http templating phones push qr twilio api_docs; do \
		$(COMPILE) $(FILES_ONLY) requirements/$$name.in -c requirements/dev.txt \
		-o layers/$$name/requirements.txt || exit 1; done
