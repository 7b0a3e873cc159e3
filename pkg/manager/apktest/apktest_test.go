package apktest_test

import (
	"os"
	"testing"

	"hostkit/pkg/manager/apktest"
)

// tolerant keeps what a host says of a call that was not foreseen.
type tolerant struct {
	testing.TB
	failed bool
}

func (t *tolerant) Errorf(string, ...any) { t.failed = true }

func TestTheFakeAnswersWhatWasForeseen(t *testing.T) {
	for _, by := range apktest.Shells {
		h := apktest.New(t)
		h.Expect(apktest.Call{
			Args: "add --simulate curl", Stdout: "OK\n", Stderr: "WARNING\n", Status: 3,
			Leaves: map[string]string{"/etc/apk/world": "curl\n"},
		})
		r := h.RunText(by, "apk add --simulate curl; echo $?; cat /etc/apk/world; ls -d /lib/apk/db/lock >/dev/null")
		if string(r.Stdout) != "OK\n3\ncurl\n" || string(r.Stderr) != "WARNING\n" || r.Status != 0 {
			t.Errorf("%s: %+v", by, r)
		}
		h.Done()
		if _, err := os.Stat(h.Path("/etc/apk/world")); err != nil {
			t.Error(err)
		}
		h.Remove("/etc/apk/world")
		if r := h.RunText(by, "cat /etc/apk/world 2>/dev/null"); r.Status == 0 {
			t.Error("the file is still there")
		}
	}
}

func TestTheFakeTakesNothingElse(t *testing.T) {
	for name, foreseen := range map[string][]apktest.Call{
		"another call": {{Args: "update"}},
		"no call":      nil,
	} {
		tb := &tolerant{TB: t}
		h := apktest.New(tb)
		h.Expect(foreseen...)
		if r := h.RunText("dash", "apk add curl"); r.Status != 97 || !tb.failed {
			t.Errorf("%s: status %d, failed %v", name, r.Status, tb.failed)
		}
		tb.failed = false
		if h.Done(); tb.failed != (foreseen != nil) {
			t.Errorf("%s: a call that did not come: %v", name, tb.failed)
		}
	}
}
