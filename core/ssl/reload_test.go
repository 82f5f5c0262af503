package ssl

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/internal/testcert"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/log"
)

// A clock stands still until it is set forward.
type clock struct{ seconds atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(1e9+c.seconds.Load(), 0) }

func (c *clock) tick() { c.seconds.Add(1) }

// watchErrors keeps errors off the terminal and returns them.
func watchErrors(t *testing.T) (errors func() []string) {
	var mu sync.Mutex
	var texts []string
	cancel := log.Observe(func(r log.Record) {
		mu.Lock()
		defer mu.Unlock()
		if r.Level >= log.LevelError {
			texts = append(texts, r.Message)
		}
	})
	log.SetLevel(log.LevelNone)
	t.Cleanup(func() { log.SetLevel(log.LevelWarning); cancel() })
	return func() []string { mu.Lock(); defer mu.Unlock(); return append([]string(nil), texts...) }
}

// serial tells which certificate a server shows, to a client without a session to
// resume.
func serial(t *testing.T, server iostream.Security) string {
	t.Helper()
	m := meet(t, server, mustClient(t, Options{CertReqs: CertNone}, "localhost"))
	m.want(t, "")
	return PeerCertificate(m.client).SerialNumber.String()
}

func TestCertificateIsReadAgain(t *testing.T) {
	errors := watchErrors(t)
	authority := testcert.New(t)
	cert, key := authority.Issue("localhost")
	var now clock
	server := mustServer(t, Options{CertFile: cert, KeyFile: key, now: now.now})
	first := serial(t, server)

	authority.IssueInto(cert, key, "localhost")
	if got := serial(t, server); got != first {
		t.Error("the files were looked at within a second")
	}
	now.tick()
	second := serial(t, server)
	if second == first {
		t.Error("the new certificate is not used")
	}

	// A broken one, a key that does not belong to it, none at all: each is said once.
	_, otherKey := authority.Issue("localhost")
	wrongKey, err := os.ReadFile(otherKey)
	if err != nil {
		t.Fatal(err)
	}
	for i, breaks := range []func() error{
		func() error { return os.WriteFile(cert, []byte("junk"), 0o600) },
		func() error { authority.IssueInto(cert, key, "localhost"); return os.WriteFile(key, wrongKey, 0o600) },
		func() error { return os.Remove(cert) },
	} {
		if err := breaks(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			now.tick()
			if got := serial(t, server); got != second {
				t.Error("the old certificate is not used any more")
			}
		}
		if got := errors(); len(got) != i+1 || !strings.Contains(got[i], cert) {
			t.Errorf("got the errors %q; want %d, with the name of the file", got, i+1)
		}
	}

	authority.IssueInto(cert, key, "localhost")
	now.tick()
	if got := serial(t, server); got == second || len(errors()) != 3 {
		t.Errorf("got certificate %s, errors %q; want the mended one", got, errors())
	}
}

// TestReplacedByRename is how careful programs replace files; also links are.
func TestReplacedByRename(t *testing.T) {
	authority := testcert.New(t)
	cert, key := authority.Issue("localhost")
	dir := t.TempDir()
	linkedCert, linkedKey := filepath.Join(dir, "cert"), filepath.Join(dir, "key")
	relink := func() {
		for link, target := range map[string]string{linkedCert: cert, linkedKey: key} {
			if err := os.Symlink(target, link+".new"); err != nil {
				t.Skip(err) // a system without links
			}
			if err := os.Rename(link+".new", link); err != nil {
				t.Fatal(err)
			}
		}
	}
	relink()
	var now clock
	server := mustServer(t, Options{CertFile: linkedCert, KeyFile: linkedKey, now: now.now})
	first := serial(t, server)
	cert, key = authority.Issue("localhost")
	relink()
	now.tick()
	if serial(t, server) == first {
		t.Error("the new certificate is not used")
	}
}

func TestSessionsOutliveCertificates(t *testing.T) {
	authority := testcert.New(t)
	cert, key := authority.Issue("localhost")
	var now clock
	server := mustServer(t, Options{CertFile: cert, KeyFile: key, CACerts: authority.File, CertReqs: CertOptional, now: now.now})
	client, err := ClientFor(Options{CACerts: authority.File})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		security, err := client("localhost")
		if err != nil {
			t.Fatal(err)
		}
		m := meet(t, server, security)
		m.want(t, "")
		if state, _ := ConnectionState(m.client); state.DidResume != (i == 1) {
			t.Errorf("meeting %d: resumed %v", i, state.DidResume)
		}
		authority.IssueInto(cert, key, "localhost")
		now.tick()
	}
}

func TestAuthoritiesAreReadAgain(t *testing.T) {
	errors := watchErrors(t)
	authority, other := testcert.New(t), testcert.New(t)
	cert, key := authority.Issue("localhost")
	ann, annKey := other.Issue("ann")
	var now clock
	server := mustServer(t, Options{CertFile: cert, KeyFile: key, CACerts: authority.File, CertReqs: CertRequired, now: now.now})
	client := mustClient(t, Options{CertReqs: CertNone, CertFile: ann, KeyFile: annKey}, "localhost")
	meet(t, server, client).want(t, "certificate")

	trusted, err := os.ReadFile(other.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(authority.File, trusted, 0o600); err != nil {
		t.Fatal(err)
	}
	now.tick()
	meet(t, server, client).want(t, "")
	if err := os.WriteFile(authority.File, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	now.tick()
	meet(t, server, client).want(t, "")
	if got := errors(); len(got) != 1 || !strings.Contains(got[0], authority.File) {
		t.Errorf("got the errors %q; want one, with the name of the file", got)
	}
}

// TestReadAgainFromEverywhere is for the race detector.
func TestReadAgainFromEverywhere(t *testing.T) {
	authority := testcert.New(t)
	cert, key := authority.Issue("localhost")
	var now clock
	one := Options{now: now.now}.certificate(KeyPair{cert, key})
	if _, err := one.read(); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				if one.current() == nil {
					t.Error("no certificate")
				}
				now.tick()
			}
		})
	}
	for range 5 {
		authority.IssueInto(cert, key, "localhost")
	}
	all.Wait()
}
