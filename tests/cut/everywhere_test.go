package cut

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hostkit/pkg/transport/relay"
	"hostkit/tests/lab"
)

// fewest is how many cuts there must be at least.
const fewest = 200

// together is how many cuts are made at once: the next apply waits for ten seconds
// before it ends a session that has fallen silent, and a machine of two cores has
// other things to do meanwhile.
const together = 12

// cut is one way to lose the connection.
type cut struct {
	name  string
	fault relay.Fault
	// step is the step boundary of the host at which it happens; 0 where it is a
	// byte, toServer or toClient.
	step               int
	toServer, toClient int64
	// looked says that a second plan is made afterwards.
	looked bool
}

// The connection is lost at every step boundary and at random bytes, with a reset
// and silently. The same plan applied again ends in what an uncut run ends in, leaves
// nothing unfinished, and does nothing twice that must not be.
func TestCutEverywhere(t *testing.T) {
	g := prepared(t)
	cuts := g.cuts(t)
	var made atomic.Int64
	began := time.Now()
	var cases []func()
	for i, c := range cuts {
		c.looked = i%10 == 0
		cases = append(cases, func() {
			t.Run(c.name, func(t *testing.T) {
				if g.lose(t, c) {
					made.Add(1)
				}
			})
		})
	}
	inParallel(cases)
	t.Logf("%d cuts of %d in %s", made.Load(), len(cuts), time.Since(began).Round(time.Second))
	if made.Load() < fewest {
		t.Errorf("%d cuts were made, and %d are wanted", made.Load(), fewest)
	}
}

// inParallel runs the cases, several at once.
func inParallel(cases []func()) {
	slots := make(chan struct{}, together)
	var all sync.WaitGroup
	for _, run := range cases {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			run()
		})
	}
	all.Wait()
}

// number is a number of the environment.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(or(os.Getenv(name), fmt.Sprint(otherwise)), 10, 32)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// chance chooses where runs are broken: the same again with the same seed. Each test
// has a stream of its own.
func chance(t *testing.T, stream uint64) *rand.Rand {
	t.Helper()
	seed := number(t, "HOSTKIT_CUT_SEED", uint64(rand.Uint32()))
	t.Logf("HOSTKIT_CUT_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, stream))
}

// cuts are those at all step boundaries, and as many at random as the environment
// says.
func (g *ground) cuts(t *testing.T) []cut {
	t.Helper()
	random := chance(t, 0)
	var cuts []cut
	for step := 1; step <= g.steps; step++ {
		cuts = append(cuts,
			cut{name: fmt.Sprintf("silence at step %d", step), fault: relay.Silence, step: step},
			cut{name: fmt.Sprintf("reset at step %d", step), fault: relay.Reset, step: step})
	}
	for i := range number(t, "HOSTKIT_CUTS", uint64(max(50, fewest+10-len(cuts)))) {
		c := cut{name: "reset", fault: relay.Reset}
		if i%6 < 2 {
			c = cut{name: "silence", fault: relay.Silence}
		}
		if i%2 == 0 {
			c.toClient = 1 + random.Int64N(g.toClient)
			c.name += fmt.Sprintf(" after %d bytes to the client", c.toClient)
		} else {
			c.toServer = g.offset(random)
			c.name += fmt.Sprintf(" after %d bytes to the host", c.toServer)
		}
		cuts = append(cuts, c)
	}
	random.Shuffle(len(cuts), func(i, j int) { cuts[i], cuts[j] = cuts[j], cuts[i] })
	return cuts
}

// offset chooses a byte on the way to the host. Nearly all of them are the large
// file's: every second time it is not one from the middle of the run.
func (g *ground) offset(random *rand.Rand) int64 {
	const ends = 60_000
	switch random.IntN(4) {
	case 0:
		return 1 + random.Int64N(ends)
	case 1:
		return g.toServer - random.Int64N(ends)
	}
	return 1 + random.Int64N(g.toServer)
}

// lose makes a cut and applies the plan again. It returns false where the run was
// over before the cut.
func (g *ground) lose(t *testing.T, c cut) bool {
	host := g.copyOf(t, 0)
	w := g.way(t, host)
	w.relay.Break(c.fault)
	w.relay.CutToServer(c.toServer)
	w.relay.CutToClient(c.toClient)
	reached := w.relay.Faulted()
	if c.step == 0 {
		first := g.apply(t, w)
		select {
		case <-reached:
		case <-first.ended:
		}
		return g.lost(t, c, host, w, first, true)
	}
	gate := newGate(t, host, "step", c.step)
	first := g.apply(t, w)
	cut := false
	select {
	case <-gate.held:
		cut = true
		if c.fault == relay.Reset {
			w.relay.Reset()
		} else {
			w.relay.Stall()
		}
	case <-first.ended:
	}
	gate.open(t)
	return g.lost(t, c, host, w, first, cut)
}

// lost looks at what a cut has left.
func (g *ground) lost(t *testing.T, c cut, host *lab.Host, w way, first *running, cut bool) bool {
	if c.fault == relay.Silence {
		first.kill(t)
	}
	o := first.wait(t)
	if o.exit == 0 {
		cut = false
	}
	g.again(t, host, "first: "+o.String())
	if c.looked {
		g.mustWantNothing(t, host, g.wanted)
	}
	if twice := g.twice(t, host); twice != nil {
		t.Errorf("done not once: %q\nfirst: %s", twice, o)
	}
	return cut
}
