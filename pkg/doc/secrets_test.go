package doc_test

import (
	"fmt"
	"strings"
	"testing"

	"hostkit/pkg/doc"
)

// told lists uses, each as "REFERENCE: PLACE, …".
func told(uses []doc.SecretUse) string {
	var lines []string
	for _, use := range uses {
		lines = append(lines, fmt.Sprintf("%s: %s", use, strings.Join(use.UsedBy, ", ")))
	}
	return strings.Join(lines, "; ")
}

func TestSecretsOfWhatKindsSay(t *testing.T) {
	for object, want := range map[string]string{
		`{"content":{"$secret":{"env":"HOSTKIT_A"}}}`:                                     "env HOSTKIT_A: content of file:/a",
		`{"mode":"0600","content":{"$secret":{"file":"a/b"}},"more":1}`:                   "file a/b: content of file:/a",
		`{"\u0063ontent":{"\u0024secret":{"e\u006ev":"HOSTKIT_A"}}}`:                      "env HOSTKIT_A: content of file:/a",
		`{"a":{"$secret":{"env":"HOSTKIT_A"}},"b":{"$secret":{"env":"HOSTKIT_A"}}}`:       "env HOSTKIT_A: a of file:/a, b of file:/a",
		`{"content":{"$base64":"/w=="},"other":{"x":1},"list":[{"$secret":{"env":"A"}}]}`: "",
		`{"content":{"$secret":{"env":"HOSTKIT_A"},"x":1}}`:                               "",
		`{"content":{"$secret":"geheim"}}`:                                                "",
		`{"content":"{\"$secret\":{\"env\":\"HOSTKIT_A\"}}"}`:                             "",
		`{`: "", `[]`: "", ``: "", `{"a":`: "", `{"a":{`: "",
	} {
		r := doc.Resource{Address: "file:/a", Spec: doc.Attributes(object)}
		if got := told(doc.SecretsOf(r)); got != want {
			t.Errorf("%s: %q, want %q", object, got, want)
		}
		if doc.HasSecret(doc.Attributes(object)) != (want != "") {
			t.Errorf("%s: HasSecret", object)
		}
	}
}

// A plan lists what the login takes first, and a reference once whoever uses it.
func TestAllSecretsOfAPlan(t *testing.T) {
	secret := doc.Attributes(`{"content":{"$secret":{"env":"HOSTKIT_A"}}}`)
	p := doc.Plan{
		Host: doc.Host{HostConfig: doc.HostConfig{SSH: &doc.SSH{Password: &doc.SecretRef{Secret: doc.SecretSource{Env: "HOSTKIT_A"}}}}},
		Changes: []doc.Change{
			{Address: "file:/b", Before: secret, After: doc.Attributes(`{"content":{"$secret":{"command":["pass","b"]}}}`)},
			{Address: "file:/c", Before: secret, After: secret},
		},
	}
	want := "env HOSTKIT_A: host.ssh.password, content of file:/b, content of file:/c; command pass b: content of file:/b"
	if got := told(p.AllSecrets()); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
