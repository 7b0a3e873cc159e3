package transport

import (
	"context"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/secret"
)

// Options are how a command connects. The zero value is strict and has the
// default limits.
type Options struct {
	// Accepted is told of every key that was recorded, from the goroutine that
	// called Connect or another one; nil is allowed.
	Accepted func(Accepted)
	// Warn is told once a run of each known_hosts file with lines that make no
	// sense and are passed over, from any goroutine; nil is allowed.
	Warn func(message, hint string)
	// Pin binds the connection to the key in a plan; nil means any known key.
	Pin *Pin
	// Timeouts are the limits of the phases.
	Timeouts Timeouts
	// AskPassphrase asks a person for the passphrase of an encrypted identity
	// file; nil means that nobody can be asked. It is called before the connection
	// is made, from several goroutines at once, and may be called for one file
	// more than once.
	AskPassphrase func(ctx context.Context, file string) (secret.Value, error)
	// Keys keeps opened what AskPassphrase was asked for, and other encrypted
	// identity files, for the connections of a run; nil means for this one alone.
	Keys *KeyFiles
	// Keepalive finds hosts that are gone.
	Keepalive Keepalive
}

// Accepted is a host key that was recorded without being checked by a person.
type Accepted struct {
	// Address is the host as known_hosts writes it: "[db1.example]:2222".
	Address string
	Key     doc.HostKey
	// File is the known_hosts file that has the key now.
	File string
}

// Pin is what hk-apply demands of a host's key.
type Pin struct {
	// RequireKey is the key in the plan. Only its type is asked of the server,
	// and any other key is a *PinnedHostKeyError.
	RequireKey doc.HostKey
	// TrustPlanKey takes RequireKey as known where known_hosts has no entry.
	TrustPlanKey bool
}

// Timeouts bounds each phase of a connection; 0 means the default.
type Timeouts struct {
	// Agent (5 s) is for the list of the agent's keys. A signature may take as long
	// as Login: the agent may ask a person to confirm it.
	Agent time.Duration
	// Resolve (10 s) is for looking the name up.
	Resolve time.Duration
	// Connect (10 s) is for TCP, all addresses of the name together.
	Connect time.Duration
	// KeyExchange (15 s) is from the first byte until the host has proved its key.
	KeyExchange time.Duration
	// Login (30 s) is for authentication: a host that looks up the client's name
	// in a DNS that does not answer takes 20 s.
	Login time.Duration
	// Shell (30 s) is for opening a channel and starting the shell, again for
	// sudo's answer to a password, and again for the shell's first answer: start
	// files and sudo run before it.
	Shell time.Duration
}

// Keepalive is ServerAliveInterval and ServerAliveCountMax of ssh_config(5).
type Keepalive struct {
	// Interval is how long a host may be silent before it is asked for a sign of
	// life; 0 means 15 s, a negative one never.
	Interval time.Duration
	// Count is how many questions in a row may stay unanswered; 0 means 3.
	Count int
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		value *time.Duration
		to    time.Duration
	}{
		{&o.Timeouts.Agent, 5 * time.Second},
		{&o.Timeouts.Resolve, 10 * time.Second},
		{&o.Timeouts.Connect, 10 * time.Second},
		{&o.Timeouts.KeyExchange, 15 * time.Second},
		{&o.Timeouts.Login, 30 * time.Second},
		{&o.Timeouts.Shell, 30 * time.Second},
		{&o.Keepalive.Interval, 15 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.to
		}
	}
	if o.Keepalive.Count == 0 {
		o.Keepalive.Count = 3
	}
	return o
}

// of is o with what t says of its own connection.
func (o Options) of(t Target) Options {
	if t.ConnectTimeout != 0 {
		o.Timeouts.Connect = t.ConnectTimeout
	}
	if t.ServerAliveInterval != 0 {
		o.Keepalive.Interval = t.ServerAliveInterval
	}
	return o
}
