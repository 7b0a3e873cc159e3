package e2e

import (
	"strings"
	"testing"
)

// What goes wrong between dnf and its repository is said in one line, with what to
// do.
func TestDnfFailuresAreUnderstood(t *testing.T) {
	t.Parallel()
	const repository = "/etc/yum.repos.d/lab.repo"
	for _, test := range []struct {
		name, before string
		wants        object
		says, hint   string
	}{
		{
			"no network", "sed -i s,^baseurl=.*,baseurl=http://127.0.0.1:1/repo, " + repository,
			packages(pack("lab-one")),
			"package_index:dnf: the host can't reach its package repository: Couldn't connect to server http://127.0.0.1:1/repo/repodata/repomd.xml",
			"has the host a network, or does it need a proxy? then apply the same plan again",
		},
		{
			"no name server", "sed -i s,^baseurl=.*,baseurl=http://repo.invalid/repo, " + repository,
			packages(pack("lab-one")),
			"package_index:dnf: the host can't resolve repo.invalid",
			"has the host a network and a name server? then apply the same plan again",
		},
		{
			"no signature", "sed -i -e s,^baseurl=.*,baseurl=file:///srv/repo, -e s,gpgcheck=0,gpgcheck=1, " + repository,
			packages(pack("lab-one")),
			"signature of lab-one: ",
			"the repository's key is missing or wrong on the host",
		},
		{
			"an index that is older than the repository", "sed -i s,gpgcheck=1,gpgcheck=0, " + repository +
				" && dnf -q makecache 2>/dev/null && rm /srv/repo/noarch/lab-one-*",
			packages(pack("lab-one")),
			"package:lab-one: the package repository does not have /",
			"refresh the package index on the host: dnf makecache --refresh",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newDnfSite(t)
			s.exec(test.before)
			o, report := s.apply(s.plan(test.wants))
			hint := "\nhk-apply: hint: " + test.hint
			if o.exit != 1 || !strings.Contains(o.stderr, test.says) || !strings.Contains(o.stderr, hint) {
				t.Errorf("it does not say %q and %q\n%s", test.says, test.hint, o)
			}
			for _, c := range report.Changes {
				if strings.Contains(c.Output, `"failure"`) || len(c.Output) > 4<<10 {
					t.Errorf("under %s stands what dnf did not say\n%s", c.Address, c.Output)
				}
			}
			if rpms := s.rpms(); len(rpms) > 0 {
				t.Errorf("rpm has %q", rpms)
			}
		})
	}
}
