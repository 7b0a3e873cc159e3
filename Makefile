# HostKit in Go. `make demo` shows it, `make test` proves it, `make help` lists the rest.

GO       ?= go
# Below this folder, whose own name make would split at a blank.
BIN      := bin
TOOLS    := .bin
# How long each fuzz target runs: make fuzz FUZZTIME=5m.
FUZZTIME ?= 2s

# The binaries are static, so that they run on any Linux they are copied to.
export CGO_ENABLED = 0

# Where make install puts things: make install PREFIX=/opt/hostkit DESTDIR=/tmp/stage.
# GNU's own name for it is prefix.
PREFIX   ?= $(if $(filter command,$(origin prefix)),$(prefix),/usr/local)
# Where make dist and make deb do.
DIST     := dist

.PHONY: help build demo test integration integration-lxd fuzz lint generate bench clean setup install uninstall dist deb

build: ## build the commands into bin; what make alone does
	@bash scripts/build.sh $$($(GO) env GOOS)/$$($(GO) env GOARCH) $(BIN)

# A folder's name may have anything in it that a shell would take for its own.
install uninstall: export BIN := $(BIN)
install uninstall: export PREFIX := $(PREFIX)
install uninstall: export DESTDIR := $(DESTDIR)

# What stands in bin goes as it is, so that `make && sudo make install` builds
# nothing as root; it is built anew where the source is newer.
install: $(BIN)/hk-eval ## put commands, man pages and completions below PREFIX=/usr/local
	bash scripts/install.sh --destdir "$$DESTDIR" "$$BIN" "$$PREFIX"

$(BIN)/hk-eval: go.mod go.sum $(shell find cmd pkg schemas -name '*.go' -o -name '*.json')
	@$(MAKE) --no-print-directory build

uninstall: ## take away what install has put there
	bash scripts/install.sh --uninstall --destdir "$$DESTDIR" "$$BIN" "$$PREFIX"

# Static binaries for linux and darwin, with checksums: the same bytes each time.
# PLATFORMS="linux/amd64 darwin/arm64" builds these alone.
dist: ## static binaries for linux and darwin into dist, with checksums
	bash scripts/dist.sh $(DIST) $(PLATFORMS)

# A Debian package for this machine's architecture.
deb: ## a Debian package into dist
	bash scripts/deb.sh $(DIST)

# What the tests need of this machine; says what it installs. Where that can't
# be done the tests go on without the lab, and say so.
setup: ## install with apt-get what the tests need of this machine
	@bash tests/lab/setup.sh git gcc libc6-dev shellcheck mandoc || echo "make: the lab's needs could not be installed; its tests will be skipped" >&2

demo: build ## show the whole pipe on a host that the demo makes
	bash scripts/demo.sh

# What a change must pass; tells its parts and their times at the end.
test: setup $(TOOLS)/gofumpt $(TOOLS)/staticcheck ## all that a change must pass
	@bash scripts/test.sh $(TOOLS) $(FUZZTIME)

# One suite on the host that HOSTKIT_INTEGRATION_TOOL asks for (auto, lab, incus or
# remote): examples/integration.md.
integration: build ## one suite on a host of yours: HOSTKIT_INTEGRATION_TOOL
	@$(GO) build -o $(TOOLS)/hk-integration ./tests/integration/cmd/hk-integration
	@$(TOOLS)/hk-integration --bin $(BIN)

# The same beside a throwaway LXD, in an instance of scripts/incus_integration_vm.sh.
# HOME is another there: what Go keeps in the person's is named.
integration-lxd: build ## the same in an instance of a throwaway LXD
	@GOENV="$$($(GO) env GOENV)" GOCACHE="$$($(GO) env GOCACHE)" GOMODCACHE="$$($(GO) env GOMODCACHE)" \
		$(GO) run ./tests/lxd/cmd/hk-lxd sh -c \
		'scripts/incus_integration_vm.sh ensure && HOSTKIT_INTEGRATION_TOOL=incus $(MAKE) --no-print-directory integration'

fuzz: ## run each fuzz target for FUZZTIME=2s
	bash scripts/fuzz.sh $(FUZZTIME)

lint: $(TOOLS)/gofumpt $(TOOLS)/staticcheck ## what can be said against the source without running it
	bash scripts/lint.sh $(TOOLS)

$(TOOLS)/gofumpt:
	GOBIN="$(CURDIR)/$(TOOLS)" $(GO) install mvdan.cc/gofumpt@v0.12.0

$(TOOLS)/staticcheck:
	GOBIN="$(CURDIR)/$(TOOLS)" $(GO) install honnef.co/go/tools/cmd/staticcheck@v0.8.2

# The schemas first: pages are made from them.
generate: ## make schemas, man pages, completions and references anew
	$(GO) generate ./schemas
	$(GO) test ./cmd/... -run '^TestReference$$' -update
	$(GO) test ./tests/reference -run '^TestReference$$' -update

# Measures and writes the figures into tests/bench/README.md.
bench: setup ## measure, and write the figures into tests/bench/README.md
	$(GO) run ./tests/bench

clean: ## remove what was built
	rm -rf $(BIN) $(TOOLS) $(DIST)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1:/p' $(firstword $(MAKEFILE_LIST)) | while IFS=: read -r target what; do printf '%-16s %s\n' "$$target" "$$what"; done
