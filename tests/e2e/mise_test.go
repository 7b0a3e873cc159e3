package e2e

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

const (
	misePath   = "/usr/local/bin/mise"
	miseChange = "mise:" + misePath
)

func checksum(content []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(content)) }

// withMise has the section alone.
func withMise(section object) object { return object{"mise": section} }

// copyMise puts the real mise beside the config.
func (s *site) copyMise(t *testing.T) {
	t.Helper()
	raw, err := os.ReadFile(lab.RequireMise(t))
	if err != nil {
		t.Fatal(err)
	}
	s.writeLocal("mise", raw)
}

// mustHaveMise fails unless the host's file is content, and nothing lies beside it.
func (s *site) mustHaveMise(content []byte) {
	s.Helper()
	want := strings.TrimPrefix(checksum(content), "sha256:")
	if got := s.exec(`sha256sum <"$1" && stat -c %a "$1" && ls -A /usr/local/bin`, misePath); got != want+"  -\n755\nmise\n" {
		s.Errorf("the host has:\n%s", got)
	}
}

// The real mise goes to a host that has no way out, runs there, is left alone, gets
// its mode back without being sent again, and goes.
func TestMiseIsPushed(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	s.copyMise(t)
	wants := withMise(object{"from": "mise", "version": "2026.9.15"})
	p := s.plan(wants)
	if got := changesOf(p); !slices.Equal(got, []string{"create " + miseChange + " missing"}) {
		t.Fatalf("planned %q", got)
	}
	shown := string(s.must(p.raw, "hk-show"))
	for _, words := range []string{"source   config", "version  2026.9.15", "local file mise, 143.9 MiB, sha256:09ea631d6f3e"} {
		if !strings.Contains(shown, words) {
			t.Errorf("hk-show does not say %q:\n%s", words, shown)
		}
	}
	s.applied(p)
	if got := s.exec(misePath + " --version 2>/dev/null"); !strings.Contains(got, "2026.9.15") {
		t.Errorf("mise --version says %q", got)
	}
	s.mustHaveNoChange(wants)

	s.exec("chmod 700 " + misePath)
	inode := s.exec("stat -c %i " + misePath)
	s.applied(s.plan(wants))
	if got := s.exec(`stat -c '%i
%a' ` + misePath); got != inode+"755\n" {
		t.Errorf("after the mode was mended the file has %q, and had inode %s", got, inode)
	}

	gone := withMise(object{"state": "absent"})
	s.applied(s.plan(gone))
	s.exec("test ! -e " + misePath)
	s.mustHaveNoChange(gone)
}

// What is there already is not downloaded: a config without a version means the
// embedded release, whose checksum is that of the real program.
func TestMiseThatIsThereIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	s.copyMise(t)
	s.applied(s.plan(withMise(object{"from": "mise"})))
	s.mustHaveNoChange(withMise(object{}))
	s.mustHaveNoChange(withMise(object{"version": "2026.9.15"}))
}

// The host downloads the real program itself, with what the same plan installs.
func TestMiseIsDownloaded(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{})
	program := lab.RequireMise(t)
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(program))))
	t.Cleanup(server.Close)
	wants := withMise(object{"url": server.URL + "/mise", "checksum": checksum(content)})
	s.mustEndWithoutPlan(wants, miseChange+` is to be downloaded, and the host has neither curl nor wget`)
	wants["packages"] = []any{"ca_certificates", "curl"}
	p := s.plan(wants)
	if got := changesOf(p); !slices.Equal(got, []string{"create package:curl missing", "create " + miseChange + " missing"}) {
		t.Fatalf("planned %q", got)
	}
	shown := string(s.must(p.raw, "hk-show"))
	for _, words := range []string{"after package:curl (downloads with it)", "source  config", "url     " + server.URL + "/mise", "digest  sha256:09ea631d6f3e"} {
		if !strings.Contains(shown, words) {
			t.Errorf("hk-show does not say %q:\n%s", words, shown)
		}
	}
	s.applied(p)
	s.mustHaveMise(content)
	if got := s.exec(misePath + " --version 2>/dev/null"); !strings.Contains(got, "2026.9.15") {
		t.Errorf("mise --version says %q", got)
	}
	s.mustHaveNoChange(wants)
}
