package tornado_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tornado-dev/tornado/"

// floors is the house, top floor first. A package may import packages of lower
// floors, and on its own floor of core those to its left.
const floors = `
cmd/tornado-dev projects/blog tests docs
tui...
devserver...
inspector inspector/lines
inspector/probe
inspector/wire
projects
core/web core/web/compress core/web/validate core/websocket core/websocket/natsbroker core/auth core/auth/authtest core/nethttp core/tornadotest
core/http1connection core/httpserver core/httpclient core/websocketclient
core/netutil core/iostream core/ssl core/tcpserver core/tcpclient core/process
core/ioloop core/gen core/locks core/queues
core/httputil core/routing core/locale core/options core/template core/websocket/frame
core/escape core/concurrent core/log core/trace
`

// barred are packages that core must not link: link time is reload time, and
// every user pays it.
var barred = []string{"net/http", "html/template", "text/template", "github.com/spf13", "github.com/charmbracelet"}

// mayUseNetHTTP are the packages of core that meet it on purpose, or, as compress by
// its library for br, because there is no way round it.
var mayUseNetHTTP = []string{"core/nethttp", "core/auth", "core/auth/authtest", "core/tornadotest", "core/web/compress", "core/websocket/natsbroker"}

// tls costs every program that links it a twentieth of a second at each reload. A
// program that serves pages does not, unless it asks package ssl for it.
const tls = "crypto/tls"

var mayUseTLS = append([]string{"core/ssl", "core/httpclient", "core/websocketclient"}, mayUseNetHTTP...)

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func TestLayers(t *testing.T) {
	rank := ranks()
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		mine, ok := rank(name)
		if !ok {
			if strings.Contains(name, "/internal/") || !strings.Contains(p.ImportPath, "/tornado/") {
				continue
			}
			t.Errorf("%s has no place in the drawing of the house; give it one", name)
			continue
		}
		for _, imported := range p.Imports {
			other, ok := strings.CutPrefix(imported, module)
			if !ok || strings.Contains(other, "/internal/") {
				continue
			}
			if theirs, ok := rank(other); ok && theirs >= mine && !sameRoom(name, other) {
				t.Errorf("%s imports %s, which is not below it", name, other)
			}
		}
		if !strings.HasPrefix(name, "core/") || slices.Contains(mayUseNetHTTP, name) {
			continue
		}
		for _, dep := range p.Deps {
			if dep == tls && !slices.Contains(mayUseTLS, name) {
				t.Errorf("%s links %s; leave that to core/ssl", name, tls)
			}
			for _, no := range barred {
				if dep == no || strings.HasPrefix(dep, no+"/") {
					t.Errorf("%s links %s", name, dep)
				}
			}
			if inside, ok := strings.CutPrefix(dep, module); ok && !strings.HasPrefix(inside, "core/") {
				t.Errorf("%s links %s, which is not part of core", name, inside)
			}
		}
	}
}

// ranks numbers the packages: a package may import those with a smaller number.
func ranks() func(name string) (int, bool) {
	lines := strings.Split(strings.TrimSpace(floors), "\n")
	numbers := map[string]int{}
	trees := map[string]int{}
	for i, line := range lines {
		for j, name := range strings.Fields(line) {
			number := (len(lines)-i)*100 + j
			if tree, ok := strings.CutSuffix(name, "..."); ok {
				trees[tree], name = number, tree
			}
			numbers[name] = number
		}
	}
	return func(name string) (int, bool) {
		if n, ok := numbers[name]; ok {
			return n, true
		}
		for tree, n := range trees {
			if strings.HasPrefix(name, tree+"/") {
				return n, true
			}
		}
		return 0, false
	}
}

// sameRoom reports whether two packages are parts of one room, whose own order is
// its own affair.
func sameRoom(a, b string) bool {
	for _, room := range []string{"tui", "devserver"} {
		if (a == room || strings.HasPrefix(a, room+"/")) && (b == room || strings.HasPrefix(b, room+"/")) {
			return true
		}
	}
	return false
}

func list(t *testing.T) (packages []goPackage) {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var p goPackage
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	return packages
}
