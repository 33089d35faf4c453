# Every task of this repository is one command; the logic is in tools/. `make` alone lists them.
MAKEFLAGS += --no-print-directory
export LC_ALL := C.UTF-8
export PATH := $(CURDIR)/.venv/bin:$(PATH)
SECONDS ?= 60
PYTHON := .venv/bin/python

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 20

run: ## sign in to an app on this machine (APP=gate another of examples/, APP=path.py any, CHECK=1 one login in Chromium, then end)
	@tools/setup run $(if $(CHECK),browser)
	@tools/build
	@exec $(PYTHON) tools/run.py $(if $(CHECK),--check) $(or $(APP),native)

test: ## every test
	@tools/setup test
	@tools/build
	@exec $(PYTHON) tools/test.py $(STAGES)

threats: ## docs/threat-model.md: every row has its test, and the test passed in the last `make test`
	@exec python3 tools/threats.py

mutate: ## break each security check once; the tests must notice
	@tools/setup test
	@tools/build
	@exec $(PYTHON) tools/mutate.py $(FILES)

lint: ## format, warnings of two compilers, layers, types, exports
	@tools/setup lint
	@tools/lint

sanitize: ## the C tests under ASan, UBSan and TSan, the binding under ASan
	@tools/setup sanitize
	@tools/build
	@tools/sanitize

fuzz: ## every fuzz target for SECONDS=60
	@tools/setup fuzz
	@exec $(PYTHON) tools/fuzz.py $(SECONDS)

bench: ## measure, write docs/performance.md, fail on a missed goal
	@tools/setup bench
	@tools/build
	@exec $(PYTHON) tools/bench.py

shots: ## pictures of every page into docs/screenshots, each checked by axe-core
	@tools/setup shots
	@tools/build
	@exec $(PYTHON) tests/browser/shots.py

wheel: ## wheel and source archive into dist/, tried in an empty environment (BARE=1 in a bare Debian, too)
	@tools/setup wheel
	@tools/wheel $(if $(BARE),--bare)

docs: ## the documents as a site in build/site, every link checked
	@tools/setup docs
	@exec $(PYTHON) tools/docs.py

fresh: ## clone HEAD into a bare Debian 12 and run `make test` and `make run CHECK=1` there
	@tools/setup fresh
	@tools/fresh

.PHONY: help run test threats mutate lint sanitize fuzz bench shots wheel docs fresh
.DEFAULT_GOAL := help
