// Package source resolves the secret references of documents on the control
// machine: environment variables, files and commands.
//
// A document may not decide what is read here, so each source has a fence: an
// environment variable's name begins with HOSTKIT_ unless the user named it, a
// file lies below a folder the user named, and a command runs only when the
// user allowed commands. Only hk-facts and hk-apply import this package.
package source

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/secret"
)

const (
	// envPrefix begins the names of variables that any document may refer to.
	envPrefix = "HOSTKIT_"
	// sizeLimit bounds a value, in bytes.
	sizeLimit = 1 << 20
	// defaultCommandTimeout is how long a command may take.
	defaultCommandTimeout = 30 * time.Second
)

// Options are what the user allowed. The zero value allows HOSTKIT_ variables
// of no environment at all.
type Options struct {
	// LookupEnv reads the environment: os.LookupEnv.
	LookupEnv func(name string) (string, bool)
	// AllowEnv are names that need not begin with HOSTKIT_ (--allow-env).
	AllowEnv []string
	// Dir is the folder that files are read below (--secret-dir); empty means
	// that no file is read.
	Dir string
	// AllowCommands lets commands run (--allow-secret-commands).
	AllowCommands bool
	// CommandTimeout bounds each command; 0 means 30 seconds.
	CommandTimeout time.Duration
}

// Use is one place in a document that needs a secret.
type Use struct {
	Ref doc.SecretRef
	// Where names the place for people: `host.ssh.password of host "server"`.
	Where string
	// Content says that the secret is what a file holds, to the byte. Of any other the
	// line end is dropped that editors and commands put behind it.
	Content bool
}

// Resolver resolves references, each once however many use it. It is safe for
// use by several goroutines at once. Make one a run.
type Resolver struct {
	options Options
	// turn is held by the one who resolves: two commands that both ask a person
	// for something must not ask at the same time.
	turn chan struct{}
	// known is guarded by turn. Refusals are kept too.
	known map[string]outcome
}

type outcome struct {
	// value is as it was had, with its line end.
	value   secret.Value
	refusal *refusal
}

// of is what the reference comes to where it is used.
func (o outcome) of(use Use) (secret.Value, *refusal) {
	if o.refusal != nil {
		return secret.Value{}, o.refusal
	}
	value := o.value.Reveal()
	if !use.Content && use.Ref.Secret.Env == "" {
		value = withoutNewline(value)
	}
	if len(value) == 0 {
		return secret.Value{}, &refusal{why: "it is empty", hint: emptyHint(use.Ref.Secret)}
	}
	return secret.New(value).Named(use.Ref.String()), nil
}

// refusal says why a reference gives no value.
type refusal struct{ why, hint string }

// New returns a Resolver that has resolved nothing yet.
func New(options Options) *Resolver {
	if options.CommandTimeout == 0 {
		options.CommandTimeout = defaultCommandTimeout
	}
	return &Resolver{options: options, turn: make(chan struct{}, 1), known: map[string]outcome{}}
}

// Values are resolved secrets by their reference and whether they are content.
type Values map[valueKey]secret.Value

type valueKey struct {
	ref     string
	content bool
}

// Key identifies a reference: two references with the same key are the same.
func Key(ref doc.SecretRef) string {
	var b strings.Builder
	b.WriteString("env " + strconv.Quote(string(ref.Secret.Env)) + " file " + strconv.Quote(ref.Secret.File) + " command")
	for _, argument := range ref.Secret.Command {
		b.WriteString(" " + strconv.Quote(argument))
	}
	return b.String()
}

// Of returns the value of ref; the zero Value if it was not among the uses.
func (v Values) Of(ref doc.SecretRef) secret.Value { return v[valueKey{Key(ref), false}] }

// ContentOf is Of for what a file holds.
func (v Values) ContentOf(ref doc.SecretRef) secret.Value { return v[valueKey{Key(ref), true}] }

// ResolveAll returns the values of all uses, or a *MissingError that names every
// reference that gives none and what needs it. An empty value is a missing one.
// When ctx ends, its cause is returned and what was not resolved may be asked
// for again.
func (r *Resolver) ResolveAll(ctx context.Context, uses []Use) (Values, error) {
	if len(uses) == 0 {
		return Values{}, nil // without a turn: others may wait for a person
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	values := Values{}
	missing := map[string]*Missing{}
	for _, use := range uses {
		key := Key(use.Ref)
		got, err := r.resolve(ctx, key, use.Ref)
		if err != nil {
			return nil, err
		}
		value, refused := got.of(use)
		if refused == nil {
			values[valueKey{key, use.Content}] = value
			continue
		}
		if missing[key] == nil {
			missing[key] = &Missing{Ref: use.Ref, Why: refused.why, Hint: refused.hint}
		}
		missing[key].Where = append(missing[key].Where, use.Where)
	}
	if len(missing) > 0 {
		return nil, newMissingError(missing)
	}
	return values, nil
}

// resolve answers from what is known, or asks the source. The error is that
// ctx has ended.
func (r *Resolver) resolve(ctx context.Context, key string, ref doc.SecretRef) (outcome, error) {
	if got, ok := r.known[key]; ok {
		return got, nil
	}
	value, refused := r.ask(ctx, ref.Secret)
	if err := context.Cause(ctx); err != nil {
		return outcome{}, err
	}
	r.known[key] = outcome{value: secret.New(value), refusal: refused}
	return r.known[key], nil
}

func (r *Resolver) ask(ctx context.Context, s doc.SecretSource) ([]byte, *refusal) {
	switch {
	case s.Env != "":
		return r.env(string(s.Env))
	case s.File != "":
		return r.file(s.File)
	case len(s.Command) > 0:
		return r.command(ctx, s.Command)
	}
	return nil, &refusal{why: "it names no source", hint: `write {"$secret": {"env": "HOSTKIT_…"}}`}
}

func emptyHint(s doc.SecretSource) string {
	switch {
	case s.Env != "":
		return "export " + string(s.Env) + " with the value"
	case s.File != "":
		return "write the value into the file"
	}
	return "the command must print the value on standard output"
}

func (r *Resolver) env(name string) ([]byte, *refusal) {
	if !strings.HasPrefix(name, envPrefix) && !slices.Contains(r.options.AllowEnv, name) {
		return nil, &refusal{
			why:  "a document may read only variables whose names begin with " + envPrefix,
			hint: "allow it with --allow-env " + name + ", or rename it",
		}
	}
	if r.options.LookupEnv != nil {
		if value, ok := r.options.LookupEnv(name); ok {
			return []byte(value), nil
		}
	}
	return nil, &refusal{why: "it is not set", hint: "export " + name + " with the value"}
}

// withoutNewline drops the one line end that editors and commands put after a
// value.
func withoutNewline(value []byte) []byte {
	n := len(value)
	if n > 0 && value[n-1] == '\n' {
		n--
		if n > 0 && value[n-1] == '\r' {
			n--
		}
	}
	return value[:n]
}
