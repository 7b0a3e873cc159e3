package tests

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/repology/repologytest"
	"hostkit/tests/binaries"
)

// wanting is a host document with packages.
func wanting(names ...string) string {
	var resources []string
	for _, name := range names {
		resources = append(resources, fmt.Sprintf(
			`{"address":"package:%[1]s","kind":"package","name":"%[1]s","service":"s","state":"present","declared_at":"c#/"}`, name))
	}
	return `{"schema":"hostkit.host/v1","project":"p","host":{"name":"h"},"resources":[` + strings.Join(resources, ",") + "]}\n"
}

// asker is a hk-resolve that asks a Repology of its own. Its cache folder is that
// of all processes of a user.
func asker(t *testing.T, s *repologytest.Server, cache, document string, args ...string) *exec.Cmd {
	t.Helper()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "hk-resolve"), "--repository", "debian_12", "--repology-url", s.URL)
	cmd.Args = append(cmd.Args, args...)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache, "TERM=xterm", "NO_COLOR=1")
	cmd.Stdin = strings.NewReader(document)
	return cmd
}

// strict is a Repology with projects zz-0 and so on; the names for them are zz_0….
// It answers 429 to whatever comes less than a second after the request before it.
func strict(t *testing.T, projects int) *repologytest.Server {
	t.Helper()
	s := repologytest.New(time.Second)
	t.Cleanup(s.Close)
	for i := range projects {
		name := fmt.Sprintf("zz-%d", i)
		s.Project(name, repologytest.Record{Repo: "debian_12", SrcName: name, BinNames: []string{name}, Version: "1"})
	}
	return s
}

// Eight processes at once ask about a name each. Where they keep their answers
// does not matter.
func TestProcessesAskOneRequestASecondTogether(t *testing.T) {
	t.Parallel()
	const processes = 8
	s := strict(t, processes)
	cache := t.TempDir()
	var all sync.WaitGroup
	for i := range processes {
		cmd := asker(t, s, cache, wanting(fmt.Sprintf("zz_%d", i)), "--repology-cache", filepath.Join(cache, fmt.Sprint(i)))
		all.Go(func() {
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if want := fmt.Sprintf(`"package":"zz-%d","source":"repology"`, i); err != nil || !bytes.Contains(out, []byte(want)) {
				t.Errorf("%v\n%s%s", err, out, &stderr)
			}
		})
	}
	all.Wait()
	if n := len(s.Requests()); n != processes || s.TooFast() != 0 {
		t.Errorf("%d requests, %d of them too fast", n, s.TooFast())
	}
}

// One of eight is killed in the middle of its request and two while they wait for
// their turn. The others go on, no faster than before, and no turn is lost.
func TestKilledProcessesDoNotStopTheOthers(t *testing.T) {
	t.Parallel()
	const processes = 8
	s := strict(t, processes)
	cache := t.TempDir()
	began := make(chan struct{})
	s.Next(repologytest.ByProject("zz-0"), repologytest.Answer{Hang: true, Began: began})
	started := make([]*exec.Cmd, processes)
	outputs := make([]bytes.Buffer, processes)
	waits := make([]chan struct{}, processes)
	var reading sync.WaitGroup
	for i := range processes {
		cmd := asker(t, s, cache, wanting(fmt.Sprintf("zz_%d", i)))
		cmd.Stdout = &outputs[i]
		stderr, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		started[i], waits[i] = cmd, make(chan struct{})
		reading.Go(func() {
			// The first line says that it waits; the rest is of no interest here.
			if lines := bufio.NewScanner(stderr); lines.Scan() {
				close(waits[i])
			}
			_, _ = io.Copy(io.Discard, stderr)
		})
		if i == 0 {
			<-began
		}
	}
	for i := 1; i < processes; i++ {
		<-waits[i]
	}
	const killed = 3
	for _, cmd := range started[:killed] {
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	reading.Wait()
	for i, cmd := range started {
		err := cmd.Wait()
		want := fmt.Sprintf(`"package":"zz-%d","source":"repology"`, i)
		if i >= killed && (err != nil || !strings.Contains(outputs[i].String(), want)) {
			t.Errorf("%d: %v\n%s", i, err, &outputs[i])
		}
	}
	if n := len(s.Requests()); n != 1+processes-killed || s.TooFast() != 0 {
		t.Errorf("%d requests, %d of them too fast", n, s.TooFast())
	}
}

// atTerminal starts a hk-resolve whose stderr is a terminal.
func atTerminal(t *testing.T, cmd *exec.Cmd) *person {
	t.Helper()
	p := &person{t: t, cmd: cmd}
	terminal, computer := openTerminal(t)
	defer computer.Close()
	p.terminal = terminal
	cmd.Stdout, cmd.Stderr = &p.stdout, computer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return p
}

// At a terminal one line says how far the asking is, and is gone at the end.
func TestProgressAtATerminal(t *testing.T) {
	t.Parallel()
	s := strict(t, 3)
	p := atTerminal(t, asker(t, s, t.TempDir(), wanting("zz_0", "zz_1", "zz_2")))
	p.waitFor("hk-resolve: asking Repology: 1 of 3, about 2 s left")
	p.end(0)
	shown := p.seen.String()
	if !strings.HasSuffix(shown, "\r\x1b[J") || strings.Contains(shown, "\n") || strings.Count(p.stdout.String(), `"source":"repology"`) != 3 {
		t.Errorf("%q\n%s", shown, &p.stdout)
	}
}

// Ctrl-C ends the asking and keeps the answers, from which --offline lives.
func TestInterruptedAskingKeepsItsAnswers(t *testing.T) {
	t.Parallel()
	s := strict(t, 60)
	cache := t.TempDir()
	names := make([]string, 60)
	for i := range names {
		names[i] = fmt.Sprintf("zz_%d", i)
	}
	p := atTerminal(t, asker(t, s, cache, wanting(names...), "--write-package-lock", filepath.Join(cache, "lock")))
	p.waitFor("asking Repology: 2 of 60, about ")
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	p.end(130)
	if shown := p.seen.String(); !strings.Contains(shown, "hk-resolve: 2 answers of Repology were kept: the next run asks for the rest only\r\n") ||
		!strings.HasSuffix(shown, "hk-resolve: error: interrupted\r\n") {
		t.Errorf("%q", shown)
	}
	if _, err := os.Stat(filepath.Join(cache, "lock")); err == nil {
		t.Error("a lock was written")
	}
	out, err := asker(t, s, cache, wanting("zz_0", "zz_1"), "--offline").Output()
	if err != nil || strings.Count(string(out), `"source":"repology"`) != 2 {
		t.Errorf("%v\n%s", err, out)
	}
}
