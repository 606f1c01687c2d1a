# `make` lists the targets. Everything works from a clean clone on Debian 12.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: help setup build release profiled demo bank test interop lint bench fuzz clean

# A target that imports what it does not declare fails to build.
CHECKED := --explicit-target-dependency-import-check error
# The runtime of Swift is linked in: the program needs none where it runs, and its calls are the linker's, not the loader's.
RELEASE := --configuration release --product sidetone --static-swift-stdlib

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what building needs (Debian packages), check for Swift
	Scripts/setup.sh build

build: setup ## Build sidetone, debug: .build/debug/sidetone
	swift build $(CHECKED) --product sidetone

release: setup ## Build sidetone, optimised: .build/release/sidetone
	swift build $(RELEASE)

profiled: ## Build sidetone for production, laid out by a profile: .build/profiled/release/sidetone
	Scripts/setup.sh profile
	Scripts/build-profiled.sh --static-swift-stdlib

demo: ## Install, build and show two calls, from the first INVITE to the BYE
	Scripts/setup.sh demo
	swift build $(RELEASE)
	SIDETONE=.build/release/sidetone Scripts/demo.sh

bank: ## Install, build and run the example of a bank's balance line
	Scripts/setup.sh demo
	swift build $(RELEASE)
	Examples/BankLine/run.sh

test: ## Everything: unit, interop and IMS lab tests, the demonstration, the examples
	Scripts/setup.sh test
	swift build $(CHECKED) --build-tests
	Scripts/tests.sh
	$(MAKE) --no-print-directory interop
	SIDETONE=.build/debug/sidetone Scripts/demo.sh
	SIDETONE=.build/debug/sidetone Examples/BankLine/run.sh
	SIDETONE=.build/debug/sidetone Examples/Webhook/run.sh
	Examples/EmbeddedAS/check.sh

interop: ## The SIPp scenarios against one another, and the IMS lab with a stub application server
	Tests/InteropTests/Scenarios/validate.sh
	AS_URI=sip:127.0.5.3:5060 Examples/IMSLab/start.sh && { Examples/IMSLab/check.sh; status=$$?; Examples/IMSLab/stop.sh; exit $$status; }

lint: ## Format and syntax checks
	Scripts/lint.sh

bench: release ## Measure this machine: parse, iFC, codecs, media, first audio, CPU per call
	Scripts/setup.sh test
	.build/release/sidetone bench parse 2 Tests/Fixtures/SIP/invite-isc-volte.sip
	.build/release/sidetone bench ifc 2 Tests/Fixtures/SIP/invite-isc-volte.sip iFC-Samples/assistant-trunk/profile.xml assistant-trunk --dialect standard
	.build/release/sidetone bench codec
	.build/release/sidetone bench media
	.build/release/sidetone bench first-audio
	Scripts/bench-calls.sh

fuzz: ## A short round of every fuzz target, a minute each at most
	for target in $$(Scripts/fuzz.sh --targets); do Scripts/fuzz.sh $$target $(or $(FUZZ_RUNS),200000) $(or $(FUZZ_SECONDS),60) || exit 1; done

clean: ## Remove build and demo output
	rm -rf .build demo-output
