package shell

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// becomes are all forms of the exec line.
var becomes = []Become{
	{},
	{Program: "sudo"},
	{Program: "sudo", User: "www-data"},
	{Program: "sudo", WithPassword: true},
	{Program: "sudo", User: "a.b-c_1", WithPassword: true},
	{Program: "doas"},
	{Program: "doas", User: "postgres"},
}

func lineOf(t testing.TB, become Become) string {
	t.Helper()
	line, err := ExecLine(become)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func TestExecLineSuitsEveryLoginShell(t *testing.T) {
	for _, become := range becomes {
		line := lineOf(t, become)
		if strings.ContainsAny(line, "\n\r!\\") || strings.Count(line, "'")%2 != 0 || len(line) > 2000 {
			t.Errorf("not fit for csh and fish: %q", line)
		}
		// An old csh takes no word above 1024 bytes.
		for i, word := range strings.Split(line, "'") {
			if len(word) > 1000 {
				t.Errorf("word %d of %+v has %d bytes", i, become, len(word))
			}
		}
	}
	for become, begin := range map[Become]string{
		{Program: "sudo"}:              "exec env LC_ALL=C sudo -k -n /bin/sh -c '",
		{Program: "sudo", User: "www"}: "exec env LC_ALL=C sudo -k -n -u www /bin/sh -c '",
		{Program: "doas", User: "www"}: "exec env LC_ALL=C doas -n -u www /bin/sh -c '",
	} {
		if line := lineOf(t, become); !strings.HasPrefix(line, begin) {
			t.Errorf("not the form that is probed: %q", line)
		}
	}
	for _, login := range []string{"dash", "bash", "busybox", "fish", "tcsh", "sudo"} {
		if !wanted(login) {
			continue
		}
		t.Run(login, func(t *testing.T) {
			sh, line := command(t, login), lineOf(t, Become{})
			switch login {
			case "busybox":
				sh = newTarget(t, login).sh
			case "sudo":
				if os.Geteuid() != 0 {
					out, err := exec.Command("sudo", "-k", "-n", "/bin/sh", "-c", ":").CombinedOutput()
					if err != nil {
						t.Fatalf("this user may not use sudo without a password: %s (run as root, or leave sudo out of HOSTKIT_TEST_SHELLS)", out)
					}
				}
				sh, line = command(t, "bash"), lineOf(t, Become{Program: "sudo"})
			}
			s := sessionOf(t, startHost(t, sh, line))
			got := results(t, s, script(`id -u; echo "$PATH $LC_ALL"`), withContent(`cat`, "it's\n"))
			id, rest, _ := strings.Cut(string(got[0].Stdout), "\n")
			if rest != Path+" C\n" || string(got[1].Stdout) != "it's\n" {
				t.Errorf("got %q and %q", got[0].Stdout, got[1].Stdout)
			}
			if login == "sudo" && id != "0" {
				t.Errorf("became user %s", id)
			}
		})
	}
}

func TestNobodyIsBecomeWithANameThatIsNone(t *testing.T) {
	for _, become := range []Become{
		{Program: "su"},
		{Program: "sudo", User: "-s"},
		{Program: "sudo", User: "#0"},
		{Program: "sudo", User: "a b"},
		{Program: "sudo", User: "a\n"},
		{Program: "sudo", User: "a'b"},
		{Program: "doas", User: "$(id)"},
		{Program: "doas", WithPassword: true},
		{WithPassword: true},
	} {
		if line, err := ExecLine(become); err == nil {
			t.Errorf("%+v gives %q", become, line)
		}
	}
}

// hostileEnvironment is what login environments were seen, or can be feared, to
// hold: each would change what some script means. (A function with the name of a
// special builtin is not among them: bash as sh does not even start with one.)
var hostileEnvironment = []string{
	"IFS=/", "CDPATH=/etc:/", "ENV=/etc/passwd", "BASH_ENV=/etc/passwd", "POSIXLY_CORRECT=1", "POSIX_ME_HARDER=1",
	"GREP_OPTIONS=-v", "GREP_COLORS=mt=1", "TMPDIR=/nonexistent", "LANG=tr_TR.UTF-8", "LC_COLLATE=de_DE.UTF-8",
	"LANGUAGE=de", "TIME_STYLE=full-iso", "BLOCK_SIZE=1", "DF_BLOCK_SIZE=1", "QUOTING_STYLE=c", "LS_COLORS=x",
	"TZ=Asia/Tokyo", "XARGS=x", "PS4=$(echo pwned)", "SHELLOPTS=noglob:noclobber:errexit", "GLOBIGNORE=*",
	"PATH_SEPARATOR=x", "n=1", "p=x", "hkr_stop=/", "hkr_next=7", "hkr_text=x", "hkr_line=x", "hk_x=1", "BASH_COMPAT=3.1",
	"a_b1=multi\nexport PATH='/evil'\nexport HOME=/evil", "1x=odd", "weird.name=1", "OLDPWD=/tmp",
	"BASH_FUNC_read%%=() { echo pwned; }", "BASH_FUNC_dd%%=() { echo pwned; }", "BASH_FUNC_cat%%=() { echo pwned; }",
	"BASH_FUNC_printf%%=() { echo pwned; }", "BASH_FUNC_which%%=() {  ( alias )\n}",
	"BASH_FUNC_compgen%%=() { :; }",
	"BASH_FUNC_hkr_main%%=() { echo pwned; }", "BASH_FUNC_cd%%=() { echo pwned; }",
	"BASH_FUNC_[%%=() { return 0; }", "BASH_FUNC_echo%%=() { builtin echo pwned; }",
}

func TestLoginEnvironmentChangesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		probe := func() []Step {
			return []Step{
				// bash hands on names that no shell can unset.
				script(`env | sort | grep -v -e '^weird' -e '^1x' -e '^BASH_FUNC_.%'`), script(`set -f; printf '%s|' a/b${none-c d} *; set -C; pwd; umask; trap`),
				script(`: >/tmp/.hostkit-test.$$; rm /tmp/.hostkit-test.$$; cd etc && pwd`),
				withContent(`cat; read -r x; echo "$x"`, "1\n2\n"), script(`echo "${n-}${p-}${hk_x-}"; command -v cat which`),
				script(`false; echo not errexit; [ a = b ] || echo not a function`), script(`set -o | grep posix`),
			}
		}
		clean := []string{"HOME=/h", "USER=u", "https_proxy=http://p", "XDG_RUNTIME_DIR=/run/user/0"}
		var got [2][]Result
		for i, env := range [][]string{clean, slices.Concat(clean, hostileEnvironment)} {
			h := startHostClean(t, on, env)
			got[i] = results(t, sessionOf(t, h), probe()...)
		}
		for i, step := range probe() {
			if asText(got[0][i]) != asText(got[1][i]) {
				t.Errorf("%s:\n  clean   %s\n  hostile %s", step.Script.text, asText(got[0][i]), asText(got[1][i]))
			}
		}
		env := string(got[1][0].Stdout)
		if !strings.Contains(env, "https_proxy=http://p\n") || !strings.Contains(env, "HOME=/h\n") || strings.Contains(env, "evil") {
			t.Errorf("environment of a step:\n%s", env)
		}
	})
}

func asText(r Result) string {
	text, _ := json.Marshal([]any{r.Status, string(r.Stdout), string(r.Stderr)})
	return string(text)
}

// startHostClean starts the bootstrap with env and nothing else.
func startHostClean(t *testing.T, on target, env []string) *host {
	t.Helper()
	quoted := make([]string, len(env))
	for i, item := range env {
		quoted[i] = Quote(item)
	}
	line := "exec env -i " + strings.Join(quoted, " ") + " " + strings.TrimPrefix(execLine(on.sh, on.path, Become{}), "exec ")
	return startHost(t, command(t, "dash"), line)
}

func TestToolsProbe(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		tools, err := ParseTools(results(t, s, ToolsProbe())[0])
		if err != nil {
			t.Fatal(err)
		}
		want := "gnu"
		if on.name == "busybox" {
			want = "busybox"
		}
		if tools.Flavour != want {
			t.Errorf("flavour %q, want %q", tools.Flavour, want)
		}
		for _, name := range neededTools() {
			if !strings.Contains(name, " ") && !filepath.IsAbs(tools.Paths[name]) {
				t.Errorf("%s has path %q", name, tools.Paths[name])
			}
		}
		for _, name := range []string{"mv -T", "ln -T", "xargs -0", "find"} {
			if !tools.Has(name) {
				t.Errorf("%s was not found", name)
			}
		}
		if tools.Has("no such tool") {
			t.Error("has what nobody has")
		}
	})
}

func TestMissingToolsAreNamed(t *testing.T) {
	on := anyTarget(t)
	on.path = t.TempDir()
	for _, name := range neededTools() {
		if strings.Contains(name, " ") || name == "sha256sum" || name == "xargs" || name == "mv" {
			continue
		}
		if err := os.Symlink(command(t, name), filepath.Join(on.path, name)); err != nil {
			t.Fatal(err)
		}
	}
	// A folder and a file without the x bit are not commands.
	if err := os.Mkdir(filepath.Join(on.path, "xargs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(on.path, "sha256sum"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s, _ := open(t, on)
	_, err := ParseTools(results(t, s, ToolsProbe())[0])
	missing, ok := err.(*MissingToolsError)
	if !ok || strings.Join(missing.Tools, ",") != "mv,mv -T,sha256sum,xargs" {
		t.Fatalf("got %v", err)
	}
	want := "the host has no mv (package coreutils), no mv -T (package coreutils), " +
		"no sha256sum (package coreutils), no xargs (package findutils)"
	if err.Error() != want {
		t.Errorf("got %s", err)
	}
}

func TestParseToolsRefusesWhatIsNotOurs(t *testing.T) {
	for _, r := range []Result{
		{Status: 2},
		{Truncated: true},
		{Stdout: []byte("")},
		{Stdout: []byte("tool\n")},
		{Stdout: []byte("tool cat\nflavour gnu\n")},
		{Stdout: []byte("tool evil /bin/evil\nflavour gnu\n")},
		{Stdout: []byte("flavour\n")},
		{Stdout: []byte("\x1b[2J\n")},
		{Stdout: []byte("option mv --evil\nflavour gnu\n")},
	} {
		if _, err := ParseTools(r); err == nil || !strings.Contains(err.Error(), "tools probe") {
			t.Errorf("%q: %v", r.Stdout, err)
		}
	}
}
