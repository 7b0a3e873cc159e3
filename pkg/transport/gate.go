package transport

import (
	"context"
	"sync"
)

// maxHandshakes is how many connections to one server may be logging in at once.
// From the eleventh on sshd turns some away (MaxStartups 10:30:100), and it
// notices a little later than we that a login is over.
const maxHandshakes = 8

// gates let so many through at once for each server.
type gates struct {
	mu sync.Mutex
	// byServer is keyed by the route to a server and its address; one that nobody
	// uses is not there.
	byServer map[string]*gate
}

type gate struct {
	slots chan struct{}
	users int
}

// enter waits until there is room. leave must be called if, and only if, err is
// nil.
func (g *gates) enter(ctx context.Context, server string) (leave func(), err error) {
	g.mu.Lock()
	if g.byServer == nil {
		g.byServer = map[string]*gate{}
	}
	at := g.byServer[server]
	if at == nil {
		at = &gate{slots: make(chan struct{}, maxHandshakes)}
		g.byServer[server] = at
	}
	at.users++
	g.mu.Unlock()
	forget := func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if at.users--; at.users == 0 {
			delete(g.byServer, server)
		}
	}
	select {
	case at.slots <- struct{}{}:
		return func() { <-at.slots; forget() }, nil
	case <-ctx.Done():
		forget()
		return nil, context.Cause(ctx)
	}
}
