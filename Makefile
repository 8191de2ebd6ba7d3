# Each target is a line or two; the work is in scripts/.
SHELL := /usr/bin/env bash
.DEFAULT_GOAL := help
.PHONY: help setup run build dev test lint e2e clients pictures report bench soak clean

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1\t/p' Makefile | expand -t 16

setup: ## set up what is missing: toolchain, tools, npm packages, built-in model
	@scripts/setup.sh

run: ## set up, build and start the server on http://127.0.0.1:3000
	@scripts/run.sh

build: ## set up and build target/release/overmind and target/site
	@scripts/build.sh

dev: ## rebuild and reload on every change (sets up cargo-leptos first)
	@scripts/setup.sh dev && . scripts/env.sh && cargo leptos watch --split -- serve

test: ## set up what is missing, run every check and test
	@scripts/test.sh

lint: ## formatting and clippy, for the server and for the browser
	@scripts/lint.sh

e2e: build ## browser tests against the release build
	@scripts/setup.sh test && scripts/e2e.sh target/release/overmind

clients: build ## official clients of others against the release build
	@scripts/setup.sh test && scripts/clients.sh target/release/overmind

pictures: build ## take the pictures of docs/screenshots again
	@scripts/setup.sh test && OVERMIND_PICTURES=1 scripts/e2e.sh target/release/overmind

report: build ## write docs/INTERFACE.md again: sizes, and what axe finds
	@scripts/setup.sh test && OVERMIND_REPORT=1 scripts/e2e.sh target/release/overmind accessibility -g "axe finds"
	@node scripts/interface-report.mjs

bench: build ## measure the release build beside its targets
	@scripts/setup.sh test && scripts/bench.sh measure

soak: build ## wear the release build: thousands of runs with faults, a full disk
	@scripts/setup.sh test && scripts/bench.sh soak

clean: ## remove what was built; the tools in the cache folder stay
	rm -rf target node_modules
