# Two commands to know: `make demo` and `make test`. Needs python3 (>= 3.11), make and a package index.
# Everything is installed into .venv; nothing outside this folder is touched but pip's own cache.

PYTHON ?= python3
# How long `make fuzz` looks at each target, and which; none named are all.
SECONDS ?= 60
TARGETS ?=
# Which environments `make test-frameworks` runs; none named are all.
FRAMEWORKS ?=
# Which coding agents `make test-agents` runs; none named are those of the tier. TIER=2 adds the rest.
AGENTS ?=
TIER ?= 1
NPM := $(shell command -v npm 2> /dev/null)
# Worker processes of pytest; 0 runs the tests in one process.
WORKERS ?= 3
BIN = .venv/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
# A user's own pip settings may not move the installation elsewhere.
PIP_ENV = PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0
EXTRAS = cli,http2,local,testing
CODE = src tests examples benchmarks tables
# Compiled tests are kept whatever the environment says: else each worker compiles all of them.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
PARALLEL = --numprocesses=$(WORKERS) --dist=worksteal
COVERED = $(PARALLEL) --cov --cov-report=term

.PHONY: help demo demo-local test test-all test-frameworks test-agents fuzz coverage test-live check lint types floors format faults bench scale instructions repair-bench tables docs changelog clean

help: ## show this list (the default)
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

demo: .venv/.demo ## a tour of the client against a fake provider, offline
	@$(BIN)/python examples/demo.py

demo-local: .venv/.dev ## the same client against a real llama.cpp server on this machine
	@$(BIN)/python examples/demo_local.py

# Counting lines takes as long as the tests themselves, so it is left to CI and to `make coverage`,
# and so are tests marked slow: notebooks, a run of the benchmarks, and the like.
test: lint types floors $(if $(filter true,$(CI)),.venvs/litellm/.ready .venvs/prometheus/.ready) ## lint, types, floors, the offline tests; with CI=true all of them, and the coverage floor
	@if [ "$${CI:-}" = true ]; then $(PYTEST) $(COVERED); else $(PYTEST) $(PARALLEL) -m "not live and not slow"; fi

test-all: .venvs/.uv ## the offline tests on every Python here, and with the lowest releases allowed
	@.venvs/uv/bin/python tests/matrix.py $(PARALLEL)

test-frameworks: .venv/.dev .venvs/.uv ## what is made for frameworks, each with the real package in an environment of its own; FRAMEWORKS="langchain" chooses
	@PYTHONPATH=. .venvs/uv/bin/python tests/frameworks/run.py $(FRAMEWORKS)

test-agents: .venv/.dev $(if $(NPM),.venvs/agents/tier1/.ready) $(if $(filter 2,$(TIER)),$(if $(NPM),.venvs/agents/tier2/.ready) .venvs/agents/aider/.ready .venvs/agents/mini/.ready) ## real coding agents before `unillm serve`; AGENTS="codex goose" chooses, TIER=2 adds more (needs npm)
	@PYTHONPATH=. $(BIN)/python -m tests.agents.run --tier $(TIER) $(AGENTS)

fuzz: .venv/.fuzz ## look for inputs that break what parses: SECONDS=60 for each of TARGETS
	@$(BIN)/python -m tests.fuzz.run --seconds $(SECONDS) $(TARGETS)

coverage: .venv/.dev ## the offline tests with the coverage floor
	@$(PYTEST) $(COVERED) -m "not live"

test-live: .venv/.dev .venvs/litellm/.ready ## tests against llama.cpp, and against providers whose keys are set
	@$(PYTEST) -m live

check: format test ## what to run before a commit: format, then everything `make test` does

format: .venv/.dev ## format the code and apply safe fixes
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix-only .

lint: .venv/.dev ## ruff: format and rules
	@$(BIN)/ruff format --check --quiet . || { echo "make format puts it right"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@echo "lint    ok"

types: .venv/.dev ## pyright and mypy, both strict on src
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --pythonpath $(BIN)/python
	@$(BIN)/mypy --no-error-summary
	@echo "types   ok"

floors: .venv/.dev ## imports only go down
	@$(BIN)/lint-imports --no-logo
	@echo "floors  ok"

faults: .venv/.demo ## measure the fault matrix against other clients, and write docs/faults.md
	@$(BIN)/python -m benchmarks.faults

bench: .venv/.dev ## measure what clients cost (a quarter of an hour), and write docs/benchmarks.md
	@$(BIN)/python -m benchmarks.speed

scale: .venv/.dev ## measure up to 2,000 streams at once (ten minutes), and write docs/benchmarks.md
	@$(BIN)/python -m benchmarks.scale
	@$(BIN)/python -m benchmarks.speed --write

instructions: .venv/.dev .venvs/valgrind/.ready ## count what the hot paths are, under valgrind (minutes), against their budgets
	@$(BIN)/python -m benchmarks.instructions --callgrind

repair-bench: .venv/.dev ## compare what repairs JSON (two minutes), and write docs/repair-benchmarks.md
	@$(BIN)/python -m benchmarks.repair

tables: .venv/.dev ## make what is made of the code: docs/features.md, docs/prices-compared.md, docs/failures.md, docs/providers/, docs/grafana/, docs/agents/
	@$(BIN)/python -m tables.features
	@$(BIN)/python -m tables.providers
	@$(BIN)/python -m tables.prices
	@$(BIN)/python -m tables.failures
	@$(BIN)/python -m tables.grafana
	@$(BIN)/python -m tables.agents

docs: .venv/.dev tables ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "docs    ok: site/index.html"

changelog: .venv/.dev ## show what changes/ would add to CHANGELOG.md
	@$(BIN)/towncrier build --draft

clean: ## remove .venv and everything that was built
	rm -rf .venv .venvs benchmarks/.venvs site dist build htmlcov .coverage .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps. The first holds what the demo needs, the second all the tools; both follow pyproject.toml.
.venv/.demo: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "unillm needs Python 3.11 or newer: make PYTHON=python3.11")'
	@echo "Setting up .venv ..."
	@$(PYTHON) -m venv .venv
	@$(PIP_ENV) $(PIP) install --upgrade "pip>=25.1"
	@$(PIP_ENV) $(PIP) install --editable ".[testing]" --group demo
	@touch $@

# A LiteLLM proxy, which the live tests put between the client and llama.cpp.
.venvs/litellm/.ready: Makefile
	@echo "Installing a LiteLLM proxy for the live tests ..."
	@$(PYTHON) -m venv .venvs/litellm
	@$(PIP_ENV) .venvs/litellm/bin/python -m pip --disable-pip-version-check --quiet --quiet install "litellm[proxy]>=1.108,<2"
	@touch $@

# Coding agents, in the versions of their lock files; none of their install scripts is run. The first
# tier brings the node that all of them run on. `npm ci` would refuse a lock file that lacks packages of
# other platforms, and not every package index has those.
.venvs/agents/tier%/.ready: tests/agents/npm/tier%/package-lock.json
	@echo "Installing coding agents, tier $* (1.3 GB each, a minute) ..."
	@mkdir -p .venvs/agents/tier$* && cp tests/agents/npm/tier$*/package.json $< .venvs/agents/tier$*/
	@cd .venvs/agents/tier$* && npm install --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

.venvs/agents/%/.ready: tests/agents/python/%.txt .venvs/.uv
	@echo "Installing the coding agent $* ..."
	@.venvs/uv/bin/python -m uv --quiet venv --clear --python $(BIN)/python .venvs/agents/$*
	@.venvs/uv/bin/python -m uv --quiet pip install --python .venvs/agents/$*/bin/python --requirement $<
	@touch $@

# A Prometheus, which scrapes what telemetry exports and answers the queries of the dashboard. Its
# package is unpacked, not installed; `apt-get update` needs root, where there are no lists yet.
APT = apt-get -qq -o APT::Sandbox::User=root
.venvs/prometheus/.ready: Makefile
	@echo "Unpacking a Prometheus from Debian's packages ..."
	@mkdir -p .venvs/prometheus
	@cd .venvs/prometheus && rm -f *.deb && { $(APT) download prometheus || { apt-get update -qq && $(APT) download prometheus; }; } && dpkg -x prometheus_*.deb . && rm -f *.deb
	@touch $@

# A valgrind for `make instructions`, unpacked likewise where none is installed.
.venvs/valgrind/.ready: Makefile
	@mkdir -p .venvs/valgrind
	@command -v valgrind > /dev/null || { cd .venvs/valgrind && rm -f *.deb && { $(APT) download valgrind || { apt-get update -qq && $(APT) download valgrind; }; } && dpkg -x valgrind_*.deb . && rm -f *.deb; }
	@touch $@

.venv/.dev: .venv/.demo
	@echo "Installing the development tools, llama.cpp and a small model (some minutes the first time) ..."
	@$(PIP_ENV) $(PIP) install --editable ".[$(EXTRAS)]" --group dev
	@touch $@

.venv/.fuzz: .venv/.dev
	@$(PIP_ENV) $(PIP) install --group fuzz
	@touch $@

.venvs/.uv: pyproject.toml
	@$(PYTHON) -m venv .venvs/uv
	@$(PIP_ENV) .venvs/uv/bin/python -m pip --disable-pip-version-check -qq install --upgrade "pip>=25.1"
	@$(PIP_ENV) .venvs/uv/bin/python -m pip --disable-pip-version-check -qq install --group matrix
	@touch $@
