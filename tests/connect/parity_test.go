package connect_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"hostkit/tests/lab"
)

// yard is what the ssh_config files of this test are about: a bastion and a host
// behind it, that both take their lab key for each account.
type yard struct {
	place
	near, target *lab.Host
	words        *strings.Replacer
	socket       string
}

func newYard(t *testing.T) *yard {
	t.Helper()
	lab.Require(t)
	y := &yard{place: newPlace(t)}
	stranger, held := y.key("stranger", ""), y.key("held", "")
	encrypted := y.key("encrypted", passphrase)
	authority, certified := y.key("authority", ""), y.key("certified", "")
	y.must(nil, "ssh-keygen", "-q", "-s", authority, "-I", "yard", "-n", "ann", certified+".pub")
	y.near = lab.Run(t, lab.Options{Hostname: "near", NoIndex: true, Users: []lab.User{{Name: "hop"}}})
	y.target = lab.Run(t, lab.Options{
		Hostname: "target", NoIndex: true,
		Users: []lab.User{{Name: "ann", AuthorizedKeys: []string{y.public(held), y.public(encrypted)}}, {Name: "eve"}},
		Files: []lab.File{{Path: "/etc/ssh/authority", Content: y.public(authority) + "\n"}},
		SSHD:  []string{"TrustedUserCAKeys /etc/ssh/authority"},
	})
	y.socket = y.agent("yard", held)
	line := y.target.HostKeys()[0].Line
	y.words = strings.NewReplacer(
		"TARGET", y.target.IP, "NEAR", y.near.IP, "PORT", strconv.Itoa(y.target.Port), "KEYS", y.path("keys"),
		"KEY_OF_TARGET", y.target.Identity, "KEY_OF_NEAR", y.near.Identity, "KEY_OF_STRANGER", stranger,
		"KEY_IN_AGENT", held, "KEY_ENCRYPTED", encrypted, "KEY_CERTIFIED", certified,
		"KNOWN_TARGET", y.target.KnownHosts, "KNOWN_NEAR", y.near.KnownHosts,
		"KNOWN_BOTH", y.write(y.target.KnownHostsLines()+y.near.KnownHostsLines(), "known", "both"),
		"KNOWN_NONE", y.write("", "known", "none"),
		"KNOWN_ALIAS", y.write("web.example "+line+"\n", "known", "alias"),
		"KNOWN_OTHER", y.write(fmt.Sprintf("[%s]:%d %s\n", y.target.IP, y.target.Port, y.public(stranger)), "known", "other"),
		"INCLUDED", y.path("included"),
	)
	y.write(y.words.Replace("Host web\n"+web), "included")
	return y
}

// door is the bastion in an ssh_config, web a host.
const door = "Host door\n\tHostName NEAR\n\tPort PORT\n\tUser hop\n\tIdentityFile KEY_OF_NEAR\n\tUserKnownHostsFile KNOWN_NEAR\n"

const web = "\tHostName TARGET\n\tPort PORT\n\tIdentityFile KEY_OF_TARGET\n\tUserKnownHostsFile KNOWN_TARGET\n\tUser ann\n"

// reached is where a login ended: the host's name and the user.
type reached struct{ host, user string }

// ssh is what OpenSSH makes of the config, in a session without a terminal, so
// that it can ask nobody.
func (y *yard) ssh(config, name string) (reached, string) {
	y.t.Helper()
	cmd := exec.CommandContext(y.t.Context(), "ssh", "-F", config, name, "cat /etc/hostname; id -un")
	cmd.Env, cmd.Dir = append(y.env[:len(y.env):len(y.env)], y.socket), y.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	said := strings.Fields(string(out))
	if err != nil || len(said) != 2 {
		return reached{}, stderr.String()
	}
	return reached{said[0], said[1]}, ""
}

// facts is what hk-facts makes of the same config.
func (y *yard) facts(config, name string) (reached, string) {
	y.t.Helper()
	files := object{"/etc/hostname": object{"content": ""}}
	for _, user := range []string{"root", "ann", "eve"} {
		files[keysOf(user)] = object{"content": "", "sensitive": true}
	}
	// hk-eval calls the host what the document does where it has no hostname.
	documents := y.documents(object{name: object{}}, object{"files": files})
	cmd := exec.CommandContext(y.t.Context(), y.bin+"/hk-facts", "--ssh-config", config)
	cmd.Env, cmd.Dir, cmd.Stdin = append(y.env[:len(y.env):len(y.env)], y.socket), y.dir, strings.NewReader(string(documents))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return reached{}, stderr.String()
	}
	var d struct {
		Facts struct {
			Observed map[string]struct{ State, Content string }
		}
	}
	if err := json.Unmarshal(out, &d); err != nil {
		y.t.Fatalf("%v\n%s", err, out)
	}
	observed := d.Facts.Observed
	at := reached{host: strings.TrimSpace(observed["file:/etc/hostname"].Content)}
	// A home's keys are for their owner to read, and for root.
	for _, user := range []string{"root", "ann", "eve"} {
		if observed["file:"+keysOf(user)].State == "present" {
			at.user = user
			break
		}
	}
	return at, ""
}

func keysOf(user string) string {
	if user == "root" {
		return "/root/.ssh/authorized_keys"
	}
	return "/home/" + user + "/.ssh/authorized_keys"
}

// What one of the two reaches, the other reaches, as the same user; what the one
// refuses the other refuses too.
func TestHostsAreReachedAsWithSSH(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	at := func(user string) reached { return reached{"target", user} }
	none := reached{}
	const alone = "\tIdentityAgent none\n"
	for name, c := range map[string]struct {
		config string
		alias  string
		want   reached
	}{
		"an alias":             {"Host web\n" + web, "web", at("ann")},
		"root":                 {"Host web\n\tUser root\n" + web, "web", at("root")},
		"the first value wins": {"Host web\n\tUser eve\nHost *\n" + web, "web", at("eve")},
		"a pattern but for one": {
			"Host !web-3 web-*\n\tUser eve\nHost web-*\n" + web, "web-3", at("ann"),
		},
		"Match host":         {"Host web\n\tHostName TARGET\nMatch host TARGET\n" + web, "web", at("ann")},
		"Match originalhost": {"Host web\n\tHostName TARGET\nMatch originalhost web user eve\n" + web + "Match originalhost web\n\tUser eve\n", "web", none},
		"Match all":          {"Match all\n" + web, "web", at("ann")},
		"words as people write them": {
			"# a comment\nhost=web\n  hostname = TARGET\n\tpOrT\tPORT # another\n  identityfile \"KEY_OF_TARGET\"\n" +
				"  UserKnownHostsFile=\"KNOWN_TARGET\"\n  user \"ann\"\n", "web", at("ann"),
		},
		"tokens": {
			"Host held\n\tHostName TARGET\n\tUser ann\n\tPort PORT\n\tIdentityFile KEYS/%n\n\tUserKnownHostsFile KNOWN_TARGET\n" + alone, "held", at("ann"),
		},
		"an included file":           {"Include INCLUDED\n", "web", at("ann")},
		"HostKeyAlias":               {"Host web\n\tHostKeyAlias web.example\n\tUserKnownHostsFile KNOWN_ALIAS\n" + web, "web", at("ann")},
		"two known_hosts files":      {"Host web\n\tUserKnownHostsFile KNOWN_NONE KNOWN_TARGET\n" + web, "web", at("ann")},
		"an unknown key":             {"Host web\n\tUserKnownHostsFile KNOWN_NONE\n" + web, "web", none},
		"a changed key":              {"Host web\n\tUserKnownHostsFile KNOWN_OTHER\n" + web, "web", none},
		"an unknown alias":           {"Host web\n\tHostKeyAlias elsewhere.example\n" + web, "web", none},
		"a port where nobody is":     {"Host web\n\tPort 9\n" + web, "web", none},
		"a user who is not there":    {"Host web\n\tUser nobody-of-that-name\n" + web, "web", none},
		"a key that is not taken":    {"Host web\n\tHostName TARGET\n\tPort PORT\n\tUser ann\n\tIdentityFile KEY_OF_STRANGER\n\tUserKnownHostsFile KNOWN_TARGET\n" + alone, "web", none},
		"an agent's key":             {"Host web\n\tHostName TARGET\n\tPort PORT\n\tUser ann\n\tIdentityFile KEY_OF_STRANGER\n\tUserKnownHostsFile KNOWN_TARGET\n", "web", at("ann")},
		"IdentitiesOnly":             {"Host web\n\tHostName TARGET\n\tPort PORT\n\tUser ann\n\tIdentitiesOnly yes\n\tIdentityFile KEY_OF_STRANGER\n\tUserKnownHostsFile KNOWN_TARGET\n", "web", none},
		"IdentitiesOnly, and named":  {"Host web\n\tHostName TARGET\n\tPort PORT\n\tUser ann\n\tIdentitiesOnly yes\n\tIdentityFile KEY_IN_AGENT.pub\n\tUserKnownHostsFile KNOWN_TARGET\n", "web", at("ann")},
		"two identities":             {"Host web\n\tIdentityFile KEY_OF_STRANGER\n" + web + alone, "web", at("ann")},
		"a certificate":              {"Host web\n\tHostName TARGET\n\tPort PORT\n\tUser ann\n\tIdentityFile KEY_CERTIFIED\n\tUserKnownHostsFile KNOWN_TARGET\n" + alone, "web", at("ann")},
		"a certificate for another":  {"Host web\n\tHostName TARGET\n\tPort PORT\n\tUser eve\n\tIdentityFile KEY_CERTIFIED\n\tUserKnownHostsFile KNOWN_TARGET\n" + alone, "web", none},
		"a key that nobody can open": {"Host web\n\tHostName TARGET\n\tPort PORT\n\tUser ann\n\tIdentityFile KEY_ENCRYPTED\n\tUserKnownHostsFile KNOWN_TARGET\n" + alone, "web", none},
		"ProxyJump":                  {"Host web\n\tProxyJump door\n" + web + door, "web", at("ann")},
		"ProxyJump as user@host:port": {
			"Host web\n\tProxyJump hop@NEAR:PORT\n" + web + "Host NEAR\n\tIdentityFile KEY_OF_NEAR\n\tUserKnownHostsFile KNOWN_NEAR\n", "web", at("ann"),
		},
		"ProxyJump with a user of its own": {
			"Host web\n\tProxyJump nobody-of-that-name@door\n" + web + door, "web", none,
		},
		"ProxyJump of two": {
			"Host web\n\tProxyJump door,eve@inner\n" + web + door +
				"Host inner\n\tHostName TARGET\n\tPort PORT\n\tIdentityFile KEY_OF_TARGET\n\tUserKnownHostsFile KNOWN_TARGET\n", "web", at("ann"),
		},
		"ProxyJump of the one jumped through": {
			"Host web\n\tProxyJump eve@inner\n" + web + door +
				"Host inner\n\tHostName TARGET\n\tPort PORT\n\tProxyJump door\n\tIdentityFile KEY_OF_TARGET\n\tUserKnownHostsFile KNOWN_TARGET\n", "web", at("ann"),
		},
		"ProxyJump none":             {"Host web\n\tProxyJump none\n" + web + "Host *\n\tProxyJump elsewhere.invalid\n", "web", at("ann")},
		"an unknown key on the way":  {"Host web\n\tProxyJump door\n" + web + "Host door\n\tUserKnownHostsFile KNOWN_NONE\n" + door, "web", none},
		"a refused login on the way": {"Host web\n\tProxyJump door\n" + web + strings.Replace(door, "KEY_OF_NEAR", "KEY_OF_STRANGER", 1), "web", none},
		"nobody behind the bastion":  {"Host web\n\tPort 9\n\tProxyJump door\n" + web + door, "web", none},
		"what is none of our business": {
			"Host web\n\tCompression yes\n\tLogLevel ERROR\n\tServerAliveInterval 7\n\tConnectTimeout 9\n\tForwardAgent yes\n\tControlMaster no\n\tSendEnv LANG\n" + web, "web", at("ann"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := y.in(t)
			config := y.write(y.words.Replace(c.config), "config-"+strings.Map(func(r rune) rune {
				if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
					return r
				}
				return '-'
			}, name))
			bySSH, sshSaid := y.ssh(config, c.alias)
			byFacts, factsSaid := y.facts(config, c.alias)
			if bySSH != c.want || byFacts != c.want {
				t.Errorf("want %+v\nssh reached %+v %s\nhk-facts reached %+v %s", c.want, bySSH, sshSaid, byFacts, factsSaid)
			}
			if c.want == none && factsSaid == "" {
				t.Error("hk-facts refuses without a word")
			}
		})
	}
}

// What ssh follows and we don't is refused with the line, never passed over: a
// host must not be reached by another way than its owner wrote.
func TestWhatCannotBeFollowedIsSaid(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	for name, c := range map[string]struct {
		config string
		says   []string
	}{
		"ProxyCommand": {"Host web\n\tProxyCommand ssh -F CONFIG -W %h:%p door\n" + web + door, []string{"config:2", "ProxyCommand", "ProxyJump"}},
		"Match exec":   {"Match originalhost web exec \"true\"\n" + web, []string{"config:1", "exec"}},
	} {
		t.Run(name, func(t *testing.T) {
			y := y.in(t)
			config := y.path("config")
			y.write(strings.ReplaceAll(y.words.Replace(c.config), "CONFIG", config), "config")
			if at, said := y.ssh(config, "web"); at.user != "ann" {
				t.Errorf("ssh reached %+v: %s", at, said)
			}
			at, said := y.facts(config, "web")
			for _, words := range c.says {
				if at.user != "" || !strings.Contains(said, words) {
					t.Errorf("hk-facts reached %+v, and does not say %q: %s", at, words, said)
				}
			}
		})
	}
}

// in is the yard for a part of the test.
func (y *yard) in(t *testing.T) *yard {
	other := *y
	other.t = t
	return &other
}
