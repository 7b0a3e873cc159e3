// Package login leads from a host in a document to a shell that is open on it:
// secrets are resolved, the connection is made, the session begun.
package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/secret"
	"hostkit/pkg/secret/source"
	"hostkit/pkg/shell"
	"hostkit/pkg/sshconfig"
	"hostkit/pkg/transport"
)

// Opener opens sessions for one run of a command. It is safe for use by several
// goroutines at once.
type Opener struct {
	// Resolver resolves the secrets, each once a run.
	Resolver *source.Resolver
	// Scrubber is told every secret that was resolved. Output, for what programs print,
	// is told the lines of those that files hold too: in our own words they would be
	// taken for names and paths.
	Scrubber, Output *secret.Scrubber
	// masked has what the scrubbers were told, and is guarded by masking: what a whole
	// fleet uses is taken apart once.
	masking sync.Mutex
	masked  map[masked]bool
	// Base is the folder that relative paths are taken from.
	Base string
	// Recording lets documents say that the keys of unknown hosts are recorded;
	// AcceptNew records them whatever the documents say. hk-facts alone sets them.
	Recording, AcceptNew bool

	// network makes the connections.
	network *transport.Network
	// keys are the identity files that passphrases opened, and terminal is where
	// the passphrases are asked for; nil means nowhere.
	keys     transport.KeyFiles
	terminal *terminal
	// warn tells people of what stops nothing.
	warn func(message, hint string)
	// config is ssh's config, defaults what ssh does without one.
	config, defaults *sshconfig.Config
	// doubts are the lines of config of which was told.
	doubts sync.Map
	// configFile is the file of config that people write.
	configFile string
	// given is what the flags say in the place of documents.
	given given
}

// NewOpener returns the opener that a command's flags ask for. Close ends it.
func NewOpener(flags cli.Login, s cli.Streams) *Opener {
	return &Opener{
		Resolver: source.New(source.Options{
			LookupEnv: os.LookupEnv, AllowEnv: flags.AllowedEnv(),
			Dir: flags.SecretDir, AllowCommands: flags.AllowSecretCommands,
		}),
		Scrubber: secret.NewScrubber(func(name string) {
			s.Warn("the secret of "+name+" is too short to be masked where something prints it", "")
		}),
		Output:   secret.NewScrubber(nil),
		masked:   make(map[masked]bool),
		Base:     flags.Base,
		network:  transport.NewNetwork(),
		terminal: openTerminal(s),
		warn:     s.Warn,
		config:   sshconfig.New(sshconfig.Options{File: flags.SSHConfig}),
		defaults: sshconfig.New(sshconfig.Options{File: "none"}),

		configFile: cmp.Or(flags.SSHConfig, "~/.ssh/config"),
		given:      givenBy(flags, s),
	}
}

// given names what the user, the port and the identity file of every host were had
// from, a flag or its variable; empty where the documents say them.
type given struct{ user, port, identity string }

func givenBy(flags cli.Login, s cli.Streams) given {
	var g given
	if flags.User != "" {
		g.user = s.FlagName("user")
	}
	if flags.Port != 0 {
		g.port = s.FlagName("port")
	}
	if flags.IdentityFile != "" {
		g.identity = s.FlagName("identity-file")
	}
	return g
}

// Close ends what the sessions share: the connections to jump hosts. Nothing can
// be opened any more.
func (o *Opener) Close() { o.network.Close() }

// Uses lists the secrets that a login to h needs.
func Uses(h doc.Host) []source.Use {
	return usesOn(h.Name, h.Secrets(), false)
}

// ContentUses lists the secrets that files of a host hold.
func ContentUses(host string, secrets []doc.SecretUse) []source.Use {
	return usesOn(host, secrets, true)
}

func usesOn(host string, secrets []doc.SecretUse, content bool) []source.Use {
	var uses []source.Use
	for _, secret := range secrets {
		for _, at := range secret.UsedBy {
			uses = append(uses, source.Use{Ref: secret.SecretRef, Where: fmt.Sprintf("%s of host %q", at, host), Content: content})
		}
	}
	return uses
}

// Resolve resolves secrets ahead of the logins that use them, all at once.
func (o *Opener) Resolve(ctx context.Context, uses []source.Use) (source.Values, error) {
	values, err := o.Resolver.ResolveAll(ctx, uses)
	if err != nil {
		return nil, err
	}
	o.mask(uses, values)
	return values, nil
}

// masked is a secret that the scrubbers know.
type masked struct {
	ref     string
	content bool
}

// mask has values masked; when it returns, all of them are.
func (o *Opener) mask(uses []source.Use, values source.Values) {
	o.masking.Lock()
	defer o.masking.Unlock()
	for _, use := range uses {
		known := masked{source.Key(use.Ref), use.Content}
		switch {
		case o.masked[known]:
			continue
		case use.Content:
			o.know(use.Ref.String(), values.ContentOf(use.Ref))
			o.Output.AddLines(values.ContentOf(use.Ref))
		default:
			o.know(use.Ref.String(), values.Of(use.Ref))
		}
		o.masked[known] = true
	}
}

// know has a value masked.
func (o *Opener) know(name string, v secret.Value) {
	o.Scrubber.Add(name, v)
	o.Output.Add(name, v)
}

// Contents resolves the secrets that files of a host hold, for whoever compares them.
// One that is missing is warned of: the others, and the rest of the host, are compared
// all the same.
func (o *Opener) Contents(ctx context.Context, host string, secrets []doc.SecretUse) (source.Values, error) {
	all := source.Values{}
	for _, one := range secrets {
		values, err := o.Resolve(ctx, ContentUses(host, []doc.SecretUse{one}))
		if missing, ok := errors.AsType[*source.MissingError](err); ok {
			o.warn(host+": not compared: "+missing.Error(), cmp.Or(missing.Hint(), "hk-apply needs it"))
			continue
		}
		if err != nil {
			return nil, err
		}
		maps.Copy(all, values)
	}
	return all, nil
}

// Open logs in to h and opens a session there, as whom h says.
//
// All secrets of the host, those of its jump hosts and of sudo among them, are
// resolved before anything is connected to, each once a run however many hosts
// use it. For all hosts of a stream together only hk-apply does that, with
// [Opener.Resolve]: it reads its stream whole in any case. hk-facts begins with
// the first document, and a secret that is missing is the failure of the hosts
// that need it and of no other.
func (o *Opener) Open(ctx context.Context, h doc.Host, options transport.Options) (*Session, error) {
	values, err := o.Resolve(ctx, Uses(h))
	if err != nil {
		return nil, err
	}
	target, err := o.target(h, values)
	if err != nil {
		return nil, err
	}
	as := privilege(h, values)
	as.Login = target.User
	if err := as.Check(); err != nil {
		return nil, err
	}
	options.Keys, options.Warn = &o.keys, o.warn
	if o.terminal != nil {
		options.AskPassphrase = o.askPassphrase
	}
	conn, err := o.network.Connect(ctx, target, options)
	if err != nil {
		return nil, err
	}
	stream, err := conn.Shell(ctx, as)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	session, err := shell.NewSession(ctx, stream)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	session.StartWithin(conn.ShellLimit())
	return &Session{Session: session, conn: conn, as: as}, nil
}

func (o *Opener) askPassphrase(ctx context.Context, file string) (secret.Value, error) {
	passphrase, err := o.terminal.askPassphrase(ctx, file)
	if passphrase.Len() >= secret.MinLength {
		o.know("the passphrase of "+file, passphrase)
	}
	return passphrase, err
}

func privilege(h doc.Host, values source.Values) transport.Privilege {
	switch {
	case h.Sudo.On:
		p := transport.Privilege{Program: transport.Sudo, User: string(h.Sudo.With.User)}
		if ref := h.Sudo.With.Password; ref != nil {
			p.Password = values.Of(*ref)
		}
		return p
	case h.Doas.On:
		return transport.Privilege{Program: transport.Doas, User: string(h.Doas.With.User)}
	}
	return transport.Privilege{}
}

// Session is a shell that is open on a host.
type Session struct {
	*shell.Session
	conn *transport.Conn
	as   transport.Privilege
}

// HostKey is the key that the server proved to own; nil on a local connection.
func (s *Session) HostKey() *doc.HostKey { return s.conn.HostKey() }

// Server is the SSH server; nil on a local connection.
func (s *Session) Server() *doc.SSHFacts { return s.conn.Server() }

// Run is [shell.Session.Run]; a sudo or doas that refused, and an account that
// runs nothing, are told from a connection that broke.
func (s *Session) Run(ctx context.Context, steps []shell.Step, each func(i int, r shell.Result) error) error {
	return s.explain(s.Session.Run(ctx, steps, each))
}

// RunLast is [shell.Session.RunLast], explained like Run.
func (s *Session) RunLast(ctx context.Context, steps []shell.Step, each func(i int, r shell.Result) error) error {
	return s.explain(s.Session.RunLast(ctx, steps, each))
}

// Beside opens another session on the same connection.
func (s *Session) Beside(ctx context.Context) (*shell.Session, error) {
	stream, err := s.conn.Shell(ctx, s.as)
	if err != nil {
		return nil, err
	}
	beside, err := shell.NewSession(ctx, stream)
	if err != nil {
		return nil, errors.Join(err, stream.Close())
	}
	beside.StartWithin(s.conn.ShellLimit())
	return beside, nil
}

func (s *Session) explain(err error) error {
	var closed *shell.ClosedError
	if errors.As(err, &closed) && !closed.Begun {
		return transport.ClassifyBecome(s.as, []byte(closed.Noise), err)
	}
	return err
}

// Close ends the session and the connection.
func (s *Session) Close() error {
	return errors.Join(s.Session.Close(), s.conn.Close())
}
