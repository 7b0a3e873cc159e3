package login

import (
	"strconv"

	"hostkit/pkg/doc"
	"hostkit/pkg/secret/source"
	"hostkit/pkg/sshconfig"
	"hostkit/pkg/transport"
)

// maxJumps bounds a chain that a pattern in ssh's config makes endless.
const maxJumps = 16

// route is the way to one host.
type route struct {
	opener *Opener
	values source.Values
	// useConfig is what the host's document says, for hops that don't say.
	useConfig bool
	// retry counts for every hop; a hop has none of its own.
	retry transport.Retry
	// seen are the hops that the way has so far.
	seen map[string]bool
}

// to returns the target of the last host with all its jumps, the first of them
// first.
func (r *route) to(h hop) (transport.Target, error) {
	t, known, err := r.settle(h)
	if err != nil {
		return t, err
	}
	jumps := h.ssh.Jump
	if jumps == nil {
		if jumps, err = parseJumps(known); err != nil {
			return t, err
		}
	}
	if err := r.visit(t, known.JumpAt); err != nil {
		return t, err
	}
	t.Jumps, err = r.through(jumps)
	return t, err
}

// through returns the targets of a chain. As with ssh -J, the way to its first
// hop may have jumps that ssh's config adds; of the others the chain says all.
func (r *route) through(jumps []doc.Jump) ([]transport.Target, error) {
	var all []transport.Target
	for i, jump := range jumps {
		h := hop{name: jump.Hostname, hostname: jump.Hostname, user: jump.User, inner: i > 0}
		if jump.SSH != nil {
			h.ssh = *jump.SSH
		}
		h.ssh.Jump = nil
		if !h.inner {
			t, err := r.to(h)
			if err != nil {
				return nil, err
			}
			all, t.Jumps = t.Jumps, nil
			all = append(all, t)
			continue
		}
		t, known, err := r.settle(h)
		if err != nil {
			return nil, err
		}
		if err := r.visit(t, known.JumpAt); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// visit refuses a way that comes to one place twice.
func (r *route) visit(t transport.Target, at sshconfig.Position) error {
	place := t.User + "@" + t.Address()
	if r.seen[place] || len(r.seen) > maxJumps {
		why := "its jump hosts lead to " + place + " twice"
		if !r.seen[place] {
			why = "it is more than " + strconv.Itoa(maxJumps) + " jump hosts away"
		}
		if at.File != "" {
			why += " (ProxyJump in " + at.String() + ")"
		}
		return &transport.TargetError{
			Name: t.Name, Why: why,
			Advice: "write `ProxyJump none` for the jump host in ssh's config, or give \"jump\"",
		}
	}
	r.seen[place] = true
	return nil
}

// parseJumps reads the ProxyJump of ssh's config.
func parseJumps(known sshconfig.Settings) ([]doc.Jump, error) {
	var jumps []doc.Jump
	for _, text := range known.ProxyJump {
		jump, err := doc.ParseJump(text)
		if err != nil {
			return nil, &sshconfig.Error{
				At: known.JumpAt, Keyword: "proxyjump", Why: "ProxyJump can't be read", Err: err,
				Advice: "mend the line, or give \"jump\"",
			}
		}
		jumps = append(jumps, jump)
	}
	return jumps, nil
}
