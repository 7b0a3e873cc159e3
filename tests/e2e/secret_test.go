package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hostkit/tests/lab"
)

// witness looks for a secret in everything that it is shown.
type witness struct {
	tb
	forms []string
	seen  int
}

func newWitness(t tb, secret string) *witness {
	t.Helper()
	quoted := fmt.Sprintf("%q", secret)
	return &witness{tb: t, forms: []string{
		secret, quoted[1 : len(quoted)-1], url.QueryEscape(secret), fmt.Sprintf("%x", secret), sum(secret),
		strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(secret)), "="),
		strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(secret)), "="),
	}}
}

func (w *witness) look(where string, text []byte) {
	w.Helper()
	w.seen += len(text)
	for _, form := range w.forms {
		if bytes.Contains(text, []byte(form)) {
			w.Errorf("the secret stands in %s, as %q", where, form)
		}
	}
}

func (w *witness) outcome(o outcome) outcome {
	w.Helper()
	w.look("arguments of "+o.command, []byte(o.command))
	w.look("stdout of "+o.command, o.stdout)
	w.look("stderr of "+o.command, []byte(o.stderr))
	return o
}

// A password that is used for real is nowhere to be found: not in a document, an
// error, an event or a log, not in what a process of ours or of the host shows,
// not on either disk; whether things go well or not.
func TestThePasswordIsNowhereToBeFound(t *testing.T) {
	t.Parallel()
	password := "cánary " + rand.Text() + " 'q\"$x"
	s := newSite(t, lab.Options{NoIndex: true, RootPassword: password, DiskSize: 16 << 20})
	s = s.with(func(s *site) {
		login := s.reach["ssh"].(object)
		delete(login, "identity_file")
		login["password"] = object{"$secret": object{"env": "HOSTKIT_E2E_PASSWORD"}}
		s.env = append(s.env, "HOSTKIT_E2E_PASSWORD="+password)
	})
	s.isNowhere(password)
}

// The same for the password of a user's sudo.
func TestTheSudoPasswordIsNowhereToBeFound(t *testing.T) {
	t.Parallel()
	password := "cánary " + rand.Text() + " 'q\"$x"
	s := newSite(t, lab.Options{
		NoIndex: true, DiskSize: 16 << 20,
		Users: []lab.User{{Name: "bea", Password: password, Sudo: lab.SudoWithPassword}},
	})
	s.with(func(s *site) {
		s.reach["user"] = "bea"
		s.reach["sudo"] = object{"password": object{"$secret": object{"env": "HOSTKIT_E2E_PASSWORD"}}}
		s.env = append(s.env, "HOSTKIT_E2E_PASSWORD="+password)
	}).isNowhere(password)
}

// isNowhere takes the pipe every way and looks for the password.
func (s *site) isNowhere(password string) {
	s.Helper()
	trace, err := s.host.TraceExec(context.Background())
	if err != nil {
		s.Fatalf("%v", err)
	}
	sample := s.host.SampleProc(context.Background())
	w := newWitness(s.tb, password)
	own := watchOwn(s.tb, w)
	s.goesEveryWay(w)
	own()
	processes, err := trace.Stop()
	if err != nil {
		s.Fatalf("%v", err)
	}
	if processes = append(processes, sample.Stop()...); len(processes) < 50 {
		s.Errorf("only %d processes were seen", len(processes))
	}
	for _, p := range processes {
		w.look("a process of the host", []byte(strings.Join(p.Cmdline, "\x00")))
		w.look("the environment of "+strings.Join(p.Cmdline, " "), []byte(strings.Join(p.Environ, "\x00")))
	}
	w.look("sshd's log", []byte(s.logins()))
	s.searchDisks(w)
	if w.seen < 100_000 {
		s.Errorf("only %d bytes were looked at", w.seen)
	}
}

// goesEveryWay takes the pipe to a success, a failed change, a stale plan and a
// refused login.
func (s *site) goesEveryWay(w *witness) {
	s.Helper()
	s.writeLocal("big.bin", bytes.Repeat([]byte("0123456789abcdef"), 2<<20))
	s.writeLocal("config.json", s.config(object{
		"directories": object{"/srv/d": object{}},
		"files":       object{"/srv/d/f": object{"content": "text\n"}, "/srv/d/big": object{"from": "big.bin"}},
	}))
	document := w.outcome(s.run(nil, "hk-eval", "config.json"))
	facts := w.outcome(s.run(document.stdout, "hk-facts"))
	p := w.outcome(s.run(facts.stdout, "hk-plan"))
	w.outcome(s.run(p.stdout, "hk-apply", "--dry-run"))
	failed := w.outcome(s.run(p.stdout, "hk-apply", "--confirm", "--events", "events.json"))
	s.exec("echo theirs >/srv/d/f")
	stale := w.outcome(s.run(p.stdout, "hk-apply", "--confirm", "--events", "events.json"))
	if failed.exit != 1 || stale.exit != 5 {
		s.Fatalf("a failure and a stale plan were wanted\n%s\n%s", failed, stale)
	}
	for _, document := range []outcome{document, facts, p, failed, stale} {
		w.outcome(s.run(document.stdout, "hk-show"))
	}
	w.look("the events", []byte(s.read(filepath.Join(s.base, "events.json"))))
	refused := s.with(func(s *site) { s.reach["user"] = "nobody" })
	refused.writeLocal("config.json", refused.config(folder))
	document = w.outcome(refused.run(nil, "hk-eval", "config.json"))
	if o := w.outcome(refused.run(document.stdout, "hk-facts")); o.exit != 4 {
		s.Fatalf("a refused login was wanted\n%s", o)
	}
}

// watchOwn looks at the arguments of the commands' own processes, again and again.
func watchOwn(t tb, w *witness) (stop func()) {
	t.Helper()
	var group sync.WaitGroup
	done := make(chan struct{})
	own := &witness{tb: t, forms: w.forms}
	// A command lives for tens of milliseconds: to look without a pause sees no more of
	// it, and takes a processor from it.
	again := time.NewTicker(20 * time.Millisecond)
	group.Go(func() {
		defer again.Stop()
		for {
			select {
			case <-done:
				return
			case <-again.C:
			}
			files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, file := range files {
				if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte("hk-")) {
					own.look("the arguments in "+file, text)
				}
			}
		}
	})
	return func() {
		close(done)
		group.Wait()
		w.seen += own.seen
	}
}

// searchDisks looks at all that the host holds in files that it did not begin
// with, and at the folder that the commands ran in.
func (s *site) searchDisks(w *witness) {
	s.Helper()
	w.look("the host's disk", []byte(s.exec(
		`find / -xdev -newer /etc/machine-id -type f ! -path '/proc/*' ! -path /etc/shadow -size -1000k -exec cat {} +`)))
	err := filepath.WalkDir(s.base, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != "big.bin" {
			w.look(path, []byte(s.read(path)))
		}
		return err
	})
	if err != nil {
		s.Fatalf("%v", err)
	}
}
