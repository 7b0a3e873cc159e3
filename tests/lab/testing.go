package lab

import (
	"os"
	"testing"
)

// Require skips the test where no host can be made, in one clear line, or fails
// it where the environment says HOSTKIT_LAB=required.
func Require(t testing.TB) {
	t.Helper()
	err := Available()
	if err == nil {
		return
	}
	if os.Getenv("HOSTKIT_LAB") == "required" {
		t.Fatalf("LAB REQUIRED: %v", err)
	}
	t.Skipf("LAB SKIPPED: %v", err)
}

// Run starts a host that lives as long as the test. Where none can be made the
// test is skipped as by [Require]. If the test fails, sshd's log is in its output.
func Run(t testing.TB, options Options) *Host {
	t.Helper()
	Require(t)
	h, err := Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			if log, err := os.ReadFile(h.LogPath()); err == nil {
				t.Logf("sshd of %s:\n%s", h.Addr(), lastBytes(log, 4000))
			}
		}
		if err := h.Stop(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// RequireMise returns the path of the real mise. Where no host can be made, or
// mise can't be had, the test is skipped or fails as by [Require].
func RequireMise(t testing.TB) string {
	t.Helper()
	Require(t)
	program, err := Mise(t.Context(), nil)
	if err == nil {
		return program
	}
	if os.Getenv("HOSTKIT_LAB") == "required" {
		t.Fatalf("LAB REQUIRED: %v", err)
	}
	t.Skipf("LAB SKIPPED: %v", err)
	return ""
}
