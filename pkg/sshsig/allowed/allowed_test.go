package allowed_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/sshsig"
	"hostkit/pkg/sshsig/allowed"
)

const namespace = "hostkit-plan"

// private is a key of which there is one for each seed.
func private(seed byte) ed25519.PrivateKey {
	raw := make([]byte, ed25519.SeedSize)
	raw[0] = seed
	return ed25519.NewKeyFromSeed(raw)
}

// public is its line in a .pub file, without a comment.
func public(t testing.TB, seed byte) string {
	t.Helper()
	key, err := ssh.NewPublicKey(private(seed).Public())
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// signature is one over an empty message.
func signature(t testing.TB, seed byte) sshsig.Signature {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(private(seed), "")
	if err != nil {
		t.Fatal(err)
	}
	key, err := sshsig.ParseKey(pem.EncodeToMemory(block))
	if err != nil {
		t.Fatal(err)
	}
	s, err := key.Sign(namespace, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func signed(t testing.TB, seed byte) allowed.Signed {
	t.Helper()
	s := signature(t, seed)
	made, err := allowed.Check(s, sshsig.NewHash(s.Hash).Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// at is the time of all checks.
var at = time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC)

// lists are lists with KEY and OTHER for two keys, who is asked for, and whether
// the signature of KEY is his. What they say must be what ssh-keygen says.
var lists = []struct {
	what, list, principal string
	good                  bool
}{
	{"the plain form", `anna@example.com KEY`, "anna@example.com", true},
	{"a comment behind the key", `anna@example.com KEY anna's laptop`, "anna@example.com", true},
	{"comments and empty lines", "# those who may\n\n  \t\nanna KEY\n#bert OTHER", "anna", true},
	{"white space all over", "\t anna \t KEY  ", "anna", true},
	{"Windows' line ends", "bert OTHER\r\nanna KEY\r\n", "anna", true},
	{"somebody else", `anna@example.com KEY`, "bert@example.com", false},
	{"several names", `anna@example.com,bert KEY`, "bert", true},
	{"a name in another case", `anna@example.com KEY`, "Anna@example.com", false},
	{"a pattern", `*@example.com KEY`, "anna@example.com", true},
	{"a pattern for one character", `ann?@example.com KEY`, "anna@example.com", true},
	{"a pattern that is too short", `*@example KEY`, "anna@example.com", false},
	{"a name taken out", `*@example.com,!anna@example.com KEY`, "anna@example.com", false},
	{"nothing but a name taken out", `!bert KEY`, "anna", false},
	{"names in quotes", `"anna of Example" KEY`, "anna of Example", true},
	{"another key", `anna OTHER`, "anna", false},
	{"a second line", "anna OTHER\nanna KEY", "anna", true},
	{"a namespace", `anna namespaces="hostkit-plan" KEY`, "anna", true},
	{"several namespaces", `anna namespaces="git,hostkit-plan" KEY`, "anna", true},
	{"a pattern of namespaces", `anna namespaces="hostkit-*" KEY`, "anna", true},
	{"a namespace taken out", `anna namespaces="*,!hostkit-plan" KEY`, "anna", false},
	{"another namespace", `anna namespaces="git" KEY`, "anna", false},
	{"another namespace, and a line that has it", "anna namespaces=\"git\" KEY\nanna KEY", "anna", true},
	{"an option in capitals", `anna NAMESPACES="git" KEY`, "anna", false},
	{"a time that has begun", `anna valid-after="20261123Z" KEY`, "anna", true},
	{"a time to the second", `anna valid-after="20261123083000Z" KEY`, "anna", true},
	{"a time that has not begun", `anna valid-after="20261123083001Z" KEY`, "anna", false},
	{"a time that lasts", `anna valid-before="202611230830Z" KEY`, "anna", true},
	{"a time that is over", `anna valid-before="20261123082959Z" KEY`, "anna", false},
	{"a time without a zone", `anna valid-before="20261123082959" KEY`, "anna", false},
	{"all options", `anna namespaces="hostkit-plan",valid-after="20260101Z",valid-before="20270101Z" KEY`, "anna", true},
	{"an authority that signs itself", `anna cert-authority KEY`, "anna", false},
	{"two times namespaces", `anna namespaces="git",namespaces="hostkit-plan" KEY`, "anna", false},
	{"an option without quotes", `anna namespaces=hostkit-plan KEY`, "anna", false},
	{"an option that is not known", `anna no-touch-required KEY`, "anna", false},
	{"a time that is none", `anna valid-before="tomorrow" KEY`, "anna", false},
	{"times the wrong way round", `anna valid-after="20270101Z",valid-before="20260101Z" KEY`, "anna", false},
	{"a quote without an end", `anna namespaces="hostkit-plan KEY`, "anna", false},
	{"names in half a quote", `"anna KEY`, "anna", false},
	{"no name", `KEY`, "anna", false},
	{"no key", `anna`, "anna", false},
	{"half a key", `anna ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI`, "anna", false},
	{"the key as another type", `anna ssh-rsa KEYBLOB`, "anna", false},
	{"an empty file", ``, "anna", false},
}

func fill(t testing.TB, list string) string {
	t.Helper()
	key := public(t, 1)
	return strings.NewReplacer("KEYBLOB", strings.Fields(key)[1], "KEY", key, "OTHER", public(t, 2)).Replace(list)
}

func TestWhoHasSigned(t *testing.T) {
	made := signed(t, 1)
	for _, c := range lists {
		signers, err := allowed.Parse("list", []byte(fill(t, c.list)), time.UTC)
		if err == nil {
			_, err = signers.Who(made, c.principal, at)
		}
		if c.good != (err == nil) {
			t.Errorf("%s: %v\n%s", c.what, err, c.list)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "list") {
			t.Errorf("%s: the error does not name the list: %v", c.what, err)
		}
	}
}

// What is said here of a list is what ssh-keygen says of it.
func TestListsAreReadAsSSHKeygenReadsThem(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Fatal("this test needs ssh-keygen: apt-get install openssh-client")
	}
	dir := t.TempDir()
	sig := filepath.Join(dir, "sig")
	if err := os.WriteFile(sig, signature(t, 1).Armor(), 0o600); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "list")
	for _, c := range lists {
		if err := os.WriteFile(list, []byte(fill(t, c.list)), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "ssh-keygen", "-Y", "verify", "-f", list, "-I", c.principal,
			"-n", namespace, "-s", sig, "-O", "verify-time=20261123083000Z")
		cmd.Env = append(os.Environ(), "TZ=UTC")
		out, err := cmd.CombinedOutput()
		if c.good != (err == nil) {
			t.Errorf("%s: %v\n%s\n%s", c.what, err, c.list, out)
		}
	}
}

// A key is the text that a person sees: base64 is read across a carriage return,
// as ssh-keygen does it, too.
func TestAControlCharacterIsRefused(t *testing.T) {
	for _, list := range []string{
		strings.Replace(fill(t, "anna KEY"), "AAAA", "AA\rAA", 1),
		"bert OTHER\r" + fill(t, "anna KEY"),
		fill(t, "an\rna KEY"),
	} {
		if _, err := allowed.Parse("list", []byte(list), time.UTC); err == nil || err.Error() != `list:1: want printable text: it has '\r'` {
			t.Errorf("%q: %v", list, err)
		}
	}
}

func TestWhoSaysThePatternWhereNobodyIsAskedFor(t *testing.T) {
	signers, err := allowed.Parse("list", []byte(fill(t, "bert OTHER\n*@example.com,carl KEY")), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	who, err := signers.Who(signed(t, 1), "", at)
	if err != nil || who.Principal != "*@example.com,carl" || who.KeyType != "ssh-ed25519" || !strings.HasPrefix(who.Fingerprint, "SHA256:") {
		t.Errorf("%+v, %v", who, err)
	}
	_, err = signers.Who(signed(t, 3), "", at)
	var unknown *allowed.UnknownError
	if !errors.As(err, &unknown) || unknown.Key != signed(t, 3).KeyName() {
		t.Errorf("%v", err)
	}
}

// FuzzList reads what may stand in a list: it never allows what it does not say.
func FuzzList(f *testing.F) {
	for _, c := range lists {
		f.Add(fill(f, c.list), c.principal)
	}
	f.Add(strings.Replace(fill(f, "anna KEY"), "AAAA", "AA\rAA", 1), "anna")
	made := signed(f, 1)
	blob := strings.Fields(public(f, 1))[1]
	f.Fuzz(func(t *testing.T, list, principal string) {
		signers, err := allowed.Parse("list", []byte(list), time.UTC)
		if err != nil {
			return
		}
		if who, err := signers.Who(made, principal, at); err == nil && (!strings.Contains(list, blob) || principal != "" && who.Principal != principal) {
			t.Errorf("%q allows %q as %+v", list, principal, who)
		}
	})
}
