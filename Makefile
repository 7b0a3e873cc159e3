# HostKit in Go. `make demo` shows it, `make test` proves it.

GO       ?= go
BIN      := $(CURDIR)/bin
TOOLS    := $(CURDIR)/.bin
# How long each fuzz target runs: make fuzz FUZZTIME=5m.
FUZZTIME ?= 2s

# The binaries are static, so that they run on any Linux they are copied to.
export CGO_ENABLED = 0

# Where make install puts things: make install PREFIX=/opt/hostkit DESTDIR=/tmp/stage.
PREFIX   ?= /usr/local
# Where make dist and make deb do.
DIST     := $(CURDIR)/dist

.PHONY: build demo test integration integration-lxd fuzz lint generate bench clean setup install uninstall dist deb

build:
	@bash scripts/build.sh $$($(GO) env GOOS)/$$($(GO) env GOARCH) $(BIN)

# What stands in bin goes as it is, so that `make && sudo make install` builds
# nothing as root; it is built anew where the source is newer.
install: $(BIN)/hk-eval
	bash scripts/install.sh $(BIN) $(DESTDIR)$(PREFIX)

$(BIN)/hk-eval: go.mod go.sum $(shell find cmd pkg schemas -name '*.go' -o -name '*.json')
	@$(MAKE) --no-print-directory build

uninstall:
	bash scripts/install.sh --uninstall $(BIN) $(DESTDIR)$(PREFIX)

# Static binaries for linux and darwin, with checksums: the same bytes each time.
# PLATFORMS="linux/amd64 darwin/arm64" builds these alone.
dist:
	bash scripts/dist.sh $(DIST) $(PLATFORMS)

# A Debian package for this machine's architecture.
deb:
	bash scripts/deb.sh $(DIST)

# What the tests need of this machine; says what it installs. Where that can't
# be done the tests go on without the lab, and say so.
setup:
	@bash tests/lab/setup.sh git gcc libc6-dev shellcheck mandoc || echo "make: the lab's needs could not be installed; its tests will be skipped" >&2

demo: build
	bash scripts/demo.sh

# What a change must pass; tells its parts and their times at the end.
test: setup $(TOOLS)/gofumpt $(TOOLS)/staticcheck
	@bash scripts/test.sh $(TOOLS) $(FUZZTIME)

# One suite on the host that HOSTKIT_INTEGRATION_TOOL asks for (auto, lab, incus or
# remote): examples/integration.md.
integration: build
	@$(GO) build -o $(TOOLS)/hk-integration ./tests/integration/cmd/hk-integration
	@$(TOOLS)/hk-integration --bin $(BIN)

# The same beside a throwaway LXD, in an instance of scripts/incus_integration_vm.sh.
# HOME is another there: what Go keeps in the person's is named.
integration-lxd: build
	@GOENV="$$($(GO) env GOENV)" GOCACHE="$$($(GO) env GOCACHE)" GOMODCACHE="$$($(GO) env GOMODCACHE)" \
		$(GO) run ./tests/lxd/cmd/hk-lxd sh -c \
		'scripts/incus_integration_vm.sh ensure && HOSTKIT_INTEGRATION_TOOL=incus $(MAKE) --no-print-directory integration'

fuzz:
	bash scripts/fuzz.sh $(FUZZTIME)

lint: $(TOOLS)/gofumpt $(TOOLS)/staticcheck
	bash scripts/lint.sh $(TOOLS)

$(TOOLS)/gofumpt:
	GOBIN=$(TOOLS) $(GO) install mvdan.cc/gofumpt@v0.12.0

$(TOOLS)/staticcheck:
	GOBIN=$(TOOLS) $(GO) install honnef.co/go/tools/cmd/staticcheck@v0.8.2

# The schemas first: pages are made from them.
generate:
	$(GO) generate ./schemas
	$(GO) test ./cmd/... -run '^TestReference$$' -update
	$(GO) test ./tests/reference -run '^TestReference$$' -update

# Measures and writes the figures into tests/bench/README.md.
bench: setup
	$(GO) run ./tests/bench

clean:
	rm -rf $(BIN) $(TOOLS) $(DIST)
