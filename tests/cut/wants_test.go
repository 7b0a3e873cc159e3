package cut

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
)

// object is a JSON object of a config.
type object = map[string]any

// before is what somebody had made of the host.
const before = `
mkdir -p /etc/cut /srv/log /srv/data /srv/links /srv/gone/inner /srv/empty
chmod 0700 /srv/data
for i in 1 2 3 4; do echo "old $i" >/etc/cut/update$i; done
for i in 1 2 3 4; do echo "unwanted $i" >/etc/cut/delete$i; done
for i in 1 2 3; do echo "as it should be" >/etc/cut/mode$i; done
printf 'old \377\376\n' >/etc/cut/binary
chmod 0640 /etc/cut/update2
chown ben:ben /etc/cut/update3
ln -s /nowhere /srv/links/turn1
ln -s /nowhere /srv/links/turn2
ln -s /nowhere /srv/links/drop1
ln -s /nowhere /srv/links/drop2
printf '#!/bin/sh\necho "$1" >>/srv/log/acts\n' >/opt/act
chmod 0755 /opt/act
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/lab
rm /etc/apt/apt.conf.d/70debconf
rm -f /etc/apt/sources.list.d/*
apt-get -q update
apt-get -q -y install hk-two
`

// acts is where the triggers leave a line each time, and how many there are to be.
const acts, actCount = "/srv/log/acts", 3

// largeFile is streamed, and in more than one flight's worth of bytes.
const largeFile = "large.bin"

// large is what nothing on the way can shorten.
func large() []byte {
	random := rand.New(rand.NewPCG(7, 11))
	content := make([]byte, 1_300_001)
	for i := range content {
		content[i] = byte(random.Uint32())
	}
	return content
}

// wants is a service with all that a plan may change, in at least 40 changes.
func wants() object {
	own := func(more object, mode, owner, group string) object {
		more["mode"], more["owner"], more["group"] = mode, owner, group
		return more
	}
	absent := func() object { return object{"state": "absent"} }
	lines := strings.Repeat("a line of some length, so that the file has a few of them\n", 40)
	binary := bytes.Repeat([]byte{0, 0xff, 0xfe, '\n', 0x80}, 500)
	return object{
		"directories": object{
			"/srv/app":           own(object{}, "0750", "root", "ben"),
			"/srv/app/data":      own(object{}, "2775", "ben", "ben"),
			"/srv/app/data/deep": own(object{}, "0700", "www-data", "www-data"),
			"/srv/app/etc":       own(object{}, "0755", "root", "root"),
			"/srv/spool":         object{"mode": "1777"},
			"/srv/data":          own(object{}, "0711", "ben", "www-data"),
			"/srv/gone":          absent(),
			"/srv/gone/inner":    absent(),
			"/srv/empty":         absent(),
		},
		"files": object{
			"/etc/cut/new1":           object{"content": "new 1\n"},
			"/etc/cut/new2":           own(object{"content": lines}, "0600", "ben", "ben"),
			"/etc/cut/new3":           own(object{"content": "#!/bin/sh\nexit 0\n"}, "4755", "www-data", "root"),
			"/etc/cut/new 4":          object{"content": "", "mode": "0644"},
			"/srv/app/etc/settings":   own(object{"content": lines + "more\n"}, "0640", "root", "ben"),
			"/srv/app/data/deep/file": own(object{"content": "deep\n"}, "0444", "www-data", "www-data"),
			"/srv/app/data/large":     own(object{"from": largeFile}, "0644", "ben", "ben"),
			"/srv/app/data/binary":    object{"content": object{"$base64": base64.StdEncoding.EncodeToString(binary)}},
			"/etc/cut/binary":         object{"content": object{"$base64": base64.StdEncoding.EncodeToString(binary)}},
			"/etc/cut/update1":        object{"content": "new\n"},
			"/etc/cut/update2":        object{"content": lines},
			"/etc/cut/update3":        object{"content": "new 3\n"},
			"/etc/cut/update4":        own(object{"content": "new 4\n"}, "0600", "ben", "www-data"),
			"/etc/cut/delete1":        absent(),
			"/etc/cut/delete2":        absent(),
			"/etc/cut/delete3":        absent(),
			"/etc/cut/delete4":        absent(),
			"/etc/cut/mode1":          object{"content": "as it should be\n", "mode": "0600"},
			"/etc/cut/mode2":          own(object{"content": "as it should be\n"}, "0660", "root", "ben"),
			"/etc/cut/mode3":          own(object{"content": "as it should be\n"}, "0400", "www-data", "www-data"),
		},
		"symlinks": object{
			"/srv/links/made1":  object{"to": "/srv/app"},
			"/srv/links/made2":  object{"to": "made1/etc", "owner": "ben", "group": "ben"},
			"/srv/app/data/cur": object{"to": "deep"},
			"/srv/links/turn1":  object{"to": "/srv/app/data"},
			"/srv/links/turn2":  object{"to": "../app"},
			"/srv/links/drop1":  absent(),
			"/srv/links/drop2":  absent(),
		},
		"triggers": object{
			"settings": object{"run": []string{"/opt/act", "settings"}, "on": []string{"file:/etc/cut/update*", "file:/srv/app/etc/settings"}},
			"packages": object{"run": []string{"/opt/act", "packages"}, "on": []string{"package:hk-one", "package:hk-conf", "file:/etc/cut/new1"}},
			"links":    object{"run": []string{"/opt/act", "links"}, "on": []string{"symlink:/srv/links/drop1"}},
		},
		"packages": []any{"hk-one", "hk-needs", "hk-conf", object{"name": "hk-two", "state": "absent"}},
	}
}
