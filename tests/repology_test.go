package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hostkit/pkg/repology/repologytest"
	"hostkit/tests/binaries"
)

// Eight processes at once ask about a name each. The server answers 429 to
// whatever comes less than a second after the request before it.
func TestProcessesAskOneRequestASecondTogether(t *testing.T) {
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	s := repologytest.New(time.Second)
	t.Cleanup(s.Close)
	const processes = 8
	for i := range processes {
		name := fmt.Sprintf("zz-%d", i)
		s.Project(name, repologytest.Record{Repo: "debian_12", SrcName: name, BinNames: []string{name}, Version: "1"})
	}
	cache := t.TempDir()
	var all sync.WaitGroup
	for i := range processes {
		all.Go(func() {
			cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "hk-resolve"), "--repository", "debian_12", "--repology-url", s.URL)
			// Where they keep their answers does not matter.
			cmd.Args = append(cmd.Args, "--repology-cache", filepath.Join(cache, fmt.Sprint(i)))
			cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache)
			cmd.Stdin = strings.NewReader(fmt.Sprintf(`{"schema":"hostkit.host/v1","project":"p","host":{"name":"h"},"resources":[`+
				`{"address":"package:zz_%[1]d","kind":"package","name":"zz_%[1]d","service":"s","state":"present","declared_at":"c#/"}]}`, i))
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
