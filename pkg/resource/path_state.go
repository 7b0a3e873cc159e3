package resource

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

// What stands at a path, in documents. The kinds that manage these have the same
// names.
const (
	typeFile      = "file"
	typeDirectory = "directory"
	typeSymlink   = "symlink"
)

// pathState is one side of a change of a path, and what a recheck finds.
type pathState struct {
	State doc.Presence `json:"state,omitzero"`
	Type  string       `json:"type,omitzero"`
	// Digest is that of a file that holds no secret.
	Digest doc.Digest `json:"digest,omitzero"`
	// Matches says whether a file holds its secret, the one that Content refers to.
	Matches match `json:"matches,omitzero"`
	// Stamp stands in for the digest of what may be a secret: it tells whether the file
	// still is the one that was looked at.
	Stamp string `json:"stamp,omitzero"`
	// Content is a file's. It stands in a side for people, and in the after side for
	// the step; it is never compared.
	Content *doc.Content `json:"content,omitzero"`
	// FromBackup says, of a side that is to be, that its content is the one of
	// Digest which the host keeps as a backup. No path is named: a plan can't have
	// another file copied.
	FromBackup bool `json:"from_backup,omitzero"`
	// To is a link's target.
	To    doc.Bytes `json:"to,omitempty"`
	Mode  doc.Mode  `json:"mode,omitzero"`
	Owner doc.Bytes `json:"owner,omitempty"`
	Group doc.Bytes `json:"group,omitempty"`
	// RealParent is the folder that the path is really in, where that is not
	// the one it names. It is always compared: a folder that has become a link
	// is another folder.
	RealParent doc.Bytes `json:"real_parent,omitempty"`
	// Empty tells people whether a folder that goes has something in it.
	Empty *bool `json:"empty,omitzero"`
	// Sensitive keeps the content of a file off screens.
	Sensitive bool `json:"sensitive,omitzero"`
	// Error is what a recheck could not see; such a state holds nothing.
	Error *doc.FactError `json:"error,omitzero"`
}

// pathObservation is what hk-facts tells of a path beside its state.
type pathObservation struct {
	Type   string     `json:"type,omitzero"`
	Mode   doc.Mode   `json:"mode,omitzero"`
	Owner  doc.Bytes  `json:"owner,omitempty"`
	Group  doc.Bytes  `json:"group,omitempty"`
	UID    *uint32    `json:"uid,omitzero"`
	GID    *uint32    `json:"gid,omitzero"`
	Size   int64      `json:"size,omitzero"`
	Digest doc.Digest `json:"digest,omitzero"`
	// Matches and Stamp are told in place of the digest of what should hold a secret,
	// the one of ComparedWith.
	Matches      match          `json:"matches,omitzero"`
	ComparedWith *doc.SecretRef `json:"compared_with,omitzero"`
	Stamp        string         `json:"stamp,omitzero"`
	Content      *string        `json:"content,omitzero"`
	To           doc.Bytes      `json:"to,omitempty"`
	// HardLinks is the number of names of a file that has several.
	HardLinks uint64 `json:"hard_links,omitzero"`
	// MountPoint is set where something is mounted on the path itself.
	MountPoint bool `json:"mount_point,omitzero"`
	// Empty is told of folders that are to be absent.
	Empty *bool `json:"empty,omitzero"`
	// Entries are the first names of what is in such a folder, and EntryCount is
	// how many there are.
	Entries    []doc.Bytes `json:"entries,omitzero"`
	EntryCount int         `json:"entry_count,omitzero"`
	RealParent doc.Bytes   `json:"real_parent,omitempty"`
}

// nodeTypes are the types of nodes by the format bits of a mode (inode(7)).
var nodeTypes = map[uint32]string{
	0o10: typeFile, 0o04: typeDirectory, 0o12: typeSymlink,
	0o01: "fifo", 0o14: "socket", 0o06: "block_device", 0o02: "character_device",
}

// maxSize is the largest whole number that a document may hold.
const maxSize = 1<<53 - 1

// nodeType names what is there; "unknown" is what no Linux has yet.
func (s *stat) nodeType() string {
	if name, ok := nodeTypes[s.mode>>12]; ok {
		return name
	}
	return "unknown"
}

// permissions are the mode of what has one: a link's is never used.
func (s *stat) permissions() doc.Mode {
	if s.nodeType() == typeSymlink {
		return ""
	}
	return doc.Mode(fmt.Sprintf("%04o", s.mode&0o7777))
}

// error is why a sight says too little of what should be a node of a type.
func (s *sight) error(wanted string) *doc.FactError {
	switch {
	case s.letter == 'p':
		return &doc.FactError{Code: "permission_denied", Message: s.path + " can't be looked at: permission denied"}
	case s.stat == nil:
		return nil
	case s.stat.size > maxSize || s.stat.links > maxSize:
		return &doc.FactError{Code: "too_large", Message: s.path + " is larger than a document can say"}
	case s.kernel != "":
		return &doc.FactError{
			Code:    "kernel_file",
			Message: fmt.Sprintf("%s is on a kernel file system (%s), which holds no files to manage", s.path, s.kernel),
		}
	case s.stat.nodeType() == typeSymlink && s.to == "":
		return &doc.FactError{Code: "changed_meanwhile", Message: s.path + " changed while it was looked at"}
	case s.stat.nodeType() == typeFile && wanted == typeFile && s.digest == "":
		return &doc.FactError{Code: "permission_denied", Message: s.path + " can't be read"}
	}
	return nil
}

// realParent is the folder that the path is really in, where that is another
// than it names.
func (s *sight) realParent() doc.Bytes {
	if s.folder == path.Dir(s.path) {
		return nil
	}
	return doc.Bytes(s.folder)
}

// accountBytes spells the owner or group of a path: as one of wanted where that
// is the same account, since one number may have several names.
func accountBytes(id uint32, name string, ids map[string]uint32, wanted ...Account) doc.Bytes {
	for _, w := range wanted {
		known, ok := ids[string(w)]
		if w != "" && (ok && known == id || string(w) == strconv.FormatUint(uint64(id), 10)) {
			return doc.Bytes(w)
		}
	}
	return doc.Bytes(name)
}

// observation is what hk-facts says of the path.
func (v *view) observation(wanted, p string, o Ownership, hide hider) (doc.Observation, error) {
	s := v.sights[p]
	if err := s.error(wanted); err != nil {
		return doc.Observation{Error: err}, nil
	}
	found := doc.Observation{State: doc.Absent, Lacks: v.lacks(s, o)}
	seen := pathObservation{RealParent: s.realParent()}
	if s.stat != nil {
		found.State = doc.Present
		seen = v.observe(s, o)
		hide.observed(s, &seen)
	}
	var err error
	found.Attributes, err = json.Marshal(seen)
	return found, err
}

func (v *view) observe(s *sight, o Ownership) pathObservation {
	seen := pathObservation{
		Type: s.stat.nodeType(), Mode: s.stat.permissions(), UID: &s.stat.uid, GID: &s.stat.gid,
		Owner:  accountBytes(s.stat.uid, s.stat.owner, v.users, o.Owner),
		Group:  accountBytes(s.stat.gid, s.stat.group, v.groups, o.Group),
		Digest: s.digest, To: doc.Bytes(s.to), MountPoint: s.mount, RealParent: s.realParent(),
		Empty: s.empty(), EntryCount: s.count,
	}
	for _, name := range s.names {
		seen.Entries = append(seen.Entries, doc.Bytes(name))
	}
	if seen.Type == typeFile {
		seen.Size = s.stat.size
		if s.stat.links > 1 {
			seen.HardLinks = s.stat.links
		}
	}
	if s.content != nil && utf8.Valid(s.content) {
		text := string(s.content)
		seen.Content = &text
	}
	return seen
}

func (s *sight) empty() *bool {
	if s.letter != 'c' {
		return nil
	}
	empty := s.count == 0
	return &empty
}

// lacks are the handles that the resource needs and the host does not have.
func (v *view) lacks(s *sight, o Ownership) []string {
	var lacks []string
	if s.letter == 'm' {
		lacks = append(lacks, string(pathHandle(path.Dir(s.path))))
	}
	if _, known := v.users[string(o.Owner)]; o.Owner != "" && !o.Owner.numeric() && !known {
		lacks = append(lacks, string(userHandle(o.Owner)))
	}
	if _, known := v.groups[string(o.Group)]; o.Group != "" && !o.Group.numeric() && !known {
		lacks = append(lacks, string(groupHandle(o.Group)))
	}
	return lacks
}

// found is what a recheck says of the path, in the form of the sides of a change.
func (v *view) found(wanted, p string, hide hider, sides ...pathState) pathState {
	s := v.sights[p]
	if err := s.error(wanted); err != nil {
		return pathState{Error: err}
	}
	if s.stat == nil {
		return pathState{State: doc.Absent, RealParent: s.realParent()}
	}
	var owners, groups []Account
	for _, side := range sides {
		owners = append(owners, side.ownership().Owner)
		groups = append(groups, side.ownership().Group)
	}
	state := pathState{
		State: doc.Present, Type: s.stat.nodeType(), Digest: s.digest, To: doc.Bytes(s.to), Mode: s.stat.permissions(),
		Owner:      accountBytes(s.stat.uid, s.stat.owner, v.users, owners...),
		Group:      accountBytes(s.stat.gid, s.stat.group, v.groups, groups...),
		RealParent: s.realParent(),
	}
	hide.found(s, &state)
	return state
}

// holds reports whether found is what side says.
func holds(side, found doc.Attributes) bool {
	var want, have pathState
	if readBare(side, "", &want) != nil || readBare(found, "", &have) != nil {
		return false
	}
	return want.heldBy(have)
}

// heldBy leaves out what want does not say, and what it says for people alone.
func (want pathState) heldBy(have pathState) bool {
	same := func(want, have string) bool { return want == "" || want == have }
	return have.Error == nil &&
		want.State == have.State &&
		same(want.Type, have.Type) &&
		same(string(want.Digest), string(have.Digest)) &&
		same(string(want.Matches), string(have.Matches)) &&
		same(want.Stamp, have.Stamp) &&
		same(string(want.To), string(have.To)) &&
		same(string(want.Mode), string(have.Mode)) &&
		same(string(want.Owner), string(have.Owner)) &&
		same(string(want.Group), string(have.Group)) &&
		string(want.RealParent) == string(have.RealParent)
}

// describe is the type in a person's words: "a folder".
func describe(nodeType string) string {
	words := map[string]string{
		typeFile: "a file", typeDirectory: "a folder", typeSymlink: "a symbolic link", "fifo": "a named pipe",
		"socket": "a socket", "block_device": "a device", "character_device": "a device",
	}
	if w, ok := words[nodeType]; ok {
		return w
	}
	return strings.TrimSpace("something unknown " + nodeType)
}
