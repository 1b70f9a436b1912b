# make site: this machine gets a local platform. make test: the code and the slice are checked, from nothing.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INVENTORY ?= inventories/local
ARGS ?=
SCENARIO ?= default
PLAYBOOK := $(BIN)/ansible-playbook -i $(INVENTORY)

export PATH := $(CURDIR)/$(BIN):$(PATH)
# Ansible starts Python hundreds of times; where the person's settings forbid compiled files, each start would compile anew.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/pycache
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

.PHONY: site
site: $(VENV)/.run ## Build the platform of INVENTORY (default inventories/local); ARGS go to ansible-playbook
	$(PLAYBOOK) playbooks/site.yml $(ARGS)

.PHONY: verify
verify: $(VENV)/.run ## Assert the /v1 slice of a running platform
	$(PLAYBOOK) playbooks/verify.yml $(ARGS)

.PHONY: drift handover handover-revert
drift: $(VENV)/.run ## Compare the inventory, Git and the cluster; fails with a table where they do not agree
	$(PLAYBOOK) playbooks/drift.yml $(ARGS)

handover: $(VENV)/.run ## Hand reconciliation to Argo CD and prove that nothing moved
	$(PLAYBOOK) playbooks/handover.yml $(ARGS)

handover-revert: $(VENV)/.run ## Take reconciliation back from Argo CD; every workload stays
	$(PLAYBOOK) playbooks/handover_revert.yml $(ARGS)

.PHONY: teardown
teardown: $(VENV)/.run ## Remove the platform of INVENTORY; the artefact cache stays
	$(PLAYBOOK) playbooks/teardown.yml $(ARGS)

.PHONY: test test-all
test: $(VENV)/.test ## Check the code and the slice, from nothing: lint, unit, integration, molecule
	$(BIN)/python tests/run.py $(SUITES)

test-all: $(VENV)/.test ## What test does, and tests of machines and the handover of a platform to Argo CD
	$(BIN)/python tests/run.py all

.PHONY: lint unit integration machines molecule
lint unit integration machines: $(VENV)/.test ## One layer of the checks alone
	$(BIN)/python tests/run.py $@

molecule: $(VENV)/.test ## One scenario of molecule alone (SCENARIO=default or handover)
	$(BIN)/python tests/run.py $(SCENARIO)

.PHONY: red
red: $(VENV)/.test ## Break the running local platform in four ways; each time verify must fail and name the cause
	INFERENCE_PLATFORM_STATE=$${INFERENCE_PLATFORM_STATE:-$$HOME/.local/state/inference-platform/demo} $(BIN)/python -m pytest -v tests/platform/test_slice_check_red.py

.PHONY: interrupted
interrupted: $(VENV)/.test ## Kill site.yml at place after place; each time the next run goes on, and the last one converges
	$(BIN)/python -m pytest -v tests/platform/test_interrupted.py

.PHONY: vast
vast: $(VENV)/.test ## The inventory of Vast against an emulated provider with real machines: rent, cluster, /v1, bill; and killed at every call
	$(BIN)/python -m pytest -v tests/platform/test_vast.py tests/platform/test_vast_killed.py

.PHONY: load
load: $(VENV)/.test ## 10,000 calls, new keys and revocation under load on a running platform of tier prod; what was lost is shown
	INVENTORY=$(INVENTORY) $(BIN)/python -m pytest -v -s tests/platform/test_keys_under_load.py tests/platform/test_ledger_under_load.py

.PHONY: litellm-versions
litellm-versions: $(VENV)/.test ## Run the tests of LiteLLM against every version that meta/compatibility.yml names (ARGS="VERSION -- TESTS")
	PYTHONPATH=tests/integration $(BIN)/python -m litellm_fixture.versions $(ARGS)

.PHONY: bench
bench: $(VENV)/.test ## Benchmarks, side by side; tables on screen, JSON in tests/benchmarks/results
	$(BIN)/python tests/benchmarks/run.py $(ARGS)

.PHONY: lock
lock: ## Resolve the requirements anew, with hashes
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install -q --require-hashes -r requirements-uv.txt
	for f in requirements-uv requirements requirements-dev; do build/lock/bin/uv pip compile -q --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links $$f.in -o $$f.txt; done

.PHONY: clean
clean: ## Remove what was made in the repository; platforms and the artefact cache stay
	rm -rf $(VENV) .ansible build .mypy_cache .pytest_cache .ruff_cache tests/output

# The marker is written last: an interrupted install is repeated.
$(VENV)/.run: requirements.txt requirements-uv.txt
	@scripts/make-venv $(PYTHON) $(VENV) requirements.txt
	@touch $@

# What a run needs is part of what the checks need.
$(VENV)/.test: requirements-dev.txt requirements.txt requirements-uv.txt
	@scripts/make-venv $(PYTHON) $(VENV) requirements-dev.txt
	@touch $(VENV)/.run $@
