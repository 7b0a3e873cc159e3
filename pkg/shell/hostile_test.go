package shell

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestHostThatDies(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		steps := []Step{script(`echo 1`), {Name: "suicide", Script: New(`echo 2; kill -9 $$`)}, script(`echo 3`)}
		got, err := runAll(limited(t), s, steps)
		var closed *ClosedError
		if !errors.As(err, &closed) {
			t.Fatalf("got %v", err)
		}
		want := ClosedError{Steps: 3, Completed: 1, Running: "suicide", Begun: true}
		if *closed != want || len(got) != 1 {
			t.Errorf("got %+v after %d results, want %+v", *closed, len(got), want)
		}
	})
}

func TestNoiseBeforeTheSession(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		line := execLine(on.sh, on.path, Become{})
		noise := `printf '\n\nWelcome!\033[2J\nno newline'; echo 'no tty' >&2; `
		s := sessionOf(t, startHost(t, on.sh, noise+line))
		if got := results(t, s, script(`echo 1`)); string(got[0].Stdout) != "1\n" || len(got[0].Stderr) > 0 {
			t.Errorf("got %+v", got[0])
		}

		s = sessionOf(t, startHost(t, on.sh, `printf '\n  Welcome\033!\n'; while :; do echo; done; `+line))
		var loud *NoiseError
		_, err := runAll(limited(t), s, []Step{script(`echo 1`)})
		if !errors.As(err, &loud) || loud.Stream != "stdout" || loud.FirstLine != `Welcome\x1b!` {
			t.Errorf("endless noise: %v", err)
		}

		s = sessionOf(t, startHost(t, on.sh, `echo 'This account is not available.' >&2; exit 1`))
		var closed *ClosedError
		_, err = runAll(limited(t), s, []Step{script(`echo 1`)})
		if !errors.As(err, &closed) || closed.Said != "This account is not available." || closed.Running != "" {
			t.Errorf("nologin: %v", err)
		}
	})
}

// A start file that asks something reads our first line. The host was said to have
// no fit dd.
func TestAStartFileThatReadsItsInputIsNamed(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s := sessionOf(t, startHost(t, on.sh, `read -r answer; `+execLine(on.sh, on.path, Become{})))
		_, err := runAll(limited(t), s, []Step{script(`echo 1`)})
		var taken *InputTakenError
		if !errors.As(err, &taken) || taken.Code() != "login_reads_input" || taken.Exit() != 4 {
			t.Errorf("got %v", err)
		}
	})
}

func TestHostWithoutExactDD(t *testing.T) {
	cases := map[string]string{
		"no dd":       "",
		"old dd":      "#!/bin/sh\necho 'dd: invalid input flag' >&2\nexit 1\n",
		"greedy dd":   "#!/bin/sh\nPATH=/usr/bin:/bin; n=${2#count=}; head -c \"$n\"; dd bs=2000 count=1 >/dev/null 2>&1\n",
		"loud dd":     "#!/bin/sh\nPATH=/usr/bin:/bin; n=${2#count=}; head -c \"$n\"; echo\necho\n",
		"generous dd": "#!/bin/sh\nPATH=/usr/bin:/bin; n=${2#count=}; head -c \"$n\"; echo x\n",
	}
	onEach(t, func(t *testing.T, on target) {
		for name, dd := range cases {
			on.path = t.TempDir()
			if err := os.Symlink(command(t, "cat"), filepath.Join(on.path, "cat")); err != nil {
				t.Fatal(err)
			}
			if dd != "" {
				if err := os.WriteFile(filepath.Join(on.path, "dd"), []byte(dd), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			s, _ := open(t, on)
			_, err := runAll(limited(t), s, []Step{script(`echo 1`)})
			var missing *MissingToolsError
			if !errors.As(err, &missing) || !strings.Contains(err.Error(), "no dd iflag=count_bytes,fullblock (package coreutils)") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// What a background process writes between two steps belongs to none.
func TestBytesBetweenStepsAreRefused(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		folder := t.TempDir()
		begin, done := filepath.Join(folder, "begin"), filepath.Join(folder, "done")
		for _, fifo := range []string{begin, done} {
			if err := syscall.Mkfifo(fifo, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		results(t, s, script(`(read -r _ <"$1"; echo stray; : >"$2") & :`, begin, done))
		if err := os.WriteFile(begin, []byte("now\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := os.ReadFile(done); err != nil {
			t.Fatal(err)
		}
		_, err := runAll(limited(t), s, []Step{script(`:`)})
		var protocol *ProtocolError
		if !errors.As(err, &protocol) || !strings.Contains(err.Error(), "stray") {
			t.Errorf("got %v", err)
		}
	})
}

func TestHeadersThatAreNoneEndTheSession(t *testing.T) {
	headers := []string{
		"", "hk", "hk 1 2 -", "hk 0 2", "hk 0 x -", "hk 0 -1 -", "hk 0 02 -", "hk 0 2 x", "hk 0 2 - more", "HK 0 2 -",
		"hk 0 99999999999999999999 -", "hk 0 2 $(id)", "echo pwned", "stop x", "bye bye bye bye bye",
	}
	onEach(t, func(t *testing.T, on target) {
		for _, header := range headers {
			h := startHost(t, on.sh, execLine(on.sh, on.path, Become{}))
			s := sessionOf(t, h)
			s.opening += header + "\n"
			_, err := runAll(limited(t), s, []Step{script(`echo 1`)})
			var protocol *ProtocolError
			if !errors.As(err, &protocol) || !strings.Contains(err.Error(), "refused") {
				t.Errorf("%q: %v", header, err)
			}
		}
	})
}
