package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

const vendorFile = "/etc/apt/sources.list.d/vendor.sources"

func repositories(repository object, elements ...any) object {
	wants := object{"apt_repositories": object{"vendor": repository}}
	if len(elements) > 0 {
		wants["packages"] = elements
	}
	return wants
}

// From a host that has never heard of the vendor on: one plan brings repository,
// index and package, and each state follows from the one before.
func TestAVendorsPackageInOnePlan(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	by := newSigner(t, "vendor")
	at, _ := serve(t, vendor(t, by, "1.0"))
	wants := repositories(s.vendorWants(at, by), object{"name": "vendor_tool", "as": "hk-vendor"}, "hk-one")
	for _, step := range []struct {
		name, before string
		wants        object
		plan         []string
		transaction  []string
	}{
		{
			"all of it", ":", wants,
			[]string{
				"create apt_repository:vendor missing", "create package:hk-one missing",
				"create package:vendor_tool missing",
			},
			[]string{"hk-one 1.1", "hk-vendor 1.0"},
		},
		{
			"somebody has changed the file", "sed -i s/stable/testing/ " + vendorFile, wants,
			[]string{"update apt_repository:vendor drift"},
			nil,
		},
		{
			"somebody has removed the lists", "rm /var/lib/apt/lists/*stable*", wants,
			[]string{"update apt_repository:vendor not fetched"},
			nil,
		},
		{
			"the repository is to go, and the package to stay", ":", repositories(object{"state": "absent"}, object{"name": "vendor_tool", "as": "hk-vendor"}),
			[]string{"delete apt_repository:vendor not wanted"},
			nil,
		},
	} {
		s.exec(step.before)
		p := s.plan(step.wants)
		if got := changesOf(p); !slices.Equal(got, step.plan) {
			t.Fatalf("%s: planned %q, want %q\n%s", step.name, got, step.plan, p.raw)
		}
		if got := transactionOf(s.applied(p)); !slices.Equal(got, step.transaction) {
			t.Errorf("%s: the report has %q, want %q", step.name, got, step.transaction)
		}
		s.mustHaveNoChange(step.wants)
	}
	if left := s.exec(`ls -A /etc/apt/sources.list.d; ls /var/lib/apt/lists | grep -e stable -e testing || :`); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
}

// What can't be had as it should be changes nothing, and is told in one line.
func TestAnAptRepositoryThatCanNotBeHadChangesNothing(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	by, other := newSigner(t, "vendor"), newSigner(t, "other")
	files := vendor(t, by, "1.0")
	at, _ := serve(t, files)
	unsigned := vendor(t, by, "1.0")
	unsigned["dists/stable/InRelease"] = files["dists/stable/Release"]
	atUnsigned, _ := serve(t, unsigned)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	with := func(o object, members ...any) object {
		for i := 0; i < len(members); i += 2 {
			o[members[i].(string)] = members[i+1]
		}
		return o
	}
	good := func() object { return s.vendorWants(at, by) }
	for _, state := range []string{"a host without it", "a host that has it"} {
		for name, c := range map[string]struct {
			wants object
			says  string
		}{
			"a key that signs something else": {s.vendorWants(at, other), "NO_PUBKEY"},
			"no signature":                    {with(good(), "uris", []string{atUnsigned}), "is not signed"},
			"an address that has nothing":     {with(good(), "uris", []string{at + "/nowhere"}), "does not have a Release file"},
			"no such suite":                   {with(good(), "suites", []string{"unheard-of"}), "does not have a Release file"},
			"no such component":               {with(good(), "components", []string{"mian"}), "has no component mian"},
			"nobody there":                    {with(good(), "uris", []string{closed.URL}), "the host can't reach its package archive"},
		} {
			if name == "a key that signs something else" {
				c.wants = s.vendorWants(at, other)
			} else {
				s.writeLocal("keys/vendor.asc", []byte(by.public(t)))
			}
			p := s.plan(repositories(c.wants, object{"name": "vendor_tool", "as": "hk-vendor"}))
			before := s.snapshot()
			o, report := s.apply(p)
			if o.exit != 1 || !strings.Contains(report.Error.Message, c.says) {
				t.Errorf("%s, %s: does not say %q\n%s", state, name, c.says, o)
			}
			if err := exact(doc.Plan{}, before.Diff(s.snapshot())); err != nil {
				t.Errorf("%s, %s: %v", state, name, err)
			}
		}
		s.writeLocal("keys/vendor.asc", []byte(by.public(t)))
		s.applied(s.plan(repositories(good())))
	}
	s.mustHaveNoChange(repositories(good()))
}

// A host whose power goes off while apt fetches is one on which the same plan can
// be applied.
func TestAnAptRepositoryIsCutOffBetween(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	by := newSigner(t, "vendor")
	files := vendor(t, by, "1.0")
	asked, goOn := make(chan struct{}, 100), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-goOn:
		case <-r.Context().Done():
		}
		_, _ = w.Write([]byte(files[strings.TrimPrefix(r.URL.Path, "/apt/")]))
	}))
	t.Cleanup(server.Close)
	wants := repositories(s.vendorWants(server.URL+"/apt", by), object{"name": "vendor_tool", "as": "hk-vendor"})
	p := s.plan(wants)
	o := run(t, invocation{stdin: p.raw, dir: s.base, env: s.env, during: func(*os.Process) {
		<-asked
		if err := s.host.Kill(); err != nil {
			t.Error(err)
		}
	}}, "hk-apply", "--confirm")
	if o.exit != 1 {
		t.Errorf("%s", o)
	}
	if err := s.host.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := s.exec("ls /etc/apt/sources.list.d"); left != "" {
		t.Errorf("the file is there before the repository: %s", left)
	}
	close(goOn)
	if got, want := transactionOf(s.applied(p)), []string{"hk-vendor 1.0"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	s.mustHaveNoChange(wants)
}

// What contradicts the host or the key is refused before anything is applied.
func TestAnAptRepositoryIsRefused(t *testing.T) {
	t.Parallel()
	by := newSigner(t, "vendor")
	s := newArchiveSite(t, true, lab.Options{})
	at, _ := serve(t, vendor(t, by, "1.0"))
	wants := repositories(s.vendorWants(at, by))
	s.writeLocal("config.json", s.config(repositories(func() object {
		o := s.vendorWants(at, by)
		o["fingerprint"] = newSigner(t, "other").fingerprint()
		return o
	}())))
	o := s.run(nil, "hk-eval", "config.json")
	if o.exit != 3 || !strings.Contains(o.stderr, "the key is "+by.fingerprint()+", and the fingerprint says ") {
		t.Errorf("%s", o)
	}

	list := "/etc/apt/sources.list.d/old.list"
	s.exec(`echo "deb [trusted=yes] $1/ stable main" >"$2"`, at, list)
	if o := s.run(s.facts(wants), "hk-plan"); o.exit != 3 || !strings.Contains(o.stderr, list+" names the same repository") {
		t.Errorf("%s", o)
	}
	wants["files"] = object{list: object{"state": "absent"}}
	wants["apt_repositories"].(object)["vendor"].(object)["depends_on"] = []string{"file:" + list}
	s.applied(s.plan(wants))
	s.mustHaveNoChange(wants)
}
