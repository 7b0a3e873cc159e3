package login_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/login"
)

// What files hold is had to the byte; what is missing is warned of, and the others are
// had all the same. Lines of it are masked in what programs print, and in no words of
// ours.
func TestContentsOfFiles(t *testing.T) {
	t.Setenv("HOSTKIT_SHORT", "x")
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "env"), []byte("HOST=server\nPASSWORD=geheim1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	opener := login.NewOpener(cli.Login{SecretDir: folder, SSHConfig: "none"}, cli.Streams{Stderr: &said})
	defer opener.Close()
	ref := func(s doc.SecretSource) doc.SecretUse {
		return doc.SecretUse{SecretRef: doc.SecretRef{Secret: s}, UsedBy: []string{"content of file:/a"}}
	}
	known, short, missing := ref(doc.SecretSource{File: "env"}), ref(doc.SecretSource{Env: "HOSTKIT_SHORT"}), ref(doc.SecretSource{Env: "HOSTKIT_NONE"})
	values, err := opener.Contents(t.Context(), "server", []doc.SecretUse{missing, known, short})
	if err != nil {
		t.Fatal(err)
	}
	if got := values.ContentOf(known.SecretRef).RevealString(); got != "HOST=server\nPASSWORD=geheim1\n" {
		t.Errorf("%q", got)
	}
	if values.ContentOf(short.SecretRef).IsZero() || !values.ContentOf(missing.SecretRef).IsZero() {
		t.Error("what is there is not had, or what is missing is")
	}
	for _, words := range []string{
		`server: not compared: secret not to be had: env HOSTKIT_NONE: it is not set (needed by content of file:/a of host "server")`,
		"export HOSTKIT_NONE with the value", "env HOSTKIT_SHORT is too short to be masked",
	} {
		if !strings.Contains(said.String(), words) {
			t.Errorf("it does not say %q, but\n%s", words, said.String())
		}
	}
	if got := opener.Output.String("on server: geheim1"); got != "on [secret]: [secret]" {
		t.Errorf("a program's line becomes %q", got)
	}
	if got := opener.Scrubber.String("server: HOST=server\nPASSWORD=geheim1\n"); got != "server: [secret]" {
		t.Errorf("our own words become %q", got)
	}
}
