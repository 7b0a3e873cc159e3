package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// peakLimit is what the issue allows each command: more would mean that a file
// or a stream is held whole.
const peakLimit = 64 << 20

// A file that is as large as all the memory that a command may use.
func TestALargeFileGoesThroughInLittleMemory(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, Files: []lab.File{{Path: "/srv/large", Content: "old\n", Mode: 0o640}}})
	content := bytes.Repeat([]byte("all 256 bytes \x00\xff\r\n\x1b$()`'\"\\ and more\n"), 64<<20/36+1)[:64<<20]
	s.writeLocal("large.bin", content)
	digest := sum(string(content))
	wants := object{"files": object{"/srv/large": object{"from": "large.bin"}}}
	s.writeLocal("config.json", s.config(wants))
	document := s.frugal(nil, "hk-eval", "config.json")
	facts := s.frugal(document, "hk-facts")
	raw := s.frugal(facts, "hk-plan")
	p := planned{raw, decode[doc.Plan](t, raw)}
	before := s.snapshot()
	report := decode[doc.Report](t, s.frugal(p.raw, "hk-apply", "--confirm"))
	if !report.Verified || report.Status != doc.StatusApplied {
		t.Errorf("%+v", report)
	}
	s.mustBeExact(p, before)
	if e := s.snapshot().Paths["/srv/large"]; e.SHA256 != digest || e.Mode != 0o640 {
		t.Errorf("it is %+v", e)
	}
	s.mustHaveNoChange(wants)
}

// frugal runs a command that must succeed within the memory it may use.
func (s *site) frugal(stdin []byte, name string, args ...string) []byte {
	s.Helper()
	o, peak := measured(s.tb, invocation{stdin: stdin, dir: s.base, env: s.env}, name, args...)
	if o.exit != 0 {
		s.Fatalf("%s", o)
	}
	s.Logf("%s: %d MiB, %s", o.command, peak>>20, o.took.Round(time.Millisecond))
	if peak > peakLimit {
		s.Errorf("%s takes %d MiB, more than %d", o.command, peak>>20, peakLimit>>20)
	}
	return o.stdout
}

// measured runs a command and returns the most memory it held, in bytes.
func measured(t tb, i invocation, name string, args ...string) (o outcome, peak int64) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatalf("%v", err)
	}
	file := filepath.Join(i.dir, "peak")
	i.env, i.through = append(slices.Clone(i.env), peakVariable+"="+file), []string{self}
	o = run(t, i, name, args...)
	text, err := os.ReadFile(file)
	if err == nil {
		peak, err = strconv.ParseInt(string(text), 10, 64)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	return o, peak
}

// peakVariable asks this binary to measure a command, and names the file for the
// answer.
const peakVariable = "HOSTKIT_E2E_PEAK"

// measure runs a command and writes down the most memory it held, in bytes. The
// kernel counts what a process held before its execve, which is the memory of
// its parent: that must be a small process, which the tests are not.
func measure(file string, argv []string) int {
	os.Unsetenv(peakVariable)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	_ = cmd.Run() // its exit status says how it went
	if cmd.ProcessState == nil {
		return 127
	}
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	if err := os.WriteFile(file, []byte(strconv.FormatInt(peak, 10)), 0o600); err != nil {
		return 127
	}
	return cmd.ProcessState.ExitCode()
}
