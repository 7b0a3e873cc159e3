package sshconfig_test

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/sshconfig"
)

// answer is what both, ssh -G and Lookup, say of a host.
type answer struct {
	HostName, User, Port, Family        string
	Identities, UserKnown, GlobalKnown  []string
	IdentitiesOnly, Alias, Jump         string
	ConnectTimeout, Alive, Attempts     string
	PublicKeys, Certificates, AgentLine string
}

// askSSH returns false where ssh refuses the file.
func askSSH(t testing.TB, file, name string) (answer, bool) {
	t.Helper()
	program, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal("this test needs ssh: apt-get install openssh-client")
	}
	out, err := exec.Command(program, "-G", "-F", file, "--", name).Output()
	if err != nil {
		return answer{}, false
	}
	var a answer
	for row := range strings.Lines(string(out)) {
		keyword, value, _ := strings.Cut(strings.TrimSuffix(row, "\n"), " ")
		switch keyword {
		case "hostname":
			a.HostName = value
		case "user":
			a.User = value
		case "port":
			a.Port = value
		case "addressfamily":
			a.Family = strings.ReplaceAll(value, "any", "")
		case "identityfile":
			// Kinds that are no longer used, and those that say none.
			if value = home(t, value); !strings.HasSuffix(value, "/id_dsa") && !strings.HasSuffix(value, "/id_xmss") && value != "none" {
				a.Identities = append(a.Identities, value)
			}
		case "certificatefile":
			a.Certificates += home(t, value) + "\n"
		case "userknownhostsfile":
			a.UserKnown = fieldsUnlessNone(value)
		case "globalknownhostsfile":
			a.GlobalKnown = fieldsUnlessNone(value)
		case "identitiesonly":
			a.IdentitiesOnly = value
		case "hostkeyalias":
			a.Alias = value
		case "proxyjump":
			// It prints what looks like an address in brackets.
			a.Jump = strings.NewReplacer("[", "", "]", "").Replace(value)
		case "connecttimeout":
			a.ConnectTimeout = strings.ReplaceAll(value, "none", "0")
		case "serveraliveinterval":
			a.Alive = value
		case "connectionattempts":
			a.Attempts = value
		case "pubkeyauthentication":
			a.PublicKeys = value
		}
	}
	return a, true
}

func fieldsUnlessNone(value string) []string {
	if value == "none" {
		return nil
	}
	return strings.Fields(value)
}

// home expands a ~/, which ssh -G prints as it stands.
func home(t testing.TB, path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return homeOfUser(t) + "/" + rest
	}
	return path
}

func homeOfUser(t testing.TB) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return u.HomeDir
}

// askUs is Lookup in the words of ssh -G.
func askUs(t testing.TB, file, name string) (answer, error) {
	t.Helper()
	s, err := sshconfig.New(sshconfig.Options{File: file}).Lookup(name, sshconfig.Given{})
	if err != nil {
		return answer{}, err
	}
	a := answer{
		HostName: s.HostName, User: s.User, Port: strconv.Itoa(s.Port), Family: s.AddressFamily,
		UserKnown: printed(s.UserKnownHosts), GlobalKnown: printed(s.GlobalKnownHosts),
		IdentitiesOnly: yesNo(s.IdentitiesOnly, "yes", "no"), PublicKeys: yesNo(!s.NoPublicKeys, "true", "false"),
		Alias: s.HostKeyAlias, Jump: strings.NewReplacer("[", "", "]", "").Replace(strings.Join(s.ProxyJump, ",")),
		ConnectTimeout: seconds(s.ConnectTimeout), Alive: seconds(s.ServerAliveInterval), Attempts: strconv.Itoa(s.ConnectionAttempts),
	}
	for _, id := range s.Identities {
		a.Identities = append(a.Identities, id.File)
		if id.Certificate != "" {
			a.Certificates += id.Certificate + "\n"
		}
	}
	if a.User == "" {
		u, err := user.Current()
		if err != nil {
			t.Fatal(err)
		}
		a.User = u.Username
	}
	if s.ConnectionAttempts == 0 {
		a.Attempts = "1"
	}
	for _, refused := range s.Refused {
		return a, refused
	}
	return a, nil
}

func yesNo(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// writeFile is a config of the test; its name stands for FILE in the text.
func writeFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// agree compares the two for a name; ok is false where ssh refuses the file.
func agree(t testing.TB, file, name string) (ok bool, diff string, err error) {
	t.Helper()
	theirs, ok := askSSH(t, file, name)
	ours, err := askUs(t, file, name)
	if !ok || err != nil {
		return ok, "", err
	}
	if strings.ContainsAny(theirs.HostName, ":%") {
		// To ssh it looks like an address, which it does not touch yet.
		theirs.HostName = strings.ToLower(theirs.HostName)
	}
	if strings.ContainsAny(joined(theirs.Identities), "%$~") {
		// ssh -G prints them as they stand.
		theirs.Identities, ours.Identities = nil, nil
	}
	if strings.Trim(ours.HostName, "0123456789.x") == "" {
		// inet_aton(3) makes 127.0.0.1 of 127.1; to us it is a name that no DNS has.
		theirs.HostName = ours.HostName
	}
	if strings.Contains(theirs.Jump, "%") {
		theirs.Jump, ours.Jump = "", ""
	}
	return true, cmp.Diff(theirs, ours), nil
}

func first(all []string) string { return append(all, "")[0] }

func joined(all []string) string { return strings.Join(all, " ") }

// printed is a list of files after ssh -G printed it, where a space in a name is
// no different from one between two.
func printed(files []string) []string {
	if len(files) == 0 {
		return nil
	}
	return strings.Fields(joined(files))
}
