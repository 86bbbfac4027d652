# The two commands: `make demo` and `make test`. Everything they need is put below this folder, nothing into your home.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
FAULTS := tests/faults $(addprefix tests/unit/plugins/module_utils/_rollout/,test_random_schedules.py test_lock.py)
LINK   := .build/ansible_collections/kongops/konnect

# What runs below takes no settings of the user's: collections, caches and temporary files stay in this folder.
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.build
export ANSIBLE_HOME             := $(CURDIR)/.cache/ansible
export ANSIBLE_LOCAL_TEMP       := $(CURDIR)/.cache/ansible/tmp
export PYTHONDONTWRITEBYTECODE  := 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-faults test-hosts lint bench clean

help: ## What can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

$(VENV)/ready: requirements-dev.txt meta/ee-requirements.txt scripts/make-venv
	@scripts/make-venv "$(PYTHON)" $(VENV) -r meta/ee-requirements.txt -r requirements-dev.txt
	@touch $@

$(VENV)/checks: requirements-checks.txt $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-checks.txt
	@touch $@

$(LINK):
	@mkdir -p $(dir $(LINK)) && ln -sfn $(CURDIR) $(LINK)

demo: $(VENV)/ready | $(LINK) ## A real update of a plugin on a lab control plane and three lab nodes
	@$(BIN)/python -m lab.demo

test: $(VENV)/ready | $(LINK) ## All tests that need neither root nor a network, but for the slow ones
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'not slow and not faults and not root' $(PYTEST_ARGS)

test-slow: $(VENV)/ready | $(LINK) ## The slow ones
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'slow and not faults and not root' $(PYTEST_ARGS)

test-faults: $(VENV)/ready | $(LINK) ## The fault matrix and its page; SHARD=1/4 runs a part of it, FORM=quick the short form
	$(BIN)/python -m pytest -n 2 --dist worksteal -m '$(or $(FORM),faults or quick)' $(FAULTS) $(PYTEST_ARGS) $(if $(FORM),,; \
	status=$$?; $(BIN)/python -m tests.support.fault_matrix; exit $$status)

test-hosts: $(VENV)/ready | $(LINK) ## The faults of hosts over ssh, as root; FORM=quick the short form
	$(BIN)/python -m pytest -m 'root$(if $(FORM), and $(FORM))' tests/hosts $(PYTEST_ARGS)

lint: $(VENV)/checks | $(LINK) ## Linters, types and documentation checks
	@scripts/lint

bench: $(VENV)/ready | $(LINK) ## Measures against named alternatives, as ratios
	@$(BIN)/python -m tests.bench

clean: ## Remove what the other targets made
	rm -rf .build .cache $(VENV) .hypothesis .pytest_cache .ruff_cache .mypy_cache tests/output
