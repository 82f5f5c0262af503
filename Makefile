# make demo   builds tornado-dev and opens the workbench on a sample project
# make test   builds everything and passes all tests
# make check  test, and what else must hold before a change lands

GO ?= go
BIN := bin/tornado-dev

.PHONY: all build demo test check vet lint race cross fuzz bench-reload bench-probe bench-loop clean

all: build

build:
	@test -e $(BIN) || echo "The first build fetches and compiles what the workbench stands on: a minute or so."
	$(GO) build -o $(BIN) ./cmd/tornado-dev

demo: build
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	$(BIN) new "$$dir/blog" >/dev/null && $(BIN) "$$dir/blog"

test:
	$(GO) vet ./...
	$(GO) test ./...

check: vet lint cross race

vet:
	$(GO) vet ./...
	@files=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$files" || { echo "gofmt differs in: $$files"; exit 1; }

# A tool and not a dependency: its version is here, and go.mod knows nothing of it.
lint:
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

cross:
	GOOS=darwin $(GO) vet ./...
	GOOS=freebsd $(GO) vet ./...
	GOOS=windows $(GO) build ./...

# The packages that are left out start programs and look at them from outside.
race:
	$(GO) test -race ./core/... ./inspector/... ./devserver/... ./tui/...

clean:
	rm -rf bin

# Figures, each printed beside what it is compared with.

# bench-reload: from saving a file to the new answer, beside go build alone.
bench-reload:
	$(GO) test ./tests -run '^$$' -bench 'GoSave|TemplateSave' -benchtime 10x

# bench-probe: processor time a request with the workbench attached, beside without.
bench-probe:
	$(GO) test ./tests -run '^$$' -bench Probe -benchtime 5x

# bench-loop: callbacks, timeouts and futures.
bench-loop:
	$(GO) test ./core/ioloop ./core/concurrent -run '^$$' -bench .

# The others stand beside their peers, which are a module of their own:
# bench-http, bench-echo, bench-templates, bench-web, bench-ws. See bench/Makefile.
bench-%:
	$(MAKE) -C bench $@

# fuzz: each fuzz target, as far as FUZZTIME says. A number of inputs and no
# time: where go test -fuzz ends by the clock, Go 1.26 at times reports its own
# deadline as a failure (go.dev/issue/75804).
FUZZTIME ?= 20000x
fuzz:
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg 2>/dev/null | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1000x $$pkg || exit 1; \
		done; \
	done
