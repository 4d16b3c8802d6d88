# What people run. CI runs `.ci/run`, which ends in `make test`.
# `make test` needs a Rust toolchain, a C compiler, PostgreSQL and Redis binaries (tests/with-servers.sh installs them on
# Debian when root) and python3; it starts servers of its own and touches none that run.

CARGO ?= cargo
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test nextest python bench fmt lint openapi openapi-check clean-data

TARGET = $(or $(CARGO_TARGET_DIR),target)

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

run: ## build the release binary and serve on http://127.0.0.1:8080
	$(CARGO) build --release -p cli --locked
	exec $(TARGET)/release/lianjian serve

test: openapi-check python ## everything: documents, second-language checks, all tests on SQLite and PostgreSQL
	LIANJIAN_TEST_FSYNC=off tests/with-servers.sh $(CARGO) test --workspace --locked

nextest: openapi-check python ## as test, with cargo-nextest where it is installed
	LIANJIAN_TEST_FSYNC=off tests/with-servers.sh $(CARGO) nextest run --workspace --locked
	tests/with-servers.sh $(CARGO) test --workspace --locked --doc

# Built with all targets, so that `cargo test` finds the same libraries ready (features are unified over the selection).
openapi-check: ## fail when the committed API documents are not those of the code
	$(CARGO) build --workspace --all-targets --locked
	$(TARGET)/debug/xtask openapi check
	$(TARGET)/debug/xtask permissions check

python: ## the second opinions in Python: hash chain, codes
	set -e; for check in tests/python/test_*.py; do python3 -B "$$check"; done

bench: ## figures on this machine (tests/bench)
	tests/bench/run.sh

fmt: ## format all Rust
	$(CARGO) fmt --all

lint: ## what CI refuses: format, clippy with warnings as errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

openapi: ## write openapi/*.json and openapi/permissions.md anew
	$(CARGO) run -p xtask --locked -- openapi generate
	$(CARGO) run -p xtask --locked -- permissions render

clean-data: ## forget the local data folder (asks first)
	@test ! -e data || { read -r -p "remove ./data with all its databases and keys? [y/N] " a && [ "$$a" = y ] && rm -rf data; }
