package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hostkit/tests/lab"
)

// miseServer answers as the paths of its requests say.
func miseServer(t *testing.T, start func(http.Handler) *httptest.Server, content []byte) *httptest.Server {
	t.Helper()
	server := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/mise":
			_, _ = w.Write(content)
		case "/elsewhere":
			http.Redirect(w, r, "/mise", http.StatusFound)
		case "/again":
			http.Redirect(w, r, "/again", http.StatusFound)
		case "/cut":
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			_, _ = w.Write(content[:len(content)/2])
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// Whatever goes wrong with a download, the file that is there stays, nothing lies
// beside it, and the reason is told; when it goes right again, it is made.
func TestMiseDownloadsThatFail(t *testing.T) {
	t.Parallel()
	old, content := []byte("#!/bin/sh\necho old\n"), []byte(strings.Repeat("0123456789abcdef", 1<<16))
	plain := miseServer(t, httptest.NewServer, content)
	tls := miseServer(t, httptest.NewTLSServer, content)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	other := checksum([]byte("other"))
	for _, downloader := range []struct {
		name, install string
		unknown, tls  string
		refused, cut  string
		endless       string
	}{
		{
			"curl", "apt-get -qq install -y --no-install-recommends curl >/dev/null 2>&1",
			"the server answers 404", "no trusted connection (", "onnect to server", "bytes remaining to read", "redirects",
		},
		{
			"wget", "apt-get -qq install -y --no-install-recommends wget >/dev/null 2>&1",
			"404", "no trusted connection (", "cannot be downloaded from", "cannot be downloaded from", "cannot be downloaded from",
		},
		{
			"busybox", "ln -s /bin/busybox /usr/bin/wget",
			"404 Not Found", "", "Connection refused", "cannot be downloaded from", "redirections",
		},
	} {
		t.Run(downloader.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, lab.Options{Files: []lab.File{{Path: misePath, Content: string(old), Mode: 0o755}}})
			s.exec(downloader.install)
			for _, test := range []struct{ name, url, checksum, words string }{
				{"another file", plain.URL + "/mise", other, "gives has the checksum " + checksum(content) + ", and " + other + " is wanted"},
				{"not there", plain.URL + "/none", other, downloader.unknown},
				{"nobody there", closed.URL + "/mise", other, downloader.refused},
				{"not to be trusted", tls.URL + "/mise", other, downloader.tls},
				{"cut in the middle", plain.URL + "/cut", checksum(content), downloader.cut},
				{"round in circles", plain.URL + "/again", checksum(content), downloader.endless},
			} {
				if test.words == "" {
					continue
				}
				p := s.plan(withMise(object{"url": test.url, "checksum": test.checksum}))
				if got := changesOf(p); !slices.Equal(got, []string{"update " + miseChange + " drift"}) {
					t.Fatalf("%s: planned %q", test.name, got)
				}
				s.mustFail(p, []string{miseChange + " failed"}, test.words)
				s.mustHaveMise(old)
			}
			wants := withMise(object{"url": plain.URL + "/elsewhere", "checksum": checksum(content)})
			s.applied(s.plan(wants))
			s.mustHaveMise(content)
			s.mustHaveNoChange(wants)
		})
	}
}

// The connection is lost in the middle of a download. The host goes on with the step
// that it has begun, the lock keeps another apply out until then, and the same plan
// then finds the work done.
func TestMiseOutlivesItsConnection(t *testing.T) {
	t.Parallel()
	content := []byte(strings.Repeat("0123456789abcdef", 1<<16))
	half, more := make(chan struct{}), make(chan struct{})
	var downloads atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		downloads.Add(1)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		_, _ = w.Write(content[:len(content)/2])
		w.(http.Flusher).Flush()
		close(half)
		<-more
		_, _ = w.Write(content[len(content)/2:])
	}))
	t.Cleanup(server.Close)
	release := sync.OnceFunc(func() { close(more) })
	t.Cleanup(release) // the server waits for its handler
	s := newSite(t, lab.Options{NoIndex: true})
	s.exec("ln -s /bin/busybox /usr/bin/wget")
	wants := withMise(object{"url": server.URL, "checksum": checksum(content)})
	p := s.plan(wants)
	o := run(t, invocation{stdin: p.raw, dir: s.base, env: s.env, during: func(*os.Process) {
		<-half
		s.exec(`for process in /proc/[0-9]*; do
			case $(tr '\000' ' ' <"$process/cmdline") in 'sshd: root@notty'*) kill -9 "${process#/proc/}" ;; esac
		done`)
	}}, "hk-apply", "--confirm")
	if o.exit != 1 || !strings.Contains(string(o.stdout), "connection_lost") {
		t.Errorf("%s", o)
	}
	s.exec("test ! -e " + misePath)
	busy, _ := s.apply(p)
	if busy.exit != 6 {
		t.Errorf("while the download goes on:\n%s", busy)
	}
	release()
	if o, report := s.apply(p, "--wait", "1m"); o.exit != 0 || !slices.Equal(fatesOf(report), []string{miseChange + " already"}) {
		t.Errorf("%s", o)
	}
	s.mustHaveMise(content)
	if n := downloads.Load(); n != 1 {
		t.Errorf("%d downloads", n)
	}
}

// What the system refuses is told in its own words, with curl and with wget.
func TestMiseThatCanNotBeWritten(t *testing.T) {
	t.Parallel()
	content := []byte(strings.Repeat("0123456789abcdef", 1<<21))
	server := miseServer(t, httptest.NewServer, content)
	for name, test := range map[string]struct {
		options lab.Options
		words   string
	}{
		"no space":  {lab.Options{NoIndex: true, DiskSize: 16 << 20}, "no space left on device"},
		"read-only": {lab.Options{NoIndex: true, ReadOnly: []string{"/usr/local/bin"}}, "read-only file system"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, test.options)
			s.exec("ln -s /bin/busybox /usr/bin/wget")
			p := s.plan(withMise(object{"url": server.URL + "/mise", "checksum": checksum(content)}))
			s.mustFail(p, []string{miseChange + " failed"}, test.words)
			s.exec(`test -z "$(ls -A /usr/local/bin)"`)
		})
	}
}

// elf is the head of a program for a processor: a static one, without a loader.
func elf(machine byte) []byte {
	head := make([]byte, 4096)
	copy(head, "\x7fELF\x02\x01\x01")
	head[16], head[18], head[20], head[32], head[52], head[54], head[56] = 2, machine, 1, 64, 64, 56, 1
	return head
}

// What can't run there, and what is in the way, is refused before anything is done.
func TestMiseRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	s.writeLocal("arm", elf(183))
	s.writeLocal("archive", []byte("\x1f\x8bnot a program"))
	s.exec("mkdir /usr/local/bin/folder && ln -s /bin/true /usr/local/bin/link")
	for name, test := range map[string]struct {
		section object
		words   string
	}{
		"another processor": {object{"from": "arm"}, "the file of the config is a program for linux-arm64-static, and the host is linux-x64"},
		"an archive":        {object{"from": "archive"}, "archive: it is no program for Linux (an ELF file)"},
		"no checksum":       {object{"version": "2020.1.1"}, "no checksum is known of mise 2020.1.1"},
		"a folder":          {object{"path": "/usr/local/bin/folder"}, "mise:/usr/local/bin/folder is a folder and should be a file"},
		"a link":            {object{"path": "/usr/local/bin/link"}, "mise:/usr/local/bin/link is a symbolic link and should be a file"},
		"no such folder":    {object{"path": "/opt/none/mise", "from": "arm64"}, "arm64: no such file or directory"},
		"no downloader":     {object{}, "has neither curl nor wget"},
	} {
		t.Run(name, func(t *testing.T) {
			s.with(func(*site) {}).mustEndWithoutPlan(withMise(test.section), test.words)
		})
	}
}
