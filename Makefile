# The commands of model-router. Each installs what it needs into .venv: serving little, making models PyTorch besides.
MODELS ?= models/embedded/models.toml
# A deployment serves the catalog of its stack's settings, unless another is asked for.
DEPLOYED := $(if $(filter command line environment,$(origin MODELS)),$(MODELS))
STACK ?= dev
# Without a terminal nobody can be asked.
YES = $$(test -t 0 || echo --yes)
PORT ?= 8000
# Minutes between two warm-ups of what is served on this machine, as warmUpMinutes for a deployment; 0 for none.
WARM ?= 5
# The first Python on PATH that is new enough, unless one is named; looked for once, as each may be a slow shim.
ifeq ($(origin PYTHON),undefined)
export PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif
BIN := .venv/bin
# PyTorch, of its own index of CPU builds or a mirror of it. TORCH_CUDA=1 takes PyPI's build where that is out of reach.
TORCH := 2.13.0
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
TORCH_CUDA ?=
SLOW := slow or containers or engine or clients or browser

# A bare `make` shows what there is, rather than install something.
.DEFAULT_GOAL := help

.PHONY: serve test test-clients test-browser test-engine test-images test-slow lint models lock ship images bench setup doctor deploy destroy recover policy sbom requirements docs help clean

# What ships is served as it is; the models of other catalogs are built first.
serve: ## Everything on http://127.0.0.1:$(PORT)
	@$(usable_python)
	@$(catalog)
	@case "$(WARM)" in ''|*[!0-9]*) echo "WARM=$(WARM) is no number of minutes; WARM=1 warms up every minute, WARM=0 never" >&2; exit 1;; esac
	@"$(PYTHON)" -m local.port "$(PORT)"
	@$(MAKE) --no-print-directory --silent .venv/serve
	@test "$(MODELS)" -ef models/embedded/models.toml || $(MAKE) --no-print-directory --silent models
	@exec $(BIN)/python -m local --catalog "$(MODELS)" --port "$(PORT)" --warm-up-every $$(( $(WARM) * 60 ))

test: .venv/dev ## The tests that need no container, emulator or browser
	$(BIN)/python -m pytest -m "not ($(SLOW))"

test-clients: .venv/dev .venv-clients/ready ## The real client libraries against the local stack
	.venv-clients/bin/python -m pytest tests/clients -m clients

test-browser: .venv/dev .venv-browser/ready ## The pages in a headless Chromium, where one is on PATH
	.venv-browser/bin/python -m pytest tests/browser -m browser

test-engine: .venv/dev .venv-emulator/ready ## The Pulumi program, run by the `pulumi` on PATH against an AWS emulator
	@command -v pulumi >/dev/null || { echo "there is no pulumi on PATH: install it (https://www.pulumi.com/docs/install/)"; exit 1; }
	$(BIN)/python -m pytest tests/rehearsal -m engine

test-images: .venv/dev ## The images under Lambda's limits, and that nothing looks outside
	$(BIN)/python -m pytest tests/images tests/no_network -m containers

test-slow: .venv/dev ## The tests that take minutes
	$(BIN)/python -m pytest -m slow

lint: .venv/dev ## Linters, formatter and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

models: ## Build the artifacts of MODELS, those excepted that ship with the repository
	@$(catalog)
	@$(MAKE) --no-print-directory --silent .venv/models
	@$(BIN)/python -m models build --catalog "$(MODELS)"

# Only a source that is a package has to be installed.
lock: .venv/serve ## Resolve the sources of MODELS into its lock
	@$(catalog)
	@! grep -q 'package:' "$(MODELS)" || $(MAKE) --no-print-directory --silent .venv/models
	@$(BIN)/python -m models lock --catalog "$(MODELS)"

ship: .venv/models ## Build the artifacts of MODELS and put them beside it, as the repository ships them
	@$(BIN)/python -m models ship --catalog "$(MODELS)"

images: .venv/dev ## Build the images, the embedded models' and one of the reference runtime, and run them under Lambda's limits
	@$(BIN)/python -m models build --catalog "$(MODELS)"
	@$(BIN)/python -m models build --catalog tests/images/torch.toml
	$(BIN)/python -m local.images --catalog "$(MODELS)" $(if $(IMAGE_BASE),--base $(IMAGE_BASE))
	$(BIN)/python -m local.images --catalog tests/images/torch.toml $(if $(or $(TORCH_IMAGE_BASE),$(IMAGE_BASE)),--base $(or $(TORCH_IMAGE_BASE),$(IMAGE_BASE))) \
	  $(if $(TORCH_WHEELS),--wheels $(TORCH_WHEELS))

setup: .venv/deploy ## What `pulumi up` needs, a builder of images included
	@$(BIN)/python -m infra.builder

doctor: .venv/deploy ## Tools, builder, the stack's region and account, quotas, lock and artifacts
	@$(BIN)/python -m model_router doctor --stack $(STACK) $(if $(DEPLOYED),--catalog "$(DEPLOYED)")

deploy: .venv/deploy ## Build the models of STACK and deploy them
	@$(BIN)/python -m model_router deploy --stack $(STACK) $(if $(DEPLOYED),--catalog "$(DEPLOYED)")

destroy: ## Remove the deployment STACK and all that it left; its settings stay in Pulumi.STACK.yaml
	pulumi destroy --stack $(STACK) $(YES)
	pulumi stack rm $(STACK) --preserve-config $(YES)

# A first stop may have left a lock, which is no error here. The state as it was is kept in build/.
recover: .venv/deploy ## After a deployment was killed: take over what it was making, then `make deploy` goes on
	-@pulumi cancel --stack $(STACK) --yes 2>/dev/null
	@mkdir -p build
	pulumi stack export --stack $(STACK) --file build/state-$(STACK).json
	$(BIN)/python -m infra.recover <build/state-$(STACK).json >build/recovered-$(STACK).json
	pulumi stack import --stack $(STACK) --file build/recovered-$(STACK).json
	pulumi refresh --stack $(STACK) $(YES)

policy: .venv/deploy ## The policy of whoever deploys STACK; ACCOUNT= and REGION= make it narrower
	@$(BIN)/python -m infra.policy --stack $(STACK) $(if $(ACCOUNT),--account $(ACCOUNT)) $(if $(REGION),--region $(REGION))

sbom: .venv/deploy ## What the router's zip and the images of MODELS hold, as CycloneDX documents
	@$(BIN)/python -m infra.sbom --catalog "$(MODELS)"

bench: .venv/dev .venv-peers/ready ## The numbers of README and docs/numbers.md: the embedded models, then the shapes of the large ones
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks --large

# A sentence unless PYTHON is there and new enough.
define usable_python
test -n "$(PYTHON)" || { echo "model-router needs Python 3.11 or newer; name it with PYTHON=/path/to/python3" >&2; exit 1; }; \
command -v "$(PYTHON)" >/dev/null || { echo "PYTHON=$(PYTHON) is no command; name a Python 3.11 or newer" >&2; exit 1; }; \
"$(PYTHON)" -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("PYTHON=$(PYTHON) is Python %d.%d; model-router needs 3.11 or newer" % v[:2])' || exit 1
endef

# A sentence unless MODELS is there.
define catalog
test -f "$(MODELS)" || { echo "There is no catalog $(MODELS); name one with MODELS=models.toml" >&2; exit 1; }
endef

# $(call environment,FOLDER): an environment with a working pip; one that an interrupted run left half made is made anew.
define environment
$(usable_python); \
$(1)/bin/python -m pip --version >/dev/null 2>&1 || { echo "An environment in $(1)"; "$(PYTHON)" -m venv --clear $(1); }
endef

# $(call torch,FOLDER): PyTorch into an environment, never gigabytes of CUDA that nobody asked for.
define torch
echo "PyTorch $(TORCH), CPU build (about 200 MB)"; \
$(1)/bin/python -c 'import torch; assert torch.__version__.split("+")[0] == "$(TORCH)"' 2>/dev/null || \
$(1)/bin/pip install --quiet --no-deps --retries 0 --timeout 15 --index-url $(TORCH_INDEX) torch==$(TORCH) 2>$(1)/torch.log || { \
  if test -n "$(TORCH_CUDA)" || test "$$(uname -s)" = Darwin; then $(1)/bin/pip install torch==$(TORCH); else \
    tail -n 1 $(1)/torch.log >&2; \
    echo "PyTorch's CPU builds are out of reach at $(TORCH_INDEX). PyPI's build brings CUDA: about 3 GB to download and 5.4 GB on disk." >&2; \
    echo "Name a mirror with TORCH_INDEX=url, or take the large build with TORCH_CUDA=1. Serving the embedded models (make serve) needs neither." >&2; \
    exit 1; fi; }
endef

# An environment whose Python is gone, as after an upgrade of the system, is made anew.
ifneq ($(wildcard .venv/serve),)
ifneq ($(shell $(BIN)/python -c 'print("ok")' 2>/dev/null),ok)
$(shell rm -f .venv/serve)
endif
endif

# What .venv has is noted in it by empty files. Each rule adds to what serving needs.
.venv/serve: requirements/serve.txt
	@$(call environment,.venv)
	@echo "The dependencies of serving (requirements/serve.txt, about 75 MB): half a minute, or two on a busy machine"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/deploy: requirements.txt .venv/serve
	@echo "The dependencies of deploying (requirements.txt, about 70 MB)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/torch-$(TORCH): .venv/serve
	@$(call torch,.venv)
	@touch $@

.venv/models: requirements/models.txt .venv/torch-$(TORCH)
	@echo "The dependencies of making models (requirements/models.txt, about 300 MB)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/dev: requirements/dev.txt .venv/models
	@echo "The dependencies of developing (requirements/dev.txt)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv-peers/ready: requirements/peers.txt
	@$(call environment,.venv-peers)
	@$(call torch,.venv-peers)
	@.venv-peers/bin/pip install --require-hashes -r $<
	@touch $@

.venv-%/ready: requirements/%.txt
	@$(call environment,.venv-$*)
	@.venv-$*/bin/pip install --require-hashes -r $<
	@touch $@

# Compiles the dependency groups of pyproject.toml; needs uv. torch is left out: it is installed apart, see above.
UV := uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --override requirements/without-torch.txt
requirements: ## Compile the dependency groups of pyproject.toml; needs uv
	$(UV) --group dev -o requirements/dev.txt
	$(UV) --group models -c requirements/dev.txt -o requirements/models.txt
	$(UV) --group deploy -c requirements/dev.txt -o requirements.txt
	for g in serve router onnx torch; do $(UV) --group $$g -c requirements/dev.txt -o requirements/$$g.txt; done
	$(UV) --group emulator -o requirements/emulator.txt
	for g in clients browser peers; do $(UV) requirements/$$g.in -o requirements/$$g.txt; done
	$(BIN)/python -m infra.image_requirements

docs: .venv/dev ## The tables of docs/ that are generated
	$(BIN)/python -m infra.docs

help: ## These lines
	@echo "make serve starts everything. The commands, and the variables MODELS, PORT, WARM, STACK and PYTHON that they take:"
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1	/p' Makefile | sed 's/$$(PORT)/$(PORT)/' | while IFS='	' read -r name what; do printf '  make %-14s %s\n' "$$name" "$$what"; done

clean: ## Remove environments, artifacts that were built, and caches
	rm -rf .venv .venv-* build .cache
