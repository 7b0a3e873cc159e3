package resource

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
)

// DnfRepository is a package repository of hosts with dnf 4. The name of the member
// is the repository's, and that of its file in /etc/yum.repos.d, without ".repo".
//
// The key goes to /etc/pki/rpm-gpg/RPM-GPG-KEY-NAME, and is the only one that dnf
// takes for packages of this repository. Both files are put in place when dnf has
// fetched what the repository has; what can't be fetched changes nothing.
type DnfRepository struct {
	Common
	Signed
	// Description is what dnf calls the repository for people; when it is not given,
	// its name.
	Description string `json:"description,omitzero"`
	// BaseURL is the address of the repository, in which dnf's variables may stand:
	// "https://…/$releasever/$basearch". Exactly one of baseurl, mirrorlist and
	// metalink is given.
	BaseURL string `json:"baseurl,omitzero"`
	// Mirrorlist is the address of a list of mirrors.
	Mirrorlist string `json:"mirrorlist,omitzero"`
	// Metalink is the address of a metalink.
	Metalink string `json:"metalink,omitzero"`
	// RepoGPGCheck says that the repository's metadata is signed too, with the same
	// key. That packages are is always checked.
	RepoGPGCheck bool `json:"repo_gpgcheck,omitzero"`
}

// dnfRepositorySpec is one in a resource.
type dnfRepositorySpec struct {
	Description  string `json:"description,omitzero"`
	BaseURL      string `json:"baseurl,omitzero"`
	Mirrorlist   string `json:"mirrorlist,omitzero"`
	Metalink     string `json:"metalink,omitzero"`
	RepoGPGCheck bool   `json:"repo_gpgcheck,omitzero"`
	signedSpec
}

// dnfRepositories is the kind `dnf_repository`.
type dnfRepositories struct{}

// Name is "dnf_repository".
func (dnfRepositories) Name() string { return "dnf_repository" }

// Section is `dnf_repositories`.
func (dnfRepositories) Section() Section {
	return Section{Member: "dnf_repositories", Shape: map[string]DnfRepository{}, Example: `{"pgdg": {"baseurl": "https://download.postgresql.org/pub/repos/yum/17/fedora/fedora-43-x86_64",
		"key": {"from": "keys/pgdg.asc"}, "fingerprint": "D4BF 08AE 67A0 B4C7 A1DB  CCD2 40BC A2B4 08B4 0D20"}}`}
}

// Expand reads the key too: that it is the one of the fingerprint.
func (dnfRepositories) Expand(section doc.Raw, local Files) ([]Declared, []Problem) {
	common := func(d DnfRepository) Common { return d.Common }
	return expandNamed(section, checkRepositoryName, common, func(name string, d DnfRepository, ps *problems) any {
		addresses := map[string]string{"baseurl": d.BaseURL, "mirrorlist": d.Mirrorlist, "metalink": d.Metalink}
		if d.State == doc.Absent {
			given := map[string]bool{
				"description": d.Description != "", "repo_gpgcheck": d.RepoGPGCheck,
				"key": d.Key != nil, "fingerprint": d.Fingerprint != "",
			}
			for member, url := range addresses {
				given[member] = url != ""
			}
			ps.unwanted(name, given)
			return dnfRepositorySpec{}
		}
		count := 0
		for _, member := range sortedKeys(addresses) {
			if url := addresses[member]; url != "" {
				count++
				if err := manager.CheckDnfURL(url); err != nil {
					ps.add(err.Error(), "", name, member)
				}
			}
		}
		if count != 1 {
			ps.add("exactly one of baseurl, mirrorlist and metalink is wanted", `give "baseurl": "https://…"`, name)
		}
		if strings.ContainsFunc(d.Description, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			ps.add("the description is more than one line", "", name, "description")
		}
		return dnfRepositorySpec{
			Description: d.Description, BaseURL: d.BaseURL, Mirrorlist: d.Mirrorlist, Metalink: d.Metalink,
			RepoGPGCheck: d.RepoGPGCheck, signedSpec: signedOf(name, d.Signed, local, ps),
		}
	})
}

func dnfRepositoryFile(name string) string {
	return manager.DnfRepositoriesFolder + "/" + name + ".repo"
}
func dnfKeyFile(name string) string { return manager.RPMKeysFolder + "/RPM-GPG-KEY-" + name }

// file is the text of the repository file (dnf.conf(5)).
func (s dnfRepositorySpec) file(name string) doc.Bytes {
	var b strings.Builder
	b.WriteString("# Written by HostKit.\n[" + name + "]\n")
	option := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s=%s\n", name, value)
		}
	}
	check := "0"
	if s.RepoGPGCheck {
		check = "1"
	}
	description := s.Description
	if description == "" {
		description = name
	}
	option("name", description)
	option("baseurl", s.BaseURL)
	option("mirrorlist", s.Mirrorlist)
	option("metalink", s.Metalink)
	option("enabled", "1")
	option("gpgcheck", "1")
	option("repo_gpgcheck", check)
	option("gpgkey", "file://"+dnfKeyFile(name))
	return doc.Bytes(b.String())
}

// Ties are those of the repository file, and of the key's.
func (dnfRepositories) Ties(r doc.Resource) Ties {
	t := repositoryTies(r, manager.Dnf{}, dnfRepositoryFile(r.Name))
	t.Provides = append(t.Provides, pathHandle(dnfKeyFile(r.Name)))
	return t
}

// dnfState is one side of a change of a repository. The digest is that of the
// repository file, which is changed last.
type dnfState struct {
	pathState
	// Key is the key, and KeyDigest that of its file.
	Key       string     `json:"key,omitzero"`
	KeyDigest doc.Digest `json:"key_digest,omitzero"`
}

// dnfObservation is what hk-facts tells of a repository, beside what it tells of
// the path of its file.
type dnfObservation struct {
	pathObservation
	KeyDigest  doc.Digest `json:"key_digest,omitzero"`
	KeyExpired bool       `json:"key_expired,omitzero"`
}

// Survey looks at both files of each, and at the clock.
func (dnfRepositories) Survey(rs []doc.Resource, _ Site) ([]Probe, error) {
	var named, files, keys []doc.Resource
	for _, r := range rs {
		if message, _ := checkRepositoryName(r.Name); message != "" {
			return nil, fmt.Errorf("%s: %s", r.Address, message)
		}
		named = append(named, r)
		files, keys = append(files, atFile(r, dnfRepositoryFile(r.Name))), append(keys, atFile(r, dnfKeyFile(r.Name)))
	}
	yes, no := func(doc.Resource) bool { return true }, func(doc.Resource) bool { return false }
	nobody := func(doc.Resource) Ownership { return Ownership{} }
	probes := surveyPaths(typeFile, files, yes, nobody)
	// What is seen of the keys is put beside what is seen of the files.
	seen := doc.Facts{Observed: map[doc.Address]doc.Observation{}}
	for _, p := range surveyPaths(typeFile, keys, no, nobody) {
		read := p.Read
		p.Read = func(r shell.Result, _ *doc.Facts) error { return read(r, &seen) }
		probes = append(probes, p)
	}
	return append(probes, Probe{
		Name: "look at the clock", Script: shell.New(`date +%s`),
		Read: func(result shell.Result, facts *doc.Facts) error {
			now, err := strconv.ParseInt(strings.TrimSpace(string(result.Stdout)), 10, 64)
			if err != nil {
				return fmt.Errorf("the clock says %q", result.Stdout)
			}
			for _, r := range named {
				if err := observeDnf(r, seen.Observed[r.Address], now, facts); err != nil {
					return err
				}
			}
			return nil
		},
	}), nil
}

func observeDnf(r doc.Resource, key doc.Observation, now int64, facts *doc.Facts) error {
	found := facts.Observed[r.Address]
	if found.Error != nil {
		return nil
	}
	if key.Error != nil {
		facts.Observed[r.Address] = doc.Observation{Error: key.Error}
		return nil
	}
	seen, err := readAttributes[dnfObservation](found.Attributes)
	at, err2 := readAttributes[pathObservation](key.Attributes)
	var spec dnfRepositorySpec
	if err := errors.Join(err, err2, decodeSpec(r, &spec)); err != nil {
		return err
	}
	seen.KeyDigest, seen.KeyExpired = at.Digest, spec.expired(now)
	found.Attributes = attributes(seen)
	facts.Observed[r.Address] = found
	return nil
}

// Compare wants the repository file and the key.
func (dnfRepositories) Compare(r doc.Resource, w World) (Difference, error) {
	if err := notOf(manager.Dnf{}, r, w); err != nil {
		return Difference{}, err
	}
	var spec dnfRepositorySpec
	if err := decodeSpec(r, &spec); err != nil {
		return Difference{}, err
	}
	content := doc.Content{Bytes: spec.file(r.Name)}
	want := pathState{State: doc.Present, Type: typeFile, Content: &content, Digest: contentDigest(content)}
	d, err := comparePath(atFile(r, dnfRepositoryFile(r.Name)), w, want, newFileMode)
	if err != nil || r.State == doc.Absent {
		return d, err
	}
	seen, err := readAttributes[dnfObservation](w.Facts.Observed[r.Address].Attributes)
	digest := digestOf([]byte(spec.Key))
	if err != nil || d.Action == "" && seen.KeyDigest == digest {
		return d, err
	}
	if seen.KeyExpired {
		return Difference{}, spec.refuseExpired()
	}
	after := dnfState{pathState: want}
	after.RealParent = seen.RealParent
	if d.Action == "" {
		d.Action, d.Reason = doc.Update, "drift of the key"
		d.Before = attributes(dnfState{pathState: seen.before(want), KeyDigest: seen.KeyDigest})
	} else if after, err = readAttributes[dnfState](d.After); err != nil {
		return Difference{}, err
	}
	after.Key, after.KeyDigest = spec.Key, digest
	d.After = attributes(after)
	return d, nil
}
