package roundtrips_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"

	"hostkit/tests/lab"
)

// hop is what a host on the way costs: its login is 7 turns and the way on from
// it is 1, and the host behind it then needs no TCP handshake of ours.
const hop = 8

// chain is a target behind bastions, of which the first is far away.
type chain struct {
	*distant
	target   *lab.Host
	bastions []*lab.Host
}

func newChain(t *testing.T, hops int) *chain {
	t.Helper()
	c := &chain{distant: newDistant(t)}
	c.bastions = append(c.bastions, c.lab)
	for range hops - 1 {
		c.bastions = append(c.bastions, lab.Run(t, lab.Options{NoIndex: true}))
	}
	c.target = lab.Run(t, lab.Options{NoIndex: true})
	return c
}

// documents are n hosts behind the bastions, seen through a relay at port.
func (c *chain) documents(n int, port string) []byte {
	c.t.Helper()
	way := []object{}
	for i, bastion := range c.bastions {
		step := object{"hostname": bastion.IP, "user": "root", "ssh": object{
			"port": bastion.Port, "identity_file": bastion.Identity, "known_hosts": bastion.KnownHosts,
		}}
		if i == 0 {
			number, err := strconv.Atoi(port)
			if err != nil {
				c.t.Fatal(err)
			}
			step["hostname"] = "127.0.0.1"
			ssh := step["ssh"].(object)
			ssh["port"], ssh["known_hosts"] = number, filepath.Join(c.dir, "known_hosts")
		}
		way = append(way, step)
	}
	hosts := object{}
	for i := range n {
		hosts[fmt.Sprintf("behind-%d", i)] = object{"hostname": c.target.IP, "user": "root", "ssh": object{
			"port": c.target.Port, "identity_file": c.target.Identity, "known_hosts": c.target.KnownHosts, "jump": way,
		}}
	}
	config, err := json.Marshal(object{
		"schema": "hostkit.config/v1", "project": "far", "hosts": hosts, "services": object{"s": files(10)},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.command(config, "hk-eval", "-")
}

// factsOf is the turns of one run of hk-facts for n hosts, one after the other.
func (c *chain) factsOf(n int) int {
	c.t.Helper()
	r, port := c.relay()
	out := c.command(c.documents(n, port), "hk-facts", "--all", "--parallel", "1")
	if got := bytes.Count(out, []byte(`"facts":{`)); got != n {
		c.t.Fatalf("facts of %d hosts, want %d:\n%s", got, n, out)
	}
	turns := count(c.t, r)
	c.t.Logf("%d hosts behind %d: %d turns", n, len(c.bastions), turns)
	return turns
}

func TestABastionTakesEightTurnsAndEachFurtherHostOne(t *testing.T) {
	t.Parallel()
	c := newChain(t, 1)
	for _, n := range []int{1, 2, 4} {
		c.within(fmt.Sprintf("facts of %d hosts behind a bastion", n), hop+bareTurns+(n-1)*(bareTurns+1),
			func() int { return c.factsOf(n) })
	}
}

func TestASecondBastionTakesAsMuch(t *testing.T) {
	t.Parallel()
	c := newChain(t, 2)
	for _, n := range []int{1, 3} {
		c.within(fmt.Sprintf("facts of %d hosts behind two bastions", n), 2*hop+bareTurns+(n-1)*(bareTurns+1),
			func() int { return c.factsOf(n) })
	}
}
