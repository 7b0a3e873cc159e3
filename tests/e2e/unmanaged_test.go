package e2e

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"

	"hostkit/tests/lab"
)

// accessList is "u::rw u:daemon:r g::r m::r o::r" as the kernel keeps it
// (linux/posix_acl_xattr.h).
func accessList() []byte {
	const none = 0xffffffff
	raw := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range []struct {
		tag, perm uint16
		id        uint32
	}{{1, 6, none}, {2, 4, 1}, {4, 4, none}, {0x10, 4, none}, {0x20, 4, none}} {
		raw = binary.LittleEndian.AppendUint16(raw, e.tag)
		raw = binary.LittleEndian.AppendUint16(raw, e.perm)
		raw = binary.LittleEndian.AppendUint32(raw, e.id)
	}
	return raw
}

// What a config does not speak of is as it was: owner, mode, access list,
// extended attributes and capabilities of a file whose content is replaced; the
// content and time of one that gets another mode.
func TestWhatIsNotManagedStaysAsItWas(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, Files: []lab.File{
		{Path: "/srv/content", Content: "old\n", Mode: 0o644},
		{Path: "/srv/mode", Content: "old\n", Mode: 0o644},
		{Path: "/srv/able", Content: "old\n", Mode: 0o755},
	}})
	s.exec("chown 4321:1234 /srv/content /srv/mode; setcap cap_net_raw+ep /srv/able; ln -s to /srv/link; chown -h 4321:1234 /srv/link")
	for _, path := range []string{"/srv/content", "/srv/mode"} {
		for name, value := range map[string][]byte{"user.note": []byte("keep me"), "system.posix_acl_access": accessList()} {
			if err := unix.Setxattr(s.host.Root()+path[1:], name, value, 0); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	wants := object{
		"files": object{
			"/srv/content": object{"content": "new\n"}, "/srv/able": object{"content": "new\n"},
			"/srv/mode": object{"content": "old\n", "mode": "0664"},
		},
		"symlinks": object{"/srv/link": object{"to": "elsewhere"}},
	}
	p := s.plan(wants)
	before := s.snapshot()
	s.applied(p)
	after := s.snapshot()
	differences := before.Diff(after)
	for i, d := range differences {
		// The mask of an access list is the mode of the group (acl(5)), which is
		// managed here; no other entry of it may differ.
		if d.Path == "/srv/mode" {
			differences[i].Fields = without(d.Fields, "xattrs")
		}
	}
	if err := exact(p.Plan, differences); err != nil {
		t.Error(err)
	}
	if len(p.Changes) != 4 || after.Paths["/srv/content"].Xattrs == "" || after.Paths["/srv/able"].Xattrs == "" {
		t.Errorf("nothing was proven: %s", p.raw)
	}
	s.mustHaveNoChange(wants)
}

func without(fields []lab.Field, name string) []lab.Field {
	var rest []lab.Field
	for _, f := range fields {
		if f.Name != name {
			rest = append(rest, f)
		}
	}
	return rest
}
