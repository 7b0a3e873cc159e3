package connect_test

import (
	"bytes"
	"os"
	"testing"
)

// The machine that hk-facts runs on, when it is declared: each privilege gives
// the same as over ssh.
func TestLocalConnectionsHaveTheSamePrivileges(t *testing.T) {
	t.Parallel()
	f := newField(t)
	program, err := os.ReadFile(f.bin + "/hk-facts")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.target.WriteFile("/usr/local/bin/hk-facts", program, 0o755); err != nil {
		t.Fatal(err)
	}
	// Where the command looks that gives the password.
	if err := f.target.WriteFile(f.path("secrets", "ben"), []byte(passwords["ben"]+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	files := object{}
	for user := range passwords {
		files[private+user+"/file"] = object{"content": user + "\n"}
	}
	for _, p := range f.privileges() {
		host := object{"connection": "local"}
		for member, value := range p.host {
			host[member] = value
		}
		c := cell{privilege: p}
		documents := f.documents(object{"c." + c.String(): host}, object{"files": files})
		cmd := f.target.Command(t.Context(), "runuser", "-u", p.user, "--", "hk-facts", "--allow-secret-commands")
		cmd.Env = append(cmd.Env, variables()...)
		var stdout, stderr bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(documents), &stdout, &stderr
		err := cmd.Run()
		o := outcome{command: "hk-facts as " + p.user, stdout: stdout.Bytes(), stderr: stderr.Bytes(), exit: cmd.ProcessState.ExitCode()}
		if stdout.Len() == 0 {
			t.Fatalf("%s: %v\n%s", p.name, err, o)
		}
		f.judge(c, decode(t, o.stdout), o)
		f.mustKeepSecrets(o)
	}
}
