package source_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hostkit/pkg/doc"
	"hostkit/pkg/secret/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const canary = "correct-horse"

func env(name doc.VariableName) doc.SecretRef {
	return doc.SecretRef{Secret: doc.SecretSource{Env: name}}
}

func file(path string) doc.SecretRef { return doc.SecretRef{Secret: doc.SecretSource{File: path}} }

func command(argv ...string) doc.SecretRef {
	return doc.SecretRef{Secret: doc.SecretSource{Command: argv}}
}

func lookup(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

// resolve resolves one reference and returns the value, or why there is none.
func resolve(t *testing.T, o source.Options, ref doc.SecretRef) (string, *source.MissingError) {
	t.Helper()
	values, err := source.New(o).ResolveAll(t.Context(), []source.Use{{Ref: ref, Where: "here"}})
	if err == nil {
		return values.Of(ref).RevealString(), nil
	}
	var missing *source.MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("error is a %T: %v", err, err)
	}
	text := missing.Error() + missing.Hint()
	if strings.Contains(text, canary) {
		t.Errorf("the value stands in %q", text)
	}
	if missing.Code() != "secret_missing" || missing.Exit() != 3 || missing.Hint() == "" || !strings.Contains(text, "needed by here") {
		t.Errorf("error %q, hint %q, code %s, exit %d", missing, missing.Hint(), missing.Code(), missing.Exit())
	}
	return "", missing
}

func wantValue(t *testing.T, o source.Options, ref doc.SecretRef, want string) {
	t.Helper()
	got, missing := resolve(t, o, ref)
	if missing != nil || got != want {
		t.Errorf("%v: %q, %v, want %q", ref, got, missing, want)
	}
}

func wantMissing(t *testing.T, o source.Options, ref doc.SecretRef, says string) {
	t.Helper()
	if _, missing := resolve(t, o, ref); missing == nil || !strings.Contains(missing.Error(), says) {
		t.Errorf("%v: %v, want %q", ref, missing, says)
	}
}

func TestEnv(t *testing.T) {
	t.Parallel()
	o := source.Options{
		LookupEnv: lookup(map[string]string{"HOSTKIT_PW": canary + "\n", "HOSTKIT_EMPTY": "", "AWS_SECRET": canary, "MINE": "m"}),
		AllowEnv:  []string{"MINE"},
	}
	wantValue(t, o, env("HOSTKIT_PW"), canary+"\n")
	wantValue(t, o, env("MINE"), "m")
	wantMissing(t, o, env("HOSTKIT_NONE"), "env HOSTKIT_NONE: it is not set")
	wantMissing(t, o, env("HOSTKIT_EMPTY"), "it is empty")
	wantMissing(t, o, env("AWS_SECRET"), "begin with HOSTKIT_")
	wantMissing(t, source.Options{}, env("HOSTKIT_PW"), "it is not set")
	wantMissing(t, o, doc.SecretRef{}, "names no source")
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "secrets")
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	write(t, in("plain"), canary, 0o600)
	write(t, in("newline"), canary+"\n", 0o400)
	write(t, in("newlines"), canary+"\n\n", 0o600)
	write(t, in("crlf"), canary+"\r\n", 0o600)
	write(t, in("sub/deep"), canary, 0o600)
	write(t, in("empty"), "\n", 0o600)
	write(t, in("group"), canary, 0o640)
	write(t, in("world"), canary, 0o604)
	write(t, in("writable"), canary, 0o620)
	write(t, in("large"), strings.Repeat("x", 1<<20+1), 0o600)
	write(t, filepath.Join(top, "outside"), canary, 0o600)
	for name, target := range map[string]string{"link": "plain", "leaves": "../outside", "absolute": filepath.Join(top, "outside")} {
		if err := os.Symlink(target, in(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(in("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := source.Options{Dir: dir}
	wantValue(t, o, file("plain"), canary)
	wantValue(t, o, file("newline"), canary)
	wantValue(t, o, file("newlines"), canary+"\n")
	wantValue(t, o, file("crlf"), canary)
	wantValue(t, o, file("sub/deep"), canary)
	wantValue(t, o, file("link"), canary)
	wantValue(t, o, file(in("plain")), canary)
	wantMissing(t, o, file("empty"), "it is empty")
	wantMissing(t, o, file("none"), "no such file")
	wantMissing(t, o, file("group"), "mode rw-r-----")
	wantMissing(t, o, file("world"), "others may read")
	wantMissing(t, o, file("writable"), "or write it")
	wantMissing(t, o, file("large"), "more than 1 MiB")
	wantMissing(t, o, file("fifo"), "not a regular file")
	wantMissing(t, o, file("sub"), "not a regular file")
	wantMissing(t, o, file("leaves"), "escapes")
	wantMissing(t, o, file("absolute"), "escapes")
	wantMissing(t, o, file("../outside"), "escapes")
	wantMissing(t, o, file(filepath.Join(top, "outside")), "not below --secret-dir")
	wantMissing(t, source.Options{}, file("plain"), "none is given")
	wantMissing(t, source.Options{Dir: filepath.Join(top, "none")}, file("plain"), "--secret-dir: no such file")
}

func TestCommand(t *testing.T) {
	t.Parallel()
	o := source.Options{AllowCommands: true, CommandTimeout: 10 * time.Second}
	wantValue(t, o, command("printf", "%s\\n", canary), canary)
	wantValue(t, o, command("printf", "%s\\n\\n", canary), canary+"\n")
	wantValue(t, o, command("echo", "$HOME;", "`id`"), "$HOME; `id`")
	wantMissing(t, source.Options{}, command("echo", "x"), "may not run commands")
	wantMissing(t, o, command("true"), "it is empty")
	wantMissing(t, o, command("/nonexistent/tool"), "no such file")
	wantMissing(t, o, command("hostkit-no-such-tool"), "there is no such command")
	// The value is put together by the shell, so that the reference does not
	// show it.
	half := []string{"sh", "-c", `c=correct; echo $c-horse; echo $c-horse >&2; exit 5`}
	wantMissing(t, o, command(half...), "exit status 5")
	wantMissing(t, o, command("sh", "-c", "kill -KILL $$"), "ended by a signal")
	wantMissing(t, o, command("sh", "-c", "yes"), "more than 1 MiB")
	wantValue(t, o, command("sh", "-c", "cat; echo end"), "end")
}

// What hangs is ended, with everything it started.
func TestACommandHasALimit(t *testing.T) {
	t.Parallel()
	o := source.Options{AllowCommands: true, CommandTimeout: 200 * time.Millisecond}
	began := time.Now()
	wantMissing(t, o, command("sh", "-c", "sleep 1000 & echo x; wait"), "within 200ms")
	if elapsed := time.Since(began); elapsed > 5*time.Second {
		t.Errorf("took %v", elapsed)
	}
}

// A password has no line end; what a file holds is the value to the byte. One line end
// is no password, and may be all of a file.
func TestContentKeepsItsLineEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"key": canary + "\n", "bare": "\n", "none": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := source.Options{Dir: dir, AllowCommands: true, LookupEnv: lookup(map[string]string{"HOSTKIT_A": canary + "\n"})}
	for _, ref := range []doc.SecretRef{file("key"), env("HOSTKIT_A"), command("cat", filepath.Join(dir, "key"))} {
		r := source.New(o)
		for range 2 { // the second time what is known is given
			values, err := r.ResolveAll(t.Context(), []source.Use{{Ref: ref, Where: "login"}, {Ref: ref, Where: "file", Content: true}})
			if err != nil {
				t.Fatal(err)
			}
			want := canary
			if ref.Secret.Env != "" {
				want += "\n"
			}
			if got, content := values.Of(ref).RevealString(), values.ContentOf(ref).RevealString(); got != want || content != canary+"\n" {
				t.Errorf("%s: %q and %q", ref, got, content)
			}
		}
	}
	for _, c := range []struct {
		name    string
		content bool
		want    bool
	}{{"bare", true, true}, {"bare", false, false}, {"none", true, false}} {
		_, err := source.New(o).ResolveAll(t.Context(), []source.Use{{Ref: file(c.name), Where: "x", Content: c.content}})
		if (err == nil) != c.want {
			t.Errorf("%s, content %t: %v", c.name, c.content, err)
		}
	}
}

func TestEachSecretIsAskedForOnce(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	r := source.New(source.Options{AllowCommands: true, CommandTimeout: 10 * time.Second})
	ref := command("sh", "-c", `echo asked >> "$0"; echo value`, log)
	failing := command("sh", "-c", `echo asked >> "$0"; exit 1`, log+"2")
	var askers sync.WaitGroup
	for range 8 {
		askers.Go(func() {
			uses := []source.Use{{Ref: ref, Where: "a"}, {Ref: ref, Where: "b"}}
			values, err := r.ResolveAll(t.Context(), uses)
			if err != nil || values.Of(ref).RevealString() != "value" {
				t.Errorf("%v, %v", values, err)
			}
			if _, err := r.ResolveAll(t.Context(), []source.Use{{Ref: failing, Where: "c"}}); err == nil {
				t.Error("no error")
			}
		})
	}
	askers.Wait()
	for _, path := range []string{log, log + "2"} {
		if text, err := os.ReadFile(path); err != nil || string(text) != "asked\n" {
			t.Errorf("%q, %v", text, err)
		}
	}
}

func TestAllThatIsMissingIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	r := source.New(source.Options{LookupEnv: lookup(map[string]string{"HOSTKIT_GOOD": canary})})
	_, err := r.ResolveAll(t.Context(), []source.Use{
		{Ref: env("HOSTKIT_PW"), Where: `host.ssh.password of host "server"`},
		{Ref: env("HOSTKIT_GOOD"), Where: `host.ssh.password of host "db1"`},
		{Ref: file("token"), Where: "file:/etc/token"},
		{Ref: env("HOSTKIT_PW"), Where: `host.ssh.password of host "web"`},
	})
	var missing *source.MissingError
	if !errors.As(err, &missing) || len(missing.Missing) != 2 {
		t.Fatalf("error %v", err)
	}
	for _, part := range []string{
		`env HOSTKIT_PW: it is not set (needed by host.ssh.password of host "server", host.ssh.password of host "web")`,
		"file token: ", "(needed by file:/etc/token)",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
	// A line end stood in it, which was shown as \n.
	if strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "HOSTKIT_GOOD") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q", err)
	}
}

// One password may be that of a fleet.
func TestOfManyPlacesAFewAreNamed(t *testing.T) {
	t.Parallel()
	var uses []source.Use
	for i := range 200 {
		uses = append(uses, source.Use{Ref: env("HOSTKIT_PW"), Where: "host " + strconv.Itoa(i)})
	}
	_, err := source.New(source.Options{}).ResolveAll(t.Context(), uses)
	want := "secret not to be had: env HOSTKIT_PW: it is not set (needed by host 0, host 1, host 2, host 3, host 4 and 195 more)"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// A host that needs no secret does not wait for one that does.
func TestNoSecretIsHadAtOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	begun, end := filepath.Join(folder, "begun"), filepath.Join(folder, "end")
	for _, fifo := range []string{begun, end} {
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := source.New(source.Options{AllowCommands: true})
	done := make(chan error)
	go func() {
		_, err := r.ResolveAll(t.Context(), []source.Use{{Ref: command("sh", "-c", `echo >"$0"; cat "$1"`, begun, end)}})
		done <- err
	}()
	if _, err := os.ReadFile(begun); err != nil { // when the command holds the turn
		t.Fatal(err)
	}
	if _, err := r.ResolveAll(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(end, []byte("value"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTheEndOfAContext(t *testing.T) {
	t.Parallel()
	r := source.New(source.Options{AllowCommands: true, LookupEnv: lookup(map[string]string{"HOSTKIT_PW": canary})})
	begun := filepath.Join(t.TempDir(), "begun")
	if err := syscall.Mkfifo(begun, 0o600); err != nil {
		t.Fatal(err)
	}
	ref := command("sh", "-c", `echo >"$0"; sleep 1000`, begun)
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := r.ResolveAll(ctx, []source.Use{{Ref: ref}})
			results <- err
		}()
	}
	if _, err := os.ReadFile(begun); err != nil { // when the command runs
		t.Fatal(err)
	}
	cancel()
	for range 2 {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
	if _, err := r.ResolveAll(t.Context(), []source.Use{{Ref: env("HOSTKIT_PW")}}); err != nil {
		t.Errorf("the resolver is stuck: %v", err)
	}
}

func TestKeysDiffer(t *testing.T) {
	t.Parallel()
	refs := []doc.SecretRef{
		env("A"), file("A"), command("A"), command("a b"), command("a", "b"), command("a", "b", ""), {},
	}
	var keys []string
	for _, ref := range refs {
		keys = append(keys, source.Key(ref))
	}
	slices.Sort(keys)
	if got := len(slices.Compact(keys)); got != len(refs) {
		t.Errorf("%d keys for %d references", got, len(refs))
	}
}
