package connect_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/tests/binaries"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	code := m.Run()
	binaries.Remove()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// object is a JSON object.
type object = map[string]any

// outcome is what a command did.
type outcome struct {
	command        string
	stdout, stderr []byte
	exit           int
}

func (o outcome) String() string {
	const most = 6 << 10
	return fmt.Sprintf("$ %s\nexit status %d\n--- stdout\n%s\n--- stderr\n%s",
		o.command, o.exit, o.stdout[:min(len(o.stdout), most)], o.stderr[:min(len(o.stderr), most)])
}

// place is where commands run: their folder, their home, and all of their
// environment, so that nothing of the person who runs the tests gets in.
type place struct {
	t   testing.TB
	bin string
	dir string
	env []string
}

func newPlace(t testing.TB) place {
	t.Helper()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	return place{t: t, bin: bin, dir: dir, env: []string{
		"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + home,
	}}
}

// run runs one of the commands, or another program of this machine.
func (p place) run(stdin []byte, env []string, name string, args ...string) outcome {
	p.t.Helper()
	path := name
	if strings.HasPrefix(name, "hk-") {
		path = filepath.Join(p.bin, name)
	}
	cmd := exec.CommandContext(p.t.Context(), path, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = p.dir, append(p.env[:len(p.env):len(p.env)], env...), bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatalf("%s: %v", name, err)
	}
	return outcome{
		command: name + " " + strings.Join(args, " "),
		stdout:  stdout.Bytes(), stderr: stderr.Bytes(), exit: cmd.ProcessState.ExitCode(),
	}
}

// must is run of what has to succeed.
func (p place) must(stdin []byte, name string, args ...string) []byte {
	p.t.Helper()
	o := p.run(stdin, nil, name, args...)
	if o.exit != 0 {
		p.t.Fatalf("%s", o)
	}
	return o.stdout
}

// path is a file of the place.
func (p place) path(names ...string) string {
	return filepath.Join(append([]string{p.dir}, names...)...)
}

func (p place) write(text string, names ...string) string {
	p.t.Helper()
	path := p.path(names...)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return path
}

func (p place) read(names ...string) string {
	p.t.Helper()
	text, err := os.ReadFile(p.path(names...))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// documents are what hk-eval makes of hosts that have one service.
func (p place) documents(hosts, service object) []byte {
	p.t.Helper()
	config, err := json.Marshal(object{
		"schema": "hostkit.config/v1", "project": "connect", "hosts": hosts, "services": object{"all": service},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.must(config, "hk-eval", "-")
}
