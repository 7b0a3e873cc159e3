package config

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"hostkit/pkg/resource"
)

// What somebody has written into the wrong place may be a password, and what is said
// of it lands in the logs of others.
func TestNoPasswordIsRepeated(t *testing.T) {
	for _, host := range []string{
		`["geheim!"]`, `"root:geheim"`, `"root:geheim@h"`,
		`{"hostname": %q}`, `{"hostname": [%q]}`, `{"user": %q}`, `{"user": [%q]}`, `{"hostname": "geheim geheim"}`,
		`{"connection": %q}`, `{"pw": "geheim"}`, `{"pw": {"x": "geheim"}}`, `{"sudo_pw": "geheim"}`, `{"pw": 4711}`,
		`{"sudo": "geheim"}`, `{"sudo": ["geheim"]}`, `{"sudo": {"user": %q}}`, `{"sudo": {"user": "geheim!"}}`, `{"sudo": {"pw": "geheim"}}`,
		`{"doas": "geheim"}`, `{"doas": {"user": %q}}`, `{"become": "geheim"}`,
		`{"ssh": "geheim"}`, `{"ssh": ["geheim"]}`, `{"ssh": {"pw": "geheim"}}`, `{"ssh": {"port": "geheim"}}`, `{"ssh": {"host_key": "geheim"}}`,
		`{"ssh": {"connect_timeout": "geheim"}}`, `{"ssh": {"retry": "geheim"}}`, `{"ssh": {"retry": {"attempts": "geheim"}}}`,
		`{"ssh": {"use_agent": "geheim"}}`, `{"ssh": {"host_key_alias": "geheim geheim"}}`,
		`{"ssh": {"jump": %q}}`, `{"ssh": {"jump": [%q]}}`, `{"ssh": {"jump": [{"hostname": %q}]}}`, `{"ssh": {"jump": [{"hostname": "h", "user": %q}]}}`,
		`{"ssh": {"identity_file": "-----BEGIN OPENSSH PRIVATE KEY-----geheim"}}`, `{"ssh": {"identity": "-----BEGIN geheim"}}`,
		`{"ssh": {"password": "geheim"}}`, `{"ssh": {"password": geheim}}`, `{"ssh": {"password": {"$secret": "geheim"}}}`,
		// Not even JSON.
		`{"sudo": geheim}`, `{"ssh": geheim}`, `{"user": %q "sudo": true}`, `{"hostname": %q "sudo": true}`, `{"sudo": "geheim" "user": "x"}`,
		`{"ssh": {"jump": [%q] "port": 22}}`, `{"ssh": "geheim",}`, `{"pw": geheim}`,
	} {
		for _, value := range []string{"root:geheim", "root:geheim@h", "root:ge@geheim@h", "ssh://root:geheim@h", "root geheim", "root/geheim:x"} {
			config := whole(`"a": `+strings.ReplaceAll(host, "%q", fmt.Sprintf("%q", value))+`, "b": {"pwt": 1}`, "")
			if strings.Contains(value, "geheim@") && strings.Contains(host, `"user": %q`) {
				continue // names of users may have an "@", and nothing else is wrong with them
			}
			refuses(t, "-", config)
			if !strings.Contains(host, "%q") {
				break
			}
		}
	}
	for _, program := range []string{
		`{hosts: {a: {ssh: {password: geheim}}}}`, `{hosts: {a: {ssh: {password: 'x' geheim}}}}`, `{hosts: {a: {sudo: geheim}}}`, `{hosts: {a: {sudo: 'geheim', user: x}}}`,
		`{hosts: {a: {user: 'root:geheim', ssh: {password: 'geheim', jump: ['root:geheim@h']}}}}`, `{hosts: {a: {user: 'root:geheim', user: 1}}}`,
		`{hosts: {a: {connection: 'x:geheim', ssh: {x: 'geheim', port: 'geheim', jump: 'x:geheim'}, doas: ['geheim']}}}`,
		`{hosts: {a: {local x = 'geheim:geheim', user: x, hostname: 'root:' + 'geheim', sudo: self.user}}}`,
		`local host(x) = {user: x, pwt: 1, ssh: |||
  geheim
|||}; {hosts: {a: host('geheim geheim') {sudo+: {'user': "geheim!"}}}}`,
	} {
		name := t.TempDir() + "/c.jsonnet"
		if err := os.WriteFile(name, []byte(program), 0o600); err != nil {
			t.Fatal(err)
		}
		refuses(t, name, program)
	}
	// A host is called by what one would give to ssh.
	refuses(t, "-", whole(`"root:geheim@h": {"sudo": 1}`, ""))
	// A member of the root that nobody knows may have been meant as the hosts.
	refuses(t, "-", `{"schema": "hostkit.config/v1", "project": "p", "machines": {"a": {"user": "root:geheim"}}}`)
	refuses(t, "-", `{"schema": "hostkit.config/v1", "project": "p", "hosts": ["root:geheim@h"]}`)
}

// refuses wants problems of which none shows the secret, nor a line that does.
func refuses(t *testing.T, name, config string) {
	t.Helper()
	_, err := Load(t.Context(), []string{name}, Options{Kinds: resource.Kinds, Stdin: strings.NewReader(config)})
	problems, _ := err.(Problems)
	if len(problems) == 0 {
		t.Errorf("%s: %v, want problems", config, err)
	}
	for _, p := range problems {
		shown := p.Error() + "\n" + p.Advice
		if e, ok := p.Excerpt(); ok {
			shown += "\n" + e.Text
		}
		if strings.Contains(shown, "geheim") || strings.Contains(shown, "4711") {
			t.Errorf("%s\n%s", config, shown)
		}
	}
}

// What is plainly harmless is shown, since a line that hides it helps less.
func TestWhatIsHarmlessIsShown(t *testing.T) {
	for _, host := range []string{
		`{"hostname": "192.0.2.1:22"}`, `{"hostname": "db1.example.org:2222"}`, `{"hostname": "me@h"}`, `{"hostname": "a..b"}`, `{"hostname": "[2001:db8::1]"}`,
		`{"hostname": ["192.0.2.1"]}`, `{"usr": "root"}`, `{"address": "192.0.2.1"}`, `{"sudo": "yes"}`, `{"ssh": {"jump": "bastion"}}`,
		`{"ssh": {"port": "2222"}}`, `{"ssh": {"connect_timeout": "1.5s"}}`, `{"ssh": {"retry": 3}}`, `{"ssh": {"identity_file": ["~/.ssh/id"]}}`,
	} {
		_, err := Load(t.Context(), []string{"-"}, Options{Kinds: resource.Kinds, Stdin: strings.NewReader(whole("\n\"a\": "+host, ""))})
		problems, _ := err.(Problems)
		if len(problems) != 1 {
			t.Errorf("%s: %v, want one problem", host, err)
			continue
		}
		if e, ok := problems[0].Excerpt(); !ok || !strings.Contains(e.Text, host) {
			t.Errorf("%s is shown as %s", host, e.Text)
		}
	}
}
