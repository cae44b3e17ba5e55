# Chores. `make demo` and `make test` do all that a fresh Debian or Ubuntu machine needs first.
#
#   JOBS=n   compile jobs (default: all cores)

SHELL := /bin/bash
SWIFT ?= swift
JOBS  ?= $(shell nproc 2>/dev/null || echo 2)
BUILD := $(SWIFT) build --jobs $(JOBS)
# Building the products by name leaves out the tools of packages that we depend on, among them all of protoc.
TESTS := wgePackageTests
EXAMPLES := rego gotmpl wge wge-server wge-controller wge-playground

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-vectors check lint format bench ratios bench-kube kills fuzz docs protos clean

help: ## list the chores
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install the Debian packages that are missing (says which, asks nothing)
	@.scripts/setup

demo: setup ## three clusters, a Git host, Flux, controller, server and console on this machine
	$(BUILD) --product wge-playground
	$(BUILD) --product wge
	exec "$$($(BUILD) --show-bin-path)/wge-playground" $(ARGS)

check: setup ## run the demo's story unattended, assert each step, print a timeline
	$(BUILD) --product wge-playground
	"$$($(BUILD) --show-bin-path)/wge-playground" --check $(ARGS)

test: setup lint ## lint, build everything, run all tests
	$(BUILD) --product $(TESTS)
	for example in $(EXAMPLES); do $(BUILD) --product $$example || exit 1; done
	.scripts/run-tests

test-vectors: setup ## run the conformance suites alone and print their counts
	$(BUILD) --product $(TESTS)
	.scripts/run-tests --filter Vectors

lint: ## format rules, import rules of the house, no stray trap or secret
	$(SWIFT) format lint --strict --parallel --configuration .swift-format --recursive Package.swift Sources Tests Examples
	.scripts/check-imports
	.scripts/check-traps

format: ## rewrite the sources in the house's format
	$(SWIFT) format format --in-place --parallel --configuration .swift-format --recursive Package.swift Sources Tests Examples

bench: setup ## run the benchmarks: percentiles of each workload, then ratios against named peers, in turns
	cd Tests/Benchmarks && $(SWIFT) package --disable-sandbox benchmark $(ARGS)
	$(MAKE) ratios
	$(MAKE) bench-kube

# A build folder of its own, for the benchmark plugin compiles with other flags and would undo this one.
BENCH := cd Tests/Benchmarks && $(SWIFT)
BENCH_BUILD := --configuration release --scratch-path .build/ratios

ratios: setup ## the ratios against named peers alone
	$(BENCH) run $(BENCH_BUILD) wge-ratios

bench-kube: setup ## a client's load on local clusters; ARGS="--target https --target real=KUBECONFIG" adds a real server
	$(BENCH) build $(BENCH_BUILD) --product wge-kube-serve
	$(BENCH) run $(BENCH_BUILD) wge-kube-bench $(ARGS)

kills: setup ## kill a process that writes to a local cluster KILLS times (default 200; FUZZ_SEED=n repeats), stop leaders PAUSES times (20)
	KILLS=$(or $(KILLS),200) PAUSES=$(or $(PAUSES),20) .scripts/run-tests --build --filter 'StorageKill|PausedLeader'

fuzz: setup ## random input to each parser and cluster for FUZZ_SECONDS (default 30), FUZZ_SCHEDULES of network faults (default 10000); FUZZ_SEED=n repeats
	FUZZ_SECONDS=$(or $(FUZZ_SECONDS),30) FUZZ_SCHEDULES=$(or $(FUZZ_SCHEDULES),10000) .scripts/run-tests --build --filter Fuzz

docs: ## build the DocC archives into .build/docs
	.scripts/docs

protos: setup ## regenerate Swift and OpenAPI from Sources/WGEAPI/Protos
	.scripts/protos

clean: ## remove build products
	$(SWIFT) package clean
