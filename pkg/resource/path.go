package resource

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"hostkit/pkg/doc"
)

// What Linux takes: PATH_MAX with its NUL byte is 4096, NAME_MAX is 255.
const (
	longestPath = 4095
	longestName = 255
)

// checkPath returns what is wrong with a path of the host, as a message and a
// hint, or two empty strings. A path is absolute and has one spelling: two
// spellings of one path would be two resources.
func checkPath(p string) (message, hint string) {
	show := fmt.Sprintf("%q", p)
	switch {
	case p == "":
		return "the path is empty", ""
	case strings.HasPrefix(p, "~"):
		return show + " is not an absolute path", "write the home folder out: a path begins with /"
	case p[0] != '/':
		return show + " is not an absolute path", "a path begins with /"
	case p == "/":
		return "the root folder can't be managed", ""
	case strings.Contains(p, "\x00"):
		return show + " holds a NUL byte", ""
	case p != path.Clean(p):
		return show + " is not a clean path", fmt.Sprintf("write %q", path.Clean(p))
	case len(p) > longestPath:
		return fmt.Sprintf("the path has %d bytes, more than the %d that Linux takes", len(p), longestPath), ""
	}
	for name := range strings.SplitSeq(p[1:], "/") {
		if len(name) > longestName {
			return fmt.Sprintf("the name %q has %d bytes, more than the %d that Linux takes", name, len(name), longestName), ""
		}
	}
	return "", ""
}

// ancestors returns the folders above a clean path, nearest first, without the
// root folder.
func ancestors(p string) []string {
	var found []string
	for p = path.Dir(p); p != "/"; p = path.Dir(p) {
		found = append(found, p)
	}
	return found
}

// below reports whether p is folder or lies in it.
func below(p, folder string) bool {
	rest, within := strings.CutPrefix(p, strings.TrimSuffix(folder, "/"))
	return within && (p == folder || strings.HasPrefix(rest, "/"))
}

// Account is a user or group of the host: a name, or a number as text. The
// empty Account is "not managed".
type Account string

// AccountPattern is what an account looks like, for schemas; checkAccount refuses
// a little more.
const AccountPattern = `^[^-+~:,/\x00-\x1f\x7f][^:,/\x00-\x1f\x7f]{0,255}$`

// UnmarshalText refuses text that no account can have. It is wide, since
// directory services have names like "DOMAIN\domain users"; no name ever
// becomes shell text.
func (a *Account) UnmarshalText(text []byte) error {
	if err := checkAccount(string(text)); err != nil {
		return err
	}
	*a = Account(text)
	return nil
}

// numeric reports whether a is a number.
func (a Account) numeric() bool { return a != "" && strings.Trim(string(a), "0123456789") == "" }

func checkAccount(s string) error {
	refuse := func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(":,/", r) }
	switch {
	case s == "" || len(s) > longestName+1:
		return fmt.Errorf("%q is not a user or group: want a name or a number", s)
	case Account(s).numeric():
		// 4294967295 is what chown(2) takes for "leave it".
		if len(s) > 10 || s != "0" && s[0] == '0' || len(s) == 10 && s >= "4294967295" {
			return fmt.Errorf("%q is not the number of a user or group: want 0 to 4294967294 without leading zeros", s)
		}
	case strings.IndexFunc(s, refuse) >= 0, strings.ContainsRune("-+~", rune(s[0])), strings.TrimSpace(s) != s:
		return notAccount(s)
	}
	return nil
}

// notAccount is what is no name of a user or group.
type notAccount string

func (n notAccount) Error() string {
	return fmt.Sprintf("%q is not the name of a user or group", string(n))
}

// Hint takes apart what chown(1) takes in one word.
func (n notAccount) Hint() string {
	owner, group, ok := strings.Cut(string(n), ":")
	if !ok || checkAccount(owner) != nil || checkAccount(group) != nil {
		return ""
	}
	return fmt.Sprintf("write \"owner\": %q, \"group\": %q", owner, group)
}

// Ownership says who a path belongs to.
type Ownership struct {
	// Owner is a user of the host, by name or by number: "www-data", "33". When
	// it is not given, what exists keeps its owner, and what is new belongs to
	// the user that the plan is applied as (root, with sudo).
	Owner Account `json:"owner,omitzero" like:"root"`
	// Group is a group of the host, by name or by number: "adm", "4". When it is
	// not given, what exists keeps its group, and what is new gets the one that
	// the host gives it.
	Group Account `json:"group,omitzero" like:"root"`
}

// needs are the handles of the owner and group, where they have a name.
func (o Ownership) needs() []Need {
	var needs []Need
	if o.Owner != "" && !o.Owner.numeric() {
		needs = append(needs, Need{Handle: userHandle(o.Owner), Reason: "owner"})
	}
	if o.Group != "" && !o.Group.numeric() {
		needs = append(needs, Need{Handle: groupHandle(o.Group), Reason: "group"})
	}
	return needs
}

func pathHandle(p string) Handle   { return Handle("path:" + p) }
func userHandle(a Account) Handle  { return Handle("user:" + string(a)) }
func groupHandle(a Account) Handle { return Handle("group:" + string(a)) }

// pathTies are the ties of anything that stands at a path.
func pathTies(r doc.Resource, o Ownership) Ties {
	t := Ties{Provides: []Handle{pathHandle(r.Name)}}
	if folders := ancestors(r.Name); len(folders) > 0 {
		need := Need{Handle: pathHandle(folders[0]), Reason: "parent folder"}
		for _, folder := range folders[1:] {
			need.Else = append(need.Else, pathHandle(folder))
		}
		t.Needs = append(t.Needs, need)
	}
	if r.State != doc.Absent {
		t.Needs = append(t.Needs, o.needs()...)
	}
	return t
}

// pointer is a JSON pointer (RFC 6901) of members.
func pointer(members ...string) string {
	var b strings.Builder
	for _, m := range members {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(m))
	}
	return b.String()
}
