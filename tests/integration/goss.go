package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// gossBinary is where goss lies on the target while the suite runs.
const gossBinary = top + "/.run/goss"

// goarch are Go's names of what `uname -m` says.
var goarch = map[string]string{"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386", "riscv64": "riscv64", "s390x": "s390x", "ppc64le": "ppc64le"}

// bringGoss builds goss for the target, from a module of its own, and copies it there.
func (r *run) bringGoss(ctx context.Context) error {
	arch, ok := goarch[r.found["arch"]]
	if !ok {
		return fmt.Errorf("goss: no build for %s", r.found["arch"])
	}
	binary := filepath.Join(r.dir, "goss")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "github.com/goss-org/goss/cmd/goss")
	build.Dir = filepath.Join(r.Root, "tests", "goss")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	own(build)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build goss: %w: %s", err, lastLines(string(out)))
	}
	return r.put(ctx, binary, gossBinary)
}

// put copies a program to the target.
func (r *run) put(ctx context.Context, file, to string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = r.access.root(ctx, f, `cat >"$1" && chmod 755 "$1"`, to)
	return err
}

// checked is what goss says of each check.
type checked struct {
	Results []struct {
		Resource string `json:"resource-id"`
		Property string `json:"property"`
		// Result is 0 for a check that holds, 1 for one that does not, and 2 for one that
		// was left out, since what it is about is not there.
		Result int `json:"result"`
	} `json:"results"`
}

// goss asks goss on the target for a file of the suite.
func (r *run) goss(ctx context.Context, name string) (checked, error) {
	text, err := suite.ReadFile("suite/" + name)
	if err != nil {
		return checked{}, err
	}
	vars := `{"package": "` + r.pkg + `"}`
	// It exits with 1 where a check fails; what it says is the answer.
	out, err := r.access.root(ctx, strings.NewReader(string(text)),
		`"$1" --gossfile - --vars-inline "$2" validate --format json --no-color || true`, gossBinary, vars)
	if err != nil {
		return checked{}, err
	}
	var c checked
	if err := json.Unmarshal(out, &c); err != nil || len(c.Results) == 0 {
		return checked{}, fmt.Errorf("goss has checked nothing: %s", lastLines(string(out)))
	}
	return c, nil
}

// hold are the checks that do, or that do not; those that were left out are neither.
func (c checked) hold(does bool) []string {
	want := 1
	if does {
		want = 0
	}
	var names []string
	for _, result := range c.Results {
		if result.Result == want {
			names = append(names, result.Resource+" "+result.Property)
		}
	}
	slices.Sort(names)
	return names
}

// gossAgrees fails unless every check of a file holds.
func (r *run) gossAgrees(ctx context.Context, name string) error {
	c, err := r.goss(ctx, name)
	if err != nil {
		return err
	}
	if good := c.hold(true); len(good) != len(c.Results) {
		return fmt.Errorf("goss says otherwise of %s; it finds true %s", strings.Join(c.hold(false), ", "), strings.Join(good, ", "))
	}
	r.ok("goss: %d of %d checks hold", len(c.Results), len(c.Results))
	return nil
}

// gossCanFail has goss find each check of a file false, which the wrong ones have with
// something that is not so: the word of one that always says yes would be worth nothing.
func (r *run) gossCanFail(ctx context.Context, name string, wrong ...string) error {
	right, err := r.goss(ctx, name)
	if err != nil {
		return err
	}
	var failed []string
	for _, name := range wrong {
		c, err := r.goss(ctx, name)
		if err != nil {
			return err
		}
		failed = append(failed, c.hold(false)...)
	}
	slices.Sort(failed)
	if all := right.hold(true); !slices.Equal(slices.Compact(failed), all) {
		return fmt.Errorf("with something wrong in each, goss finds wrong %v of the checks %v", failed, all)
	}
	r.ok("goss: with something wrong in each of them, all %d fail", len(right.Results))
	return nil
}
