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
	s.isNowhere(password, s.goesEveryWay)
}

// The same for the password of a user's sudo.
func TestTheSudoPasswordIsNowhereToBeFound(t *testing.T) {
	t.Parallel()
	password := "cánary " + rand.Text() + " 'q\"$x"
	s := newSite(t, lab.Options{
		NoIndex: true, DiskSize: 16 << 20,
		Users: []lab.User{{Name: "bea", Password: password, Sudo: lab.SudoWithPassword}},
	})
	s = s.with(func(s *site) {
		s.reach["user"] = "bea"
		s.reach["sudo"] = object{"password": object{"$secret": object{"env": "HOSTKIT_E2E_PASSWORD"}}}
		s.env = append(s.env, "HOSTKIT_E2E_PASSWORD="+password)
	})
	s.isNowhere(password, s.goesEveryWay)
}

// What a file holds is in that file and nowhere else, and neither is its digest: not
// when it is written, drifts, is stale, is refused by visudo and sshd, which print
// words of it, and when it is taken back.
func TestTheSecretOfAFileIsInThatFileAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, Users: []lab.User{{Name: "bea", Password: rand.Text(), Sudo: lab.SudoWithPassword}}})
	content := "cánary " + rand.Text() + " 'q\"$x"
	known := s.with(func(s *site) { s.env = append(s.env, "HOSTKIT_E2E_CONTENT="+content) })
	known.isNowhere(content, func(w *witness) { known.bringsASecret(w, s, content) })
}

// bringsASecret writes content into files of the host; unknowing is the site without it.
func (s *site) bringsASecret(w *witness, unknowing *site, content string) {
	s.Helper()
	reference := object{"content": object{"$secret": object{"env": "HOSTKIT_E2E_CONTENT"}}}
	good := s.config(object{"files": object{"/srv/secret": reference}})
	s.writeLocal("config.json", good)
	var warned string
	planned := func(s *site) outcome {
		facts := w.outcome(s.run(w.outcome(s.run(nil, "hk-eval", "config.json")).stdout, "hk-facts", "--groups", "runs"))
		warned = facts.stderr
		p := w.outcome(s.run(facts.stdout, "hk-plan"))
		for _, document := range []outcome{facts, p} {
			w.outcome(s.run(document.stdout, "hk-show"))
		}
		return p
	}
	apply := func(s *site, p outcome, exit int) outcome {
		o := w.outcome(s.run(p.stdout, "hk-apply", "--confirm", "--verbose", "--events", "events.json"))
		w.look("the events", []byte(s.read(filepath.Join(s.base, "events.json"))))
		w.outcome(s.run(o.stdout, "hk-show"))
		if o.exit != exit {
			s.Fatalf("exit status %d was wanted\n%s", exit, o)
		}
		return o
	}
	first := planned(s)
	w.outcome(s.run(first.stdout, "hk-apply", "--dry-run"))
	created := apply(s, first, 0)
	if held := s.exec("stat -c '%a ' /srv/secret; cat /srv/secret"); held != "600 \n"+content {
		s.Errorf("the host holds %q", held)
	}
	if again := planned(s); !strings.Contains(string(again.stdout), `"changes": []`) {
		s.Errorf("a second plan has changes\n%s", again)
	}
	if doubt := planned(unknowing); !strings.Contains(warned, "not compared: ") || !strings.Contains(string(doubt.stdout), `"unknown": 1`) {
		s.Errorf("what could not be compared is not said\n%s", doubt)
	} else if o := apply(s, doubt, 0); !strings.Contains(string(o.stdout), `"already"`) {
		s.Errorf("it was there already\n%s", o)
	} else if o := w.outcome(unknowing.run(doubt.stdout, "hk-apply", "--confirm")); o.exit != 3 {
		s.Errorf("it was applied without the secret\n%s", o)
	}
	s.exec("echo >>/srv/secret")
	drifted := planned(s)
	s.exec("echo >>/srv/secret")
	apply(s, drifted, 5)
	apply(s, planned(s), 0)
	for tool, place := range map[string]string{"visudo": "/etc/sudoers.d/secret", "sshd": "/etc/ssh/sshd_config.d/secret.conf"} {
		s.writeLocal("config.json", s.config(object{"files": object{place: reference}}))
		o := apply(s, planned(s), 1)
		if said := string(o.stdout); !strings.Contains(said, tool+" refuses it") || !strings.Contains(said, "is not shown, since the file holds a secret: it is about line 1") {
			s.Errorf("what %s says was to be kept\n%s", tool, o)
		}
		for _, word := range strings.Fields(content) {
			if len(word) > 6 && (strings.Contains(string(o.stdout), word) || strings.Contains(o.stderr, word)) {
				s.Errorf("%s repeats %q\n%s", tool, word, o)
			}
		}
	}
	back := w.outcome(s.run(created.stdout, "hk-down"))
	apply(s, back, 0)
	s.exec("[ ! -e /srv/secret ]")
}

// isNowhere goes a way and looks for the secret.
func (s *site) isNowhere(secret string, way func(w *witness)) {
	s.Helper()
	trace, err := s.host.TraceExec(context.Background())
	if err != nil {
		s.Fatalf("%v", err)
	}
	sample := s.host.SampleProc(context.Background())
	w := newWitness(s.tb, secret)
	own := watchOwn(s.tb, w)
	way(w)
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
