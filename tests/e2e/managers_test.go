package e2e

import (
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// Stand-ins for the programs of another distribution's manager, which answer that
// a package "stranger" is there. What would change the host with them is noted.
const (
	strangeDnf  = "#!/bin/sh\necho \"dnf $*\" >>/run/strangers\nexit 1\n"
	strangeRpm  = "#!/bin/sh\ncase $1 in\n--eval) uname -m ;;\n-qa) echo 'stranger noarch 1-1 1' ;;\nesac\n"
	strangeApt  = "#!/bin/sh\necho \"apt-get $*\" >>/run/strangers\nexit 1\n"
	strangeDpkg = "#!/bin/sh\ncase $1 in\n--print-architecture) echo amd64 ;;\n-W) echo 'installed ok stranger all 1 install' ;;\nesac\n"
)

func strangers(programs map[string]string) []lab.File {
	var files []lab.File
	for name, text := range programs {
		files = append(files, lab.File{Path: "/usr/bin/" + name, Content: text, Mode: 0o755})
	}
	return files
}

// mustLiveBy checks that packages come from the host's own manager alone.
func (s *site) mustLiveBy(name string, wants object, transaction []string) {
	s.Helper()
	f := decode[doc.HostDocument](s.tb, s.facts(wants)).Facts
	if _, there := f.Packages.Installed["stranger"]; there || f.PackageManager != name || f.Packages.Error != nil {
		s.Errorf("manager %q, a stranger: %v, %v; want %s", f.PackageManager, there, f.Packages.Error, name)
	}
	p := s.plan(wants)
	if p.Target.PackageManager != name {
		s.Errorf("the plan is for %q, want %s", p.Target.PackageManager, name)
	}
	if got := transactionOf(s.applied(p)); !slices.Equal(got, transaction) {
		s.Errorf("the report has %q, want %q", got, transaction)
	}
	s.mustHaveNoChange(wants)
	if called := s.exec("cat /run/strangers 2>/dev/null || :"); called != "" {
		s.Errorf("the stranger was called:\n%s", called)
	}
}

// Debian has a package dnf, Fedora one of apt: the host lives by its own all the
// same.
func TestTheManagerOfTheDistributionIsTaken(t *testing.T) {
	t.Parallel()
	t.Run("Debian with dnf", func(t *testing.T) {
		t.Parallel()
		s := newArchiveSite(t, true, lab.Options{Files: strangers(map[string]string{"dnf": strangeDnf, "rpm": strangeRpm})})
		s.mustLiveBy("apt", packages(object{"name": "hk-one", "version": "1.0"}), []string{"hk-one 1.0"})
	})
	t.Run("Fedora with apt", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, lab.Options{Dnf: true, Files: strangers(map[string]string{
			"apt-get": strangeApt, "apt-cache": "#!/bin/sh\n", "dpkg-query": strangeDpkg, "dpkg": strangeDpkg,
		})})
		s.mustLiveBy("dnf", packages(pack("lab-one", "version", "1.0-1")), []string{"lab-one 1.0-1"})
	})
}

// A plan is for the manager that the host had.
func TestAPlanForAnotherManagerIsStale(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{Files: strangers(map[string]string{"rpm": strangeRpm})})
	p := s.plan(packages("hk-one"))
	s.exec("mv /usr/bin/apt-get /usr/bin/apt-got; printf '#!/bin/sh\\nexit 1\\n' >/usr/bin/dnf; chmod 755 /usr/bin/dnf")
	o, report := s.apply(p)
	want := doc.Mismatch{What: "package_manager", Planned: doc.Raw(`"apt"`), Found: doc.Raw(`"dnf"`)}
	found := slices.ContainsFunc(report.Stale, func(m doc.Mismatch) bool {
		return m.What == want.What && string(m.Planned) == string(want.Planned) && string(m.Found) == string(want.Found)
	})
	if o.exit != 5 || report.Status != doc.StatusStale || !found || !strings.Contains(string(o.stderr), "package_manager") {
		t.Errorf("%s\n%+v", o, report.Stale)
	}
	if got := s.exec("dpkg -l hk-one 2>/dev/null || :"); got != "" {
		t.Errorf("it was installed all the same:\n%s", got)
	}
}

// Half a manager is no manager, and is said to be half.
func TestAHostWithHalfAManager(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.exec("mv /usr/bin/dpkg-query /usr/bin/dpkg-queried")
	o := s.run(s.facts(packages("hk-one")), "hk-plan")
	if o.exit == 0 || !strings.Contains(string(o.stdout)+string(o.stderr), "the host has apt-get, but not all the programs that apt is made of") {
		t.Errorf("%s", o)
	}
}
