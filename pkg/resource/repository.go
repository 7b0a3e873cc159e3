package resource

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/openpgp"
)

// RepositoryKey is the OpenPGP public key that a repository is signed with,
// armored or binary. Exactly one of its members is given.
type RepositoryKey struct {
	// From is a file of the machine that hk-eval runs on, as a path relative to the
	// folder of the config and inside it.
	From string `json:"from,omitzero"`
	// Content is the key itself.
	Content *doc.Bytes `json:"content,omitzero"`
}

// Signed is who signs a repository.
type Signed struct {
	// Key is the one key that signs the repository: the package manager takes no
	// other for it.
	Key *RepositoryKey `json:"key,omitzero"`
	// Fingerprint is that of the primary key, whole: 40 or 64 hexadecimal digits,
	// with or without spaces. hk-eval refuses a key that has another.
	Fingerprint openpgp.KeyFingerprint `json:"fingerprint,omitzero"`
}

// signedSpec is Signed in a resource.
type signedSpec struct {
	Fingerprint openpgp.KeyFingerprint `json:"fingerprint,omitzero"`
	// KeyExpires is when the key does, in RFC 3339, UTC; empty for one that does
	// not.
	KeyExpires string `json:"key_expires,omitzero"`
	// Key is armored, in one form.
	Key string `json:"key,omitzero"`
}

const keyHint = "the vendor's own pages say which key it is; gpg --show-keys shows what a file has"

// signedOf reads the key of a declaration.
func signedOf(name string, s Signed, local Files, ps *problems) signedSpec {
	if s.Fingerprint == "" {
		ps.add("the repository has no fingerprint", `give the whole "fingerprint" of its key; `+keyHint, name)
	}
	if s.Key == nil {
		ps.add("the repository has no key", `give "key": {"from": PATH}`, name)
		return signedSpec{}
	}
	file, at, err := s.Key.read(local)
	if err != nil {
		ps.add(err.Error(), "", append([]string{name, "key"}, at...)...)
		return signedSpec{}
	}
	key, err := openpgp.Read(file)
	switch {
	case err != nil:
		ps.add("the key can't be used: "+err.Error(), keyHint, append([]string{name, "key"}, at...)...)
	case s.Fingerprint != "" && key.Fingerprint != s.Fingerprint:
		ps.add(fmt.Sprintf("the key is %s, and the fingerprint says %s", key.Fingerprint, s.Fingerprint), keyHint, name, "fingerprint")
	case key.Revoked:
		ps.add(fmt.Sprintf("its owner has revoked the key %s", key.Fingerprint), "the vendor has another by now", append([]string{name, "key"}, at...)...)
	}
	spec := signedSpec{Fingerprint: key.Fingerprint, Key: key.Armored}
	if !key.Expires.IsZero() {
		spec.KeyExpires = key.Expires.Format(time.RFC3339)
	}
	return spec
}

// read gives the bytes of the key, and the member that they stand in.
func (k RepositoryKey) read(local Files) (file []byte, at []string, err error) {
	switch {
	case (k.Content != nil) == (k.From != ""):
		return nil, nil, errors.New("exactly one of from and content is wanted")
	case k.Content != nil:
		return *k.Content, []string{"content"}, nil
	}
	content, err := local.Load(k.From)
	if err == nil && content.File != nil {
		err = fmt.Errorf("%s has %d bytes, more than a key", k.From, content.File.Size)
	}
	return content.Bytes, []string{"from"}, err
}

// expired reports whether the key has, by the clock of the host, in seconds since
// 1970: hk-plan has none of its own.
func (s signedSpec) expired(now int64) bool {
	at, err := time.Parse(time.RFC3339, s.KeyExpires)
	return err == nil && at.Unix() <= now
}

// refuseExpired refuses to begin with a key that the host's package manager would
// not take.
func (s signedSpec) refuseExpired() error {
	return &Refusal{
		Code:    "key_expired",
		Message: fmt.Sprintf("its key %s expired at %s, by the host's clock", s.Fingerprint, s.KeyExpires),
		Hint:    "get the key again from its vendor, who mostly has made it valid for longer; is the host's clock right?",
	}
}

// repositoryName is what a repository may be called: its files are called so.
var repositoryName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$`)

func checkRepositoryName(name string) (message, hint string) {
	if repositoryName.MatchString(name) {
		return "", ""
	}
	return fmt.Sprintf("%q is not the name of a repository", name),
		"its file is called so: letters, digits, _, . and -, of which the first is a letter or digit"
}

// repositoriesHandle is what all repositories of a package manager share, and what
// its packages come after.
func repositoriesHandle(manager string) Handle { return Handle("package_repository:" + manager) }

// repositoryTies are the ties of a repository whose file is at a path: packages
// come after it, and it comes after the index, for what a repository is had with
// may have to be installed first.
func repositoryTies(r doc.Resource, m manager.Manager, file string) Ties {
	at := r
	at.Name = file
	t := pathTies(at, Ownership{})
	t.Shares = append(t.Shares, repositoriesHandle(m.Name()))
	t.Needs = append(t.Needs, Need{Handle: packageIndexHandle(m.Name()), Reason: "package index", Order: true})
	return t
}

// notOf refuses a repository on a host of another package manager.
func notOf(m manager.Manager, r doc.Resource, w World) error {
	if w.Facts.PackageManager == m.Name() {
		return nil
	}
	return &Refusal{
		Code: "other_manager",
		Message: fmt.Sprintf("the host's package manager is %s, and the kind %s is for %s",
			cmp.Or(w.Facts.PackageManager, "none that is known"), r.Kind, m.Name()),
		Hint: "give the service with it to the right hosts alone, with hosts",
	}
}

// repositoriesChange reports whether the plan changes what the host takes packages
// from: of what its index lacks today nothing is known then.
func repositoriesChange(w World) bool {
	kind, ok := ByName(w.Facts.PackageManager + "_repository")
	if !ok {
		return false
	}
	for i := range w.Resources {
		r := &w.Resources[i]
		if r.Kind != kind.Name() || r.State == doc.Absent {
			continue
		}
		if d, err := kind.Compare(*r, w); err == nil && d.Action != "" {
			return true
		}
	}
	return false
}
