package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// signedRepository makes, on the host, a repository with one signed package in each
// of /srv/vendor and, signed by another, /srv/other; it returns the keys' armored
// text and fingerprints.
func (s *site) signedRepository() (keys, fingerprints map[string]string) {
	s.Helper()
	keys, fingerprints = map[string]string{}, map[string]string{}
	for _, name := range []string{"vendor", "other"} {
		shown := s.exec(`export GNUPGHOME=/root/keys-$1; mkdir -m 700 "$GNUPGHOME"
			gpg -q --batch --passphrase '' --quick-gen-key "$1 <$1@example.org>" rsa2048 sign never 2>/dev/null
			mkdir -p "/srv/$1"; cp /srv/repo/noarch/lab-dep-1* "/srv/$1"
			rpmsign --define "__gpg /usr/bin/gpg" --define "_gpg_name $1@example.org" --addsign "/srv/$1"/*.rpm >/dev/null
			createrepo_c -q "/srv/$1"
			gpg -q --batch --armor --detach-sign "/srv/$1/repodata/repomd.xml"
			gpg -q --with-colons --fingerprint; gpg -q --armor --export`, name)
		before, key, _ := strings.Cut(shown, "-----BEGIN")
		keys[name] = "-----BEGIN" + key
		fingerprints[name] = regexp.MustCompile(`(?m)^fpr:+([0-9A-F]{40}):`).FindStringSubmatch(before)[1]
	}
	return keys, fingerprints
}

func TestADnfRepositoryAndItsPackageInOnePlan(t *testing.T) {
	t.Parallel()
	s := newDnfSite(t)
	keys, fingerprints := s.signedRepository()
	s.exec(`rm /srv/repo/noarch/lab-dep*; createrepo_c -q /srv/repo; dnf -q makecache; touch /srv/other/repodata/repomd.xml.asc`)
	wants := func(at, by string, more ...any) object {
		o := object{
			"baseurl": "file:///srv/" + at, "repo_gpgcheck": true,
			"key": object{"content": keys[by]}, "fingerprint": fingerprints[by],
		}
		return object{"dnf_repositories": object{"vendor": o}, "packages": more}
	}
	good := wants("vendor", "vendor", pack("lab-dep"))
	for name, c := range map[string]struct {
		wants object
		says  string
	}{
		"a key that signs something else": {wants("vendor", "other", pack("lab-dep")), "GPG"},
		"an address that has nothing":     {wants("nowhere", "vendor", pack("lab-dep")), "does not have"},
	} {
		p := s.plan(c.wants)
		before := s.exec(`find /etc /var/lib/rpm -newer /srv/other/repodata/repomd.xml.asc -type f | sort`)
		if o, report := s.apply(p); o.exit != 1 || !strings.Contains(report.Error.Message, c.says) {
			t.Errorf("%s: does not say %q\n%s", name, c.says, o)
		}
		if after := s.exec(`find /etc /var/lib/rpm -newer /srv/other/repodata/repomd.xml.asc -type f | sort`); after != before {
			t.Errorf("%s: left\n%s", name, after)
		}
	}
	for _, step := range []struct {
		name, before string
		wants        object
		plan         []string
		transaction  []string
	}{
		{
			"all of it", ":", good,
			[]string{"create dnf_repository:vendor missing", "create package:lab-dep missing"},
			[]string{"lab-dep 1.0-1"},
		},
		{
			"somebody has changed the file", "sed -i s/gpgcheck=1/gpgcheck=0/ /etc/yum.repos.d/vendor.repo", good,
			[]string{"update dnf_repository:vendor drift"},
			nil,
		},
		{
			"somebody has removed the key", "rm /etc/pki/rpm-gpg/RPM-GPG-KEY-vendor", good,
			[]string{"update dnf_repository:vendor drift of the key"},
			nil,
		},
		{
			"it is to go", ":",
			object{"dnf_repositories": object{"vendor": object{"state": "absent"}}},
			[]string{"delete dnf_repository:vendor not wanted"},
			nil,
		},
	} {
		s.exec(step.before)
		p := s.plan(step.wants)
		got := slices.DeleteFunc(changesOf(p), func(c string) bool { return strings.Contains(c, "package_index:dnf") })
		if !slices.Equal(got, step.plan) {
			t.Fatalf("%s: planned %q, want %q\n%s", step.name, got, step.plan, p.raw)
		}
		if got := transactionOf(s.applied(p)); !slices.Equal(got, step.transaction) {
			t.Errorf("%s: the report has %q, want %q", step.name, got, step.transaction)
		}
		s.mustHaveNoChange(step.wants)
	}
	if left := s.exec("ls /etc/yum.repos.d /etc/pki/rpm-gpg | grep vendor || :"); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
}
