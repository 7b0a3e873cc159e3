package cut

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// diskSize is room for all that a run makes, and little more.
const diskSize = 96 << 20

// trouble is something that a host's disks do in the middle of a run.
type trouble struct {
	name string
	// begin and end are scripts on the host. A mount is made read-only where nobody
	// is, and is bound from there to where it is seen, which passes that on: a remount
	// in place is refused as busy while the host's programs have a file open to write.
	begin, end string
	size       int64
	// codes are what the report may name as the reason.
	says []string
}

var troubles = []trouble{
	{
		"a full disk", `! dd if=/dev/zero of=/filler bs=65536 2>/dev/null`, `rm -f /filler`, diskSize,
		[]string{"no space left on device", "no space left on a device", "not enough free space"},
	},
	{
		"a read-only disk", `mount --bind / /mnt; mount -o remount,bind,ro /mnt
			for d in etc srv var; do mount --bind /mnt/$d /$d; done`,
		`umount /etc /srv /var /mnt`, 0,
		[]string{"read-only file system", "is read-only", "a file system of the host is read-only"},
	},
	{
		"a read-only /var/lib", `mount --bind /var/lib /mnt; mount -o remount,bind,ro /mnt; mount --bind /mnt /var/lib`,
		`umount /var/lib /mnt`, 0,
		[]string{"read-only"},
	},
	{
		"a full /var/lib/hostkit", `mkdir -m 0700 -p /var/lib/hostkit; mount -t tmpfs -o size=4k tmpfs /var/lib/hostkit
			! dd if=/dev/zero of=/var/lib/hostkit/filler bs=4096 2>/dev/null`, `umount /var/lib/hostkit`, 0,
		[]string{"no space left on device"},
	},
}

// A disk is full, or read-only, from a step boundary on. The report is true and says
// why, with exit status 1; the same plan applied again, when the disk is well,
// ends in what an uncut run leaves.
func TestDisksInTrouble(t *testing.T) {
	g := prepared(t)
	random := chance(t, 2)
	var cases []func()
	for _, trouble := range troubles {
		for range number(t, "HOSTKIT_TROUBLES", 3) {
			at := 1 + random.IntN(g.steps)
			cases = append(cases, func() {
				t.Run(fmt.Sprintf("%s from step %d", trouble.name, at), func(t *testing.T) { g.trouble(t, trouble, at) })
			})
		}
	}
	inParallel(cases)
}

func (g *ground) trouble(t *testing.T, trouble trouble, at int) {
	host := g.copyOf(t, trouble.size)
	gate := newGate(t, host, "step", at)
	first := g.apply(t, g.way(t, host))
	troubled := false
	select {
	case <-gate.held:
		troubled = true
		g.on(t, host, trouble.begin)
	case <-first.ended:
	}
	gate.open(t)
	o := first.wait(t)
	report := o.report(t)
	if troubled {
		g.on(t, host, trouble.end)
	}
	if o.exit != 0 {
		g.mustSay(t, o, report, trouble)
	}
	g.mustBeTrue(t, report, g.look(t, host), "first: "+o.String())
	g.again(t, host, "first: "+o.String())
}

func (g *ground) on(t *testing.T, host *lab.Host, script string) {
	t.Helper()
	if _, err := host.Exec(t.Context(), "/bin/sh", "-euc", script); err != nil {
		t.Error(err)
	}
}

// mustSay looks whether a report of a host in trouble names it, and what is done
// about it.
func (g *ground) mustSay(t *testing.T, o outcome, report doc.Report, trouble trouble) {
	t.Helper()
	said := func(part string) bool { return strings.Contains(strings.ToLower(o.stderr), part) }
	if o.exit != 1 || report.Status != doc.StatusFailed || report.Error == nil || report.Error.Hint == "" ||
		!slices.ContainsFunc(trouble.says, said) {
		t.Errorf("it does not say %q, with a hint and exit status 1\n%s", trouble.says, o)
	}
}
