package connect_test

import (
	"bytes"
	"fmt"
	"testing"

	"hostkit/tests/lab"
)

// sshd begins to drop logins at random when ten are under way, and drops all
// when a hundred are (MaxStartups 10:30:100): of a hundred hosts of one run that
// are one server none is lost.
func TestAHundredLoginsToOneServerLoseNone(t *testing.T) {
	t.Parallel()
	const logins = 100
	p := newPlace(t)
	host := lab.Run(t, lab.Options{NoIndex: true, SSHD: []string{"MaxStartups 10:30:100"}})
	hosts := object{}
	for i := range logins {
		hosts[fmt.Sprintf("host-%03d", i)] = object{"hostname": host.IP, "user": "root", "ssh": object{
			"port": host.Port, "identity_file": host.Identity, "known_hosts": host.KnownHosts,
		}}
	}
	documents := p.documents(hosts, object{"files": object{"/etc/motd": object{"content": ""}}})
	o := p.run(documents, nil, "hk-facts", "--all", "--parallel", fmt.Sprint(logins))
	if got := bytes.Count(o.stdout, []byte(`"facts":{`)); got != logins || o.exit != 0 {
		t.Errorf("%d of %d logins came through\n%s", got, logins, o)
	}
}
