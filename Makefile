# Placet: everything a developer does, by name. `make` alone lists it.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

GOLANGCI_LINT := v2.15.0
GOVULNCHECK   := v1.8.0
VULNDB        ?= ../shared/vulndb/osv.tgz
IMAGE         ?= placet
VERSION       ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

BIN  := $(CURDIR)/.cache/bin
LINT := $(BIN)/golangci-lint-$(GOLANGCI_LINT)
VULN := $(BIN)/govulncheck-$(GOVULNCHECK)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## Play the demo on http://127.0.0.1:8080, in a sandbox
	@go run ./cmd/gateway demo

.PHONY: test
test: ## Every test but the faults, with the race detector, beside real databases and a browser (<= 15 min)
	@CGO_ENABLED=1 scripts/with-services.sh go test -race -shuffle=on -timeout 15m ./...

.PHONY: faults
faults: ## Break things on purpose: kill -9, forged webhooks, guessed tokens, fuzzing (<= 25 min)
	@PLACET_TIER=faults scripts/with-services.sh go test -count=1 -run '^TestFault' -timeout 20m ./...
	@$(MAKE) --no-print-directory fuzz FUZZTIME=30s

.PHONY: fuzz
fuzz: FUZZTIME ?= 30s
fuzz: ## Fuzz the readers of texts, webhooks and API requests in turn, FUZZTIME each
	@go test -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(FUZZTIME) ./internal/keywords
	@go test -run '^$$' -fuzz '^FuzzCheck$$' -fuzztime $(FUZZTIME) ./internal/senders/twilio
	@go test -run '^$$' -fuzz '^FuzzReadCheck$$' -fuzztime $(FUZZTIME) ./internal/web/api

.PHONY: soak
soak: ## The faults at their full figures, and the long runs (hours)
	@PLACET_TIER=soak scripts/with-services.sh go test -count=1 -run '^TestFault' -timeout 8h ./...
	@$(MAKE) --no-print-directory fuzz FUZZTIME=1h

.PHONY: bench
bench: ## Limit programs and the gateway side by side; prints one table of ratios
	@go run ./bench

.PHONY: lint
lint: $(LINT) ## gofmt, go vet, golangci-lint
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
		[ -z "$$unformatted" ] || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }
	@go vet ./...
	@$(LINT) run ./...

.PHONY: vuln
vuln: $(VULN) ## Known vulnerabilities that our code calls, from the database in VULNDB
	@if [ -f '$(VULNDB)' ]; then \
		rm -rf .cache/vulndb && mkdir -p .cache/vulndb && tar -xzf '$(VULNDB)' -C .cache/vulndb && \
		$(VULN) -db "file://$(CURDIR)/.cache/vulndb/osv" ./...; \
	else \
		echo "vuln: skipped, no database at $(VULNDB)"; \
	fi

.PHONY: generate
generate: ## Write docs/reference from the code
	@go generate ./...

.PHONY: verify
verify: ## Fail if docs/reference is not what the code says
	@old=$$(mktemp -d); trap 'rm -rf "$$old"' EXIT; \
		mkdir -p docs/reference && cp -R docs/reference "$$old"; \
		$(MAKE) --no-print-directory generate; \
		diff -ru "$$old/reference" docs/reference || { echo "docs/reference was stale; it is fresh now: commit it"; exit 1; }

.PHONY: image
image: ## A static, non-root container image
	@docker build --build-arg VERSION='$(VERSION)' -t '$(IMAGE):$(VERSION)' .

$(LINT):
	@mkdir -p $(BIN)
	@GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	@mv $(BIN)/golangci-lint $@

$(VULN):
	@mkdir -p $(BIN)
	@GOBIN=$(BIN) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK)
	@mv $(BIN)/govulncheck $@
