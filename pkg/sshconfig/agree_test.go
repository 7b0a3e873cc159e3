package sshconfig_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// What one would write, and what is read otherwise by half of the programs that
// read these files. FILE2 is a second file that says `Port 77` and more.
var agreeing = map[string]string{
	"nothing":                      "",
	"only comments":                "# Host a\n\n   # x\n\t\n",
	"a block":                      "Host a\n  HostName a.example\n  User me\n  Port 2222\n",
	"the first wins":               "Host a\nPort 1\nHost *\nPort 2\nUser you\n",
	"before any block":             "Port 3\nHost a\nPort 1\n",
	"patterns":                     "Host b a? *x\nPort 1\nHost ? \nPort 2\n",
	"a question mark is one":       "Host a?\nPort 1\n",
	"negated":                      "Host * !a\nPort 1\nHost a !b\nPort 2\n",
	"only negated":                 "Host !b\nPort 1\n",
	"tabs":                         "\tHost\tb\ta\n\tPort\t99\n",
	"equals":                       "Host=a\nPort=99\nUser = me\nHostName =b\n",
	"quotes":                       "Host \"a\"\nIdentityFile \"/with space\"\nUser \"me\"\n",
	"two quotes":                   "UserKnownHostsFile \"/a\" \"/b\"\n",
	"single quotes":                "User 'me'\n",
	"escapes":                      "IdentityFile /a\\ b\nUser a\\\\b\n",
	"a quote in a word":            "User m\"e y\"ou\n",
	"comment after a value":        "Host a # b\nPort 99 # 98\n",
	"hash in a word":               "IdentityFile /a#b\nUser me#x\n",
	"carriage returns":             "Host a\r\n  Port 99\r\n",
	"no newline at the end":        "Host a\n Port 99",
	"form feed":                    "Port 99\f\n",
	"keywords in any case":         "hOsT a\npOrT 99\n",
	"hosts are case-sensitive":     "Host A\nPort 1\n",
	"host name lowered":            "HostName B.Example\n",
	"token of the host name":       "HostName %h.example\n",
	"percent in the host name":     "HostName %h%%x\n",
	"an address":                   "HostName 2001:DB8:0::1\n",
	"an address of version 4":      "HostName 10.0.0.1\n",
	"identities add up":            "IdentityFile /1\nHost a\nIdentityFile ~/2\nIdentityFile /1\n",
	"identity none":                "IdentityFile none\n",
	"identity after none":          "IdentityFile none\nIdentityFile /a\n",
	"known hosts":                  "UserKnownHostsFile ~/a /b\nGlobalKnownHostsFile /c /d\n",
	"known hosts none":             "UserKnownHostsFile none\nGlobalKnownHostsFile none\n",
	"tokens":                       "Port 23\nUser me\nHostName b\nUserKnownHostsFile ~/%h-%n-%p-%r-%u-%i-%%-%k %d/x-%L-%l\n",
	"alias":                        "HostKeyAlias Xy\nUserKnownHostsFile /%k\n",
	"variables":                    "UserKnownHostsFile ${HOME}/a $HOME/b\n",
	"jump":                         "ProxyJump me@b:22,c\n",
	"jump none":                    "ProxyJump none\nHost *\nProxyJump b\n",
	"jump with equals":             "ProxyJump = b\n",
	"command none, then jump":      "ProxyCommand none\nProxyJump b\n",
	"jump, then command":           "ProxyJump b\nProxyCommand nc %h %p\n",
	"times":                        "ConnectTimeout 1m30s\nServerAliveInterval 2h\n",
	"times as numbers":             "ConnectTimeout 7\nServerAliveInterval 0\n",
	"no time":                      "ConnectTimeout none\n",
	"flags":                        "IdentitiesOnly YES\nPubkeyAuthentication no\n",
	"a family":                     "Host b\nAddressFamily inet\nHost a\nAddressFamily INET6\n",
	"match all":                    "Match all\nPort 99\n",
	"match host":                   "Match host A*,b\nPort 99\n",
	"match host with equals":       "Match host=a\nPort 99\n",
	"match the resolved name":      "HostName b.example\nMatch host b.example\nPort 1\nMatch host a\nUser no\n",
	"match originalhost":           "HostName b\nMatch originalhost a\nPort 99\n",
	"match user":                   "User me\nMatch user me\nPort 99\nMatch user you\nIdentityFile /x\n",
	"match negated":                "Match !host b,c host a\nPort 99\nMatch !host a\nUser x\n",
	"match negated in the list":    "Match host *,!a\nPort 99\n",
	"match two, one fails":         "Match host a user nobody-of-that-name\nPort 99\n",
	"match localuser":              "Match localuser nobody-of-that-name\nPort 1\nMatch !localuser nobody-of-that-name\nPort 2\n",
	"match with a comment":         "Match host a # x\nPort 99\n",
	"match final":                  "Match final\nPort 99\nHost *\nUser me\n",
	"match final all":              "Match final all\nPort 99\n",
	"the second pass":              "Host b\nPort 99\nHost a\nHostName b\nMatch final host b\nUser me\n",
	"match canonical":              "Match canonical\nPort 99\n",
	"match canonical, second pass": "Match final\nUser me\nMatch canonical\nPort 99\n",
	"match is for all that follow": "Match host b\nPort 99\nUser x\nHost a\nPort 1\n",
	"include":                      "Include FILE2\nPort 1\n",
	"include in a block":           "Host b\nInclude FILE2\nHost *\nUser you\n",
	"include opens blocks":         "Host a\nInclude FILE2\nUser after\n",
	"include of nothing":           "Include /nonexistent/*.conf /nonexistent\nPort 1\n",
	"include of two":               "Include \"FILE2\" FILE2\nPort 1\n",
	"ignored keywords":             "IgnoreUnknown foo*,bar\nfoobar 1\nPort 99\n",
	"what is of no concern":        "ForwardAgent yes\nSendEnv LANG LC_*\nHashKnownHosts yes\nGSSAPIAuthentication yes\nControlPath ~/.ssh/%C\nLocalForward 1 b:2\nPort 99\n",
	"host key checking":            "StrictHostKeyChecking no\n",
}

const second = "Port 77\nHost b\nUser b\nHost a\nIdentityFile /second\nMatch host a\nUser included\n"

func TestReadsAsSSHDoes(t *testing.T) {
	t.Setenv("HOME", homeOfUser(t))
	file2 := writeFile(t, "second", second)
	for what, text := range agreeing {
		file := writeFile(t, "config", strings.ReplaceAll(text, "FILE2", file2))
		ok, diff, err := agree(t, file, "a")
		if !ok || err != nil || diff != "" {
			t.Errorf("%s: ssh reads it: %t, we: %v\n%s%s", what, ok, err, text, diff)
		}
	}
}

// randomConfig draws what is within the grammar that both read.
func randomConfig(t *rapid.T, include string) string {
	pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	space := func() string { return pick("space", " ", "\t", "  ", "=", " = ") }
	quoted := func(value string) string {
		return fmt.Sprintf(pick("quotes", "%s", "%s", "%s", `"%s"`), value)
	}
	names := []string{"a", "b", "ab", "a.example", "*", "a*", "?", "*.example", "??", "B"}
	list := func(separator string) string {
		words := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"", "", "", "!"}).Draw(t, "not") + rapid.SampledFrom(names).Draw(t, "name")
		}), 1, 3).Draw(t, "names")
		return strings.Join(words, separator)
	}
	line := func() string {
		switch pick("line", "host", "match", "value", "value", "value", "value", "value", "noise", "include") {
		case "host":
			return pick("case", "Host", "host", "HOST") + pick("space", " ", "\t", "=") + list(pick("between", " ", "  "))
		case "match":
			words := []string{}
			for range rapid.IntRange(1, 3).Draw(t, "criteria") {
				not := pick("not", "", "", "!")
				switch criterion := pick("criterion", "host", "originalhost", "user", "localuser", "final", "canonical"); criterion {
				case "final", "canonical":
					words = append(words, not+criterion)
				case "user":
					words = append(words, not+"user", pick("user", "me", "you", "m*", "root", "!me,*"))
				default:
					words = append(words, not+criterion, list(","))
				}
			}
			return "Match " + pick("all", strings.Join(words, " "), strings.Join(words, " "), "all")
		case "noise":
			return pick("noise", "# Port 1", "", "  \t", "ForwardAgent yes", "SendEnv A B", "LogLevel DEBUG", "IgnoreUnknown x*", "xyz 1")
		case "include":
			return "Include " + include
		}
		value := pick("value",
			"Port 1", "Port 2200", "User me", "User you", "HostName b", "HostName %h.example", "HostName A.Example",
			"IdentityFile ~/1", "IdentityFile /2", "IdentityFile none", "IdentityFile /a#b", "UserKnownHostsFile ~/%n-%h-%p-%r", "UserKnownHostsFile none",
			"GlobalKnownHostsFile /g", "HostKeyAlias %s", "HostKeyAlias Alias", "ProxyJump b", "ProxyJump none", "ProxyJump me@c:7,d", "ProxyCommand none",
			"ConnectTimeout 5", "ConnectTimeout 1m", "ServerAliveInterval 9", "ConnectionAttempts 3", "IdentitiesOnly yes", "IdentitiesOnly no", "PubkeyAuthentication no", "AddressFamily inet", "AddressFamily any")
		keyword, rest, _ := strings.Cut(strings.ReplaceAll(value, " %s", " k"), " ")
		if keyword == "ProxyJump" || keyword == "ProxyCommand" {
			return keyword + space() + rest
		}
		return pick("indent", "", "  ", "\t") + keyword + space() + quoted(rest) + pick("end", "", "", " ", " # comment", "\r")
	}
	lines := make([]string, rapid.IntRange(0, 14).Draw(t, "lines"))
	for i := range lines {
		lines[i] = line()
	}
	return strings.Join(lines, "\n") + pick("last", "", "\n")
}

func TestReadsAsSSHDoesWhateverStandsThere(t *testing.T) {
	t.Setenv("HOME", homeOfUser(t))
	file2 := writeFile(t, "second", "")
	read := 0
	rapid.Check(t, func(rt *rapid.T) {
		included := randomConfig(rt, "/nonexistent")
		if err := os.WriteFile(file2, []byte(included), 0o600); err != nil {
			rt.Fatal(err)
		}
		text := randomConfig(rt, file2)
		name := rapid.SampledFrom([]string{"a", "b", "ab", "a.example", "B"}).Draw(rt, "name")
		ok, diff, err := agree(t, writeFile(t, "config", text), name)
		if !ok {
			return
		}
		read++
		if err != nil || diff != "" {
			rt.Fatalf("for %s: %v\n%s\nincluded:\n%s\n%s", name, err, text, included, diff)
		}
	})
	if read < 20 {
		t.Errorf("ssh read only %d of the files: they test nothing", read)
	}
}

// What ssh -G prints names every keyword that this version of ssh knows and has a
// value for; as a config it means what it was printed for.
func TestKnowsEveryKeywordOfSSH(t *testing.T) {
	t.Setenv("HOME", homeOfUser(t))
	out, err := exec.Command("ssh", "-G", "-F", "none", "a").Output()
	if err != nil {
		t.Fatal("this test needs ssh: apt-get install openssh-client")
	}
	if len(out) < 2000 {
		t.Fatalf("ssh -G says too little:\n%s", out)
	}
	want, err := askUs(t, "none", "a")
	if err != nil {
		t.Fatal(err)
	}
	got, err := askUs(t, writeFile(t, "config", string(out)), "a")
	want.Identities, got.Identities = nil, nil
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}
