package sshconfig

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Options says where to look. The zero value is ssh without -F.
type Options struct {
	// File is read instead of the user's and the system's file, as with ssh -F;
	// "none" reads nothing.
	File string
	// System is the system's file; empty means /etc/ssh/ssh_config.
	System string
}

// Config is ssh's config, of which each file is read once. It is safe for use by
// several goroutines at once.
type Config struct {
	named, system string
	// home is [Home] or empty, user the name and uid the number of who runs us.
	home, user string
	uid        int
	lookupEnv  func(string) (string, bool)

	mu    sync.Mutex
	files map[string]*file
	// names is what Names has returned.
	names []string
}

// New returns a config of which nothing is read yet.
func New(o Options) *Config {
	c := &Config{
		named: o.File, system: o.System, uid: os.Getuid(),
		lookupEnv: os.LookupEnv, files: map[string]*file{},
	}
	if c.system == "" {
		c.system = "/etc/ssh/ssh_config"
	}
	c.home, _ = Home()
	if u, err := user.Current(); err == nil {
		c.user = u.Username
	} else {
		c.user = os.Getenv("USER")
	}
	return c
}

// Home is the folder that "~/" means: $HOME, and where that is not set what the
// user database says, which is all that ssh asks.
func Home() (string, error) {
	if home, err := os.UserHomeDir(); err == nil {
		return home, nil
	}
	u, err := user.Current()
	if err == nil && u.HomeDir == "" {
		err = errors.New("HOME is not set")
	}
	if err != nil {
		return "", err
	}
	return u.HomeDir, nil
}

// Given is what wins over the files, as options of ssh's command line do.
type Given struct {
	// User and Port are ssh -l and -p; empty and 0 mean not given.
	User string
	Port int
	// HostKeyAlias is ssh -o HostKeyAlias=….
	HostKeyAlias string
}

// Lookup says what `ssh NAME` would make of name. An error is an *Error.
func (c *Config) Lookup(name string, given Given) (Settings, error) {
	if !ValidName(name) {
		return Settings{}, &Error{
			At: Position{File: "is asked for a host"}, Why: strconv.Quote(name) + " can't be the name of one",
			Advice: "write a DNS name, an IP address, or a name that ssh's config knows",
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &pass{config: c, given: given, original: name, host: name, first: map[string]line{}}
	if err := p.run(); err != nil {
		return Settings{}, err
	}
	host, err := p.hostname()
	if err != nil {
		return Settings{}, err
	}
	if p.wantFinal {
		// ssh reads all of it again, now for the name that came out.
		p.resolved, p.host, p.final = host, host, true
		if err := p.run(); err != nil {
			return Settings{}, err
		}
	}
	return p.settings(host)
}

// ValidName says whether ssh would take name for a host: not empty, not an
// option, without spaces, control characters and signs of the shell.
func ValidName(name string) bool {
	return name != "" && len(name) <= 1024 && name[0] != '-' && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune("'`\"$\\;&<>|(){}", r)
	})
}

// pass is one reading of the files for one host.
type pass struct {
	config         *Config
	given          Given
	original, host string
	// final is true in the second pass, for which resolved is the hostname.
	final     bool
	resolved  string
	wantFinal bool
	includes  int
	// listed says that a line about particular hosts applies, others that one is
	// about others.
	listed, others bool

	// first has the first line of each keyword that applies, identities and
	// certificates all lines of theirs.
	first                    map[string]line
	identities, certificates []line
	// doubts are about lines that do not apply.
	doubts []*Error
}

func (p *pass) run() error {
	c := p.config
	if strings.EqualFold(c.named, "none") {
		return nil
	}
	if c.named != "" {
		lines, err := c.read(c.named, false)
		if err != nil {
			return err
		}
		return p.apply(lines, source{user: true})
	}
	type place struct {
		path string
		from source
	}
	places := []place{{c.system, source{}}}
	if c.home != "" {
		places = append([]place{{filepath.Join(c.home, ".ssh", "config"), source{user: true}}}, places...)
	}
	for _, at := range places {
		lines, err := c.read(at.path, at.from.user)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := p.apply(lines, at.from); err != nil {
			return err
		}
	}
	return nil
}

// apply takes what applies of the lines of one file.
func (p *pass) apply(lines []line, from source) error {
	active := !from.never
	for _, l := range lines {
		switch l.keyword {
		case "host":
			if l.argsErr != nil || slices.Contains(l.args, "") {
				return l.refuse("the line has no hosts that can be read", "mend the line, "+wayOut)
			}
			active = !from.never && matchesAny(p.host, l.args)
			p.note(l.args, active)
		case "match":
			fits, err := p.match(l)
			if err != nil && !from.never {
				return err
			}
			active = err == nil && fits && !from.never
		case "include":
			if l.argsErr != nil {
				return l.refuse(l.argsErr.Error(), "mend the line, "+wayOut)
			}
			if err := p.include(l, from, active); err != nil {
				return err
			}
		default:
			if !active {
				p.doubt(l)
			} else if err := p.take(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// take keeps a line that applies.
func (p *pass) take(l line) error {
	if l.argsErr != nil {
		return l.refuse(l.argsErr.Error(), "mend the line, "+wayOut)
	}
	if name, ok := aliases[l.keyword]; ok {
		l.keyword = name
	}
	kind, known := keywords[l.keyword]
	if !known {
		if p.ignores(l.keyword) {
			return nil
		}
		return l.unknown("")
	}
	if len(l.args) != 1 && kind == one || len(l.args) == 0 || slices.Contains(l.args, "") && (kind == one || kind == several) {
		return l.refuse(l.written+" takes one value", "mend the line, "+wayOut)
	}
	switch {
	case kind == passedOver:
	case l.keyword == "identityfile":
		p.identities = append(p.identities, l)
	case l.keyword == "certificatefile":
		p.certificates = append(p.certificates, l)
	default:
		_, set := p.first[l.keyword]
		// The first of the two proxies switches the other off.
		_, command := p.first["proxycommand"]
		_, jump := p.first["proxyjump"]
		if !set && (kind != proxy || !command && !jump) {
			p.first[l.keyword] = l
		}
	}
	return nil
}

// user is the login name as far as it is known.
func (p *pass) user() string {
	if p.given.User != "" {
		return p.given.User
	}
	if l, ok := p.first["user"]; ok {
		return l.args[0]
	}
	return p.config.user
}

// hostname is the real name or address as far as it is known.
func (p *pass) hostname() (string, error) {
	if p.final {
		return p.resolved, nil
	}
	name := p.host
	if l, ok := p.first["hostname"]; ok {
		var err error
		if name, err = expand(l.args[0], map[byte]string{'h': p.original}, nil); err != nil {
			return "", l.refuse("HostName "+err.Error(), "mend the line, "+wayOut)
		}
	}
	if address, err := netip.ParseAddr(name); err == nil {
		return address.String(), nil
	}
	return strings.ToLower(name), nil
}

func (l line) refuse(why, advice string) *Error {
	return &Error{At: l.at, Keyword: l.keyword, Why: why, Advice: advice}
}
