# The commands of model-router. Each sets up what it needs; the first run takes minutes, later ones seconds.
MODELS ?= models/embedded/models.toml
# A deployment serves the catalog of its stack's settings, unless another is asked for.
DEPLOYED := $(if $(filter command line environment,$(origin MODELS)),$(MODELS))
STACK ?= dev
# Without a terminal nobody can be asked.
YES = $$(test -t 0 || echo --yes)
PORT ?= 8000
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(if $(shell $p -c 'import sys; print("ok" * (sys.version_info >= (3, 11)))' 2>/dev/null),$p)))
BIN := .venv/bin
TORCH := torch==2.13.0
SLOW := slow or containers or engine or clients or browser

# A bare `make` shows what there is, rather than install something.
.DEFAULT_GOAL := help

.PHONY: help serve test test-clients test-browser test-engine test-images test-slow lint models lock images bench setup doctor deploy destroy recover policy requirements docs clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "The command .venv/bin/model-router does most of it, and calls what is served: model-router --help."

serve: .venv/serve ## Everything on this machine, at port 8000 (PORT=), models included
	@exec $(BIN)/python -m model_router serve --catalog "$(MODELS)" --port $(PORT)

test: .venv/dev ## The tests that need no container, emulator or browser
	@$(BIN)/python -m models build --catalog models/embedded/models.toml
	$(BIN)/python -m pytest -m "not ($(SLOW))"

test-clients: .venv/dev .venv-clients/ready ## The real client libraries against the local stack
	@$(BIN)/python -m models build --catalog models/embedded/models.toml
	.venv-clients/bin/python -m pytest tests/clients -m clients

test-browser: .venv/dev .venv-browser/ready ## The pages in a headless Chromium, where one is on PATH
	@$(BIN)/python -m models build --catalog models/embedded/models.toml
	.venv-browser/bin/python -m pytest tests/browser -m browser

test-engine: .venv/dev .venv-emulator/ready ## The Pulumi program, run by the `pulumi` on PATH against an AWS emulator
	@command -v pulumi >/dev/null || { echo "there is no pulumi on PATH: install it (https://www.pulumi.com/docs/install/)"; exit 1; }
	@$(BIN)/python -m models build --catalog models/embedded/models.toml
	$(BIN)/python -m pytest tests/rehearsal -m engine

test-images: .venv/dev ## The images under Lambda's limits
	@$(BIN)/python -m models build --catalog models/embedded/models.toml
	$(BIN)/python -m pytest tests/images -m containers

test-slow: .venv/dev ## The tests that take minutes
	$(BIN)/python -m pytest -m slow

lint: .venv/dev ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

models: .venv/serve ## The artifacts of MODELS
	@$(BIN)/python -m model_router models build --catalog "$(MODELS)"

lock: .venv/serve ## Resolve the sources of MODELS into its lock
	@$(BIN)/python -m model_router models lock --catalog "$(MODELS)"

images: .venv/dev ## Build the images, the embedded models' and one of the reference runtime, and run them under Lambda's limits
	@$(BIN)/python -m models build --catalog "$(MODELS)"
	@$(BIN)/python -m models build --catalog tests/images/torch.toml
	$(BIN)/python -m local.images --catalog "$(MODELS)" $(if $(IMAGE_BASE),--base $(IMAGE_BASE))
	$(BIN)/python -m local.images --catalog tests/images/torch.toml $(if $(or $(TORCH_IMAGE_BASE),$(IMAGE_BASE)),--base $(or $(TORCH_IMAGE_BASE),$(IMAGE_BASE))) \
	  $(if $(TORCH_WHEELS),--wheels $(TORCH_WHEELS))

setup: .venv/dev ## What `pulumi up` needs, a builder of images included
	@$(BIN)/python -m infra.builder

doctor: .venv/dev ## Tools, builder, the stack's region and account, quotas, lock and artifacts
	@$(BIN)/python -m model_router doctor --stack $(STACK) $(if $(DEPLOYED),--catalog "$(DEPLOYED)")

deploy: .venv/dev ## Build the models of STACK and deploy them
	@$(BIN)/python -m model_router deploy --stack $(STACK) $(if $(DEPLOYED),--catalog "$(DEPLOYED)")

destroy: ## Remove the deployment STACK and all that it left; its settings stay in Pulumi.STACK.yaml
	pulumi destroy --stack $(STACK) $(YES)
	pulumi stack rm $(STACK) --preserve-config $(YES)

# A first stop may have left a lock, which is no error here. The state as it was is kept in build/.
recover: .venv/dev ## After a deployment was killed: take over what it was making, then `make deploy` goes on
	-@pulumi cancel --stack $(STACK) --yes 2>/dev/null
	@mkdir -p build
	pulumi stack export --stack $(STACK) --file build/state-$(STACK).json
	$(BIN)/python -m infra.recover <build/state-$(STACK).json >build/recovered-$(STACK).json
	pulumi stack import --stack $(STACK) --file build/recovered-$(STACK).json
	pulumi refresh --stack $(STACK) $(YES)

policy: .venv/dev ## The policy of whoever deploys STACK; ACCOUNT= and REGION= make it narrower
	@$(BIN)/python -m infra.policy --stack $(STACK) $(if $(ACCOUNT),--account $(ACCOUNT)) $(if $(REGION),--region $(REGION))

bench: .venv/dev .venv-peers/ready ## The README's numbers: the embedded models, then the shapes of the large ones
	@$(BIN)/python -m models build --catalog models/embedded/models.toml
	$(BIN)/python -m model_router bench
	$(BIN)/python -m model_router bench --large

# PyTorch's CPU build comes from its own index where that can be reached, so that nothing pulls gigabytes of CUDA.
# $(call cpu_torch,BIN): into the environment whose commands are in BIN.
define cpu_torch
@echo "PyTorch, CPU build ($(TORCH))"
@$(1)/python -c 'import torch; assert torch.__version__.startswith("2.13.0")' 2>/dev/null || \
  $(1)/pip install --no-deps --retries 0 --timeout 15 --index-url https://download.pytorch.org/whl/cpu $(TORCH) || \
  $(1)/pip install --no-deps $(TORCH)
endef

.venv/torch: Makefile
	@test -n "$(PYTHON)" || { echo "model-router needs Python 3.11 or newer; name it with PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(call cpu_torch,$(BIN))
	@touch $@

.venv/serve: .venv/torch requirements/serve.txt
	@echo "The dependencies of serving (requirements/serve.txt)"
	@$(BIN)/pip install -r requirements/serve.txt
	@$(BIN)/pip install --no-deps -e .
	@touch $@

.venv/dev: .venv/serve requirements/dev.txt
	@echo "The dependencies of developing (requirements/dev.txt)"
	@$(BIN)/pip install -r requirements/dev.txt
	@touch $@

.venv-peers/ready: requirements/peers.txt .venv/torch
	@test -x .venv-peers/bin/python || $(BIN)/python -m venv .venv-peers
	$(call cpu_torch,.venv-peers/bin)
	@.venv-peers/bin/pip install -r $<
	@touch $@

.venv-%/ready: requirements/%.txt .venv/torch
	@test -x .venv-$*/bin/python || $(BIN)/python -m venv .venv-$*
	@.venv-$*/bin/pip install -r $<
	@touch $@

# Compiles the dependency groups of pyproject.toml; needs uv. torch is left out: it is installed apart, see above.
UV := uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --override requirements/without-torch.txt
requirements: ## Compile the dependency groups of pyproject.toml; needs uv
	$(UV) --group dev -o requirements/dev.txt
	$(UV) --group serve -c requirements/dev.txt -o requirements/serve.txt
	$(UV) --group deploy -c requirements/dev.txt -o requirements.txt
	for g in router onnx torch; do $(UV) --generate-hashes --group $$g -c requirements/dev.txt -o requirements/$$g.txt; done
	$(UV) --generate-hashes --group emulator -o requirements/emulator.txt
	for g in clients browser peers; do $(UV) requirements/$$g.in -o requirements/$$g.txt; done
	$(BIN)/python -m infra.image_requirements

docs: .venv/dev ## The tables of docs/ that are generated
	$(BIN)/python -m infra.docs

clean: ## Remove environments, artifacts and caches
	rm -rf .venv .venv-* build .cache
