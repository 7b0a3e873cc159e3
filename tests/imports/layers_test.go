package imports_test

import (
	"slices"
	"strings"
	"testing"
)

// layers says what of ours each package may import. A row names only rows above
// it, so nothing imports upward. "pkg/" is left out.
var layers = []struct{ name, may string }{
	{"doc", ""},
	{"jsonx", ""},
	{"journal", "doc"},
	{"shell", ""},
	{"visible", ""},
	{"color", ""},
	{"openpgp", ""},
	{"cli/suggest", ""},
	{"cli/excerpt", "cli/suggest doc visible"},
	{"sshsig", ""},
	{"sshconfig", ""},
	{"sshsig/allowed", "sshconfig sshsig"},
	{"secret", ""},
	{"secret/source", "doc secret"},

	{"cli", "cli/excerpt cli/suggest color doc jsonx shell visible"},
	{"manager", "shell"},
	{"manager/apktest", "shell"},
	{"names", "cli/suggest doc jsonx shell"},
	{"mise", "doc names shell"},
	{"resource", "doc jsonx manager mise names openpgp secret shell"},
	{"graph", "doc resource"},
	{"transport", "cli/suggest doc secret shell"},
	{"transport/relay", ""},
	{"transport/sshtest", ""},

	{"config", "cli/excerpt cli/suggest doc graph jsonx resource"},
	{"facts", "doc journal jsonx manager names resource secret shell"},
	{"repology", ""},
	{"repology/repologytest", ""},
	{"resolve", "doc mise names repology"},
	{"plan", "doc graph jsonx names resource shell"},
	{"down", "doc graph plan resource"},
	{"apply", "doc facts graph journal jsonx names resource secret shell"},
	{"render", "color doc jsonx visible"},
	// login is what hk-facts and hk-apply have in common: secrets resolved, the
	// connection made, the session begun.
	{"login", "cli doc secret secret/source shell sshconfig transport"},

	{"schemas", "doc resource"},
	{"cmd/hk-eval", "cli config doc resource schemas shell"},
	{"cmd/hk-facts", "cli cli/suggest doc facts jsonx login names resource shell transport"},
	{"cmd/hk-resolve", "cli cli/suggest doc jsonx mise names repology resolve"},
	{"cmd/hk-plan", "cli cli/suggest doc journal jsonx mise names plan render resource shell sshsig"},
	// It names the secrets of a plan to source, which resolves them all before
	// the first connection is opened.
	{"cmd/hk-apply", "apply cli doc facts jsonx login plan render resource secret/source shell sshsig sshsig/allowed transport"},
	{"cmd/hk-down", "cli cli/suggest doc down jsonx plan render resource"},
	{"cmd/hk-show", "cli color doc jsonx render"},
}

func TestNothingImportsUpward(t *testing.T) {
	above := map[string]bool{}
	for _, row := range layers {
		for _, name := range strings.Fields(row.may) {
			if !above[name] {
				t.Errorf("the row of %s names %s, which stands below it", row.name, name)
			}
		}
		if above[row.name] {
			t.Errorf("%s has two rows", row.name)
		}
		above[row.name] = true
	}
}

func TestPackagesImportWhatTheirLayerMay(t *testing.T) {
	may := map[string][]string{}
	for _, row := range layers {
		may[row.name] = strings.Fields(row.may)
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.name(), "pkg/")
		// Tools for developers stand where they are used: schemas/generate.
		if name == "tests" || name == "examples" || strings.HasPrefix(name, "tests/") || strings.HasPrefix(name, "scripts/") || strings.HasPrefix(name, "schemas/") {
			continue
		}
		allowed, ok := may[name]
		if !ok {
			t.Errorf("%s has no row in the table of layers: say what it may import", name)
			continue
		}
		for _, imported := range p.Imports {
			of, ours := strings.CutPrefix(imported, module)
			of = strings.TrimPrefix(of, "pkg/")
			if ours && !slices.Contains(allowed, of) {
				t.Errorf("%s imports %s, which its layer may not", name, of)
			}
		}
	}
}

// only says who may import, of packages that are not ours, those that reach out
// of the program.
var only = map[string][]string{
	"net":                                {"pkg/repology", "pkg/repology/repologytest", "pkg/transport", "pkg/transport/relay", "pkg/transport/sshtest"},
	"golang.org/x/crypto/ssh":            {"pkg/sshsig/allowed", "pkg/transport", "pkg/transport/sshtest"},
	"golang.org/x/crypto/ssh/agent":      {"pkg/transport"},
	"golang.org/x/crypto/ssh/knownhosts": {"pkg/transport/sshtest"},
	"github.com/google/go-jsonnet":       {"pkg/config"},
	"github.com/peterbourgon/ff/v3":      {"pkg/cli"},
	"flag":                               {"pkg/cli", "cmd/"},
	"net/http":                           {"pkg/repology", "pkg/repology/repologytest"},
	"net/http/httptest":                  {"pkg/repology/repologytest"},

	"github.com/ProtonMail/go-crypto/openpgp/armor":  {"pkg/openpgp"},
	"github.com/ProtonMail/go-crypto/openpgp/packet": {"pkg/openpgp"},
}

func TestWhoReachesOut(t *testing.T) {
	for _, p := range packages(t) {
		name := p.name()
		if strings.HasPrefix(name, "tests/") {
			continue
		}
		for _, imported := range p.Imports {
			who, limited := only[imported]
			allowed := slices.ContainsFunc(who, func(w string) bool {
				return name == w || strings.HasSuffix(w, "/") && strings.HasPrefix(name, w)
			})
			if limited && !allowed {
				t.Errorf("%s imports %s; only %q may", name, imported, who)
			}
		}
	}
}
