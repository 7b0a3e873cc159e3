package connect_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// The example of hosts behind bastions, with nothing changed but its addresses
// and the fingerprint that it pins.
func TestTheBastionExampleHolds(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	example, err := os.ReadFile("../../examples/bastion.json")
	if err != nil {
		t.Fatal(err)
	}
	door, mine := p.key("id_bastion", passphrase), p.key("id_ed25519", "")
	for _, key := range []string{door, mine} {
		text, err := os.ReadFile(key)
		if err != nil {
			t.Fatal(err)
		}
		p.write(string(text), "home", ".ssh", key[strings.LastIndexByte(key, '/')+1:])
	}
	host := func(name, port string, user lab.User) *lab.Host {
		return lab.Run(t, lab.Options{Hostname: name, NoIndex: true, SSHD: []string{"Port " + port}, Users: []lab.User{user}})
	}
	own := []string{p.public(mine)}
	bastion := host("bastion", "22", lab.User{Name: "jump", AuthorizedKeys: []string{p.public(door)}})
	inner := host("inner", "2022", lab.User{Name: "me", AuthorizedKeys: own})
	db := host("db", "22", lab.User{Name: "deploy", AuthorizedKeys: own, Password: passwords["ben"], Sudo: lab.SudoWithPassword})
	web := host("web", "22", lab.User{Name: "deploy", AuthorizedKeys: own, Doas: lab.DoasNoPassword})
	words := []string{
		"203.0.113.10", bastion.IP, "10.0.0.1:", inner.IP + ":", "10.0.0.5", db.IP, "10.0.0.6", web.IP,
		"SHA256:PsN2Im+0QRvLqcCwOhUaL8bZSfESGRR1WNjVPPfEQXo", bastion.Fingerprint(),
	}
	for i := 0; i < len(words); i += 2 {
		if !bytes.Contains(example, []byte(words[i])) {
			t.Fatalf("the example has no %s any more", words[i])
		}
	}
	p.write(strings.NewReplacer(words...).Replace(string(example)), "bastion.json")
	var known strings.Builder
	for at, h := range map[string]*lab.Host{"[" + inner.IP + "]:2022": inner, db.IP: db, web.IP: web} {
		known.WriteString(at + " " + h.HostKeys()[0].Line + "\n")
	}
	p.write(known.String(), "home", ".ssh", "known_hosts")
	secrets := []string{"HOSTKIT_BASTION_PASSPHRASE=" + passphrase, "HOSTKIT_SUDO_PASSWORD=" + passwords["ben"]}
	step := func(stdin []byte, name string, args ...string) []byte {
		t.Helper()
		o := p.run(stdin, secrets, name, args...)
		if o.exit != 0 || bytes.Contains(append(o.stdout, o.stderr...), []byte("canary")) {
			t.Fatalf("%s", o)
		}
		return o.stdout
	}
	reached := []string{"--host", "db", "--host", "web"}
	documents := step(nil, "hk-eval", "bastion.json")
	plans := step(step(documents, "hk-facts", reached...), "hk-plan")
	step(plans, "hk-apply", "--confirm")
	for _, h := range []*lab.Host{db, web} {
		if motd, err := h.ReadFile("/etc/motd"); err != nil || !bytes.Contains(motd, []byte("through the bastion")) {
			t.Errorf("%s says %q, %v", h.Name, motd, err)
		}
	}
	step(step(documents, "hk-facts", reached...), "hk-plan", "--exit-code")
}
