# The menu of this repository. `make` alone prints it.
.DEFAULT_GOAL := help
.PHONY: help run reset logs check test flows faults faults-proof restore-drill restore-proof bench protos screenshots dashboards migration topics image sbom chart chart-test container-test cluster-test .venv

PY := .venv/bin/python
PYTEST := $(PY) -m pytest
export TOUCHLINE_STATE ?= .touchline
SCALE ?= 0.1

help: ## Print this menu
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

run: .venv ## Start PostgreSQL, Kafka, every service and the demo company; Ctrl-C ends them
	@exec $(PY) -m deploy.local

reset: .venv ## Throw the local state away: databases, streams, secrets, logs
	@$(PY) -m deploy.local reset

logs: ## Follow the logs of the local stack
	@tail -n 20 -F $(TOUCHLINE_STATE)/logs/*.log

check: .venv ## Lint, formatting, types, import contracts, protos
	@scripts/check

test: check ## Run check and every test
	@$(PYTEST) tests -n 2 --dist loadfile --no-loadscope-reorder

flows: .venv ## Run the whole-system tests alone
	@$(PYTEST) tests/flows

faults: .venv ## Kill, freeze and cut while touches are recorded, or mails sent (MATRIX=mail; SCALE=1 is the full matrix)
	@SCALE=$(SCALE) $(PY) -m tests.faults $(MATRIX)

faults-proof: .venv ## Show that the checkers notice what they must: accounts falsified, ten bugs planted (MATRIX=mail: of mails)
	@SCALE=$(SCALE) $(PY) -m tests.faults $(MATRIX) proof
	@[ "$(MATRIX)" = mail ] || $(PY) -m tests.simulation proof

restore-drill: .venv ## Lose the database's disk under load, restore it as docs/operations.md says, compare everything (SCALE=1)
	@SCALE=$(SCALE) $(PY) -m tests.restore

restore-proof: .venv ## Show that the drill notices: a fence off, projections not rebuilt, erasures not replayed (ROW=…)
	@SCALE=$(SCALE) $(PY) -m tests.restore proof

bench: .venv ## Measure one figure (NAME=touch-ingest …; without NAME: which there are; SCALE=1 is full size)
	@SCALE=$(SCALE) $(PY) -m tests.bench $(NAME)

protos: .venv ## Generate libs/touchline from protos/
	@$(PY) -m deploy.protos

screenshots: .venv ## Take the pictures of docs/console anew from a running `make run` (PAGE=… takes one)
	@$(PY) -m deploy.local.screenshots $(PAGE)

dashboards: .venv ## Draw the dashboard from a running `make run` and a real Prometheus into docs/dashboards (six minutes)
	@$(PY) -m deploy.local.dashboards

migration: .venv ## Begin a migration (SERVICE=contact NAME="what it does")
	@$(PY) -m deploy.local.migration $(SERVICE) "$(NAME)"

topics: .venv ## Show each Kafka topic: the plan beside what the running broker has
	@.venv/bin/touchline topics

image: ## Build the image with docker, podman or buildah (IMAGE=…, BASE=…, BUILD=…)
	@scripts/image

sbom: .venv ## Print a CycloneDX bill of materials of the image
	@scripts/sbom

chart: .venv ## Render the Helm chart anew, with its schema (builds Helm where it is missing)
	@scripts/kubernetes helm >/dev/null && $(PY) -m deploy.helm

chart-test: .venv ## Lint, render and test the chart with Helm 3 and 4, without a cluster
	@scripts/chart-test

container-test: .venv ## Build the image and run the chart's pods as containers of it (root, buildah, runc)
	@scripts/container-test

cluster-test: .venv ## Install and break the chart on a real Kubernetes: one built here, or KUBECONFIG (ROW=…, PLANT=…)
	@scripts/cluster-test

.venv:
	@scripts/bootstrap
