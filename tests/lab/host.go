package lab

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

//go:embed init.sh
var initScript string

// Host is a running host. Its methods are safe for use by several goroutines,
// those that stop or restart it excepted.
type Host struct {
	Name       string // its hostname
	IP         string
	Port       int
	Identity   string // path of the private key that logs into every account
	KnownHosts string // path of a known_hosts file with the keys it STARTED with
	Dir        string // folder of its files on this machine, gone after Stop

	options  Options
	base     base
	reserved net.Listener
	login    HostKey
	// below is the disk of the host that this one is a copy of, if any.
	below string

	mu      sync.Mutex
	process *contained
	keys    []keyPair
}

// Start makes a host and returns when its sshd answers. The caller must Stop it;
// if this process ends before, the kernel ends the host, and the next Start
// removes its files.
func Start(ctx context.Context, options Options) (*Host, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := Available(); err != nil {
		return nil, err
	}
	b, err := ensureHostBase(ctx, options, nil)
	if err != nil {
		return nil, err
	}
	dir, err := newHostDir(ctx, filepath.Base(b.dir))
	if err != nil {
		return nil, fmt.Errorf("lab host: %w", err)
	}
	h := &Host{Name: options.Hostname, Port: Port, Dir: dir, options: options, base: b}
	if err := h.create(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("lab host: %w", err), h.Stop())
	}
	return h, nil
}

// create makes what stays the same over restarts, then boots.
func (h *Host) create(ctx context.Context) error {
	login, err := newKeyPair("ed25519")
	if err != nil {
		return err
	}
	h.login = login.HostKey
	h.Identity = filepath.Join(h.Dir, "id_ed25519")
	if err := os.WriteFile(h.Identity, login.privatePEM, 0o600); err != nil {
		return err
	}
	if err := h.place(); err != nil {
		return err
	}
	if err := h.newHostKeys(); err != nil {
		return err
	}
	if err := h.writeKnownHosts(); err != nil {
		return err
	}
	return h.boot(ctx, h.configure)
}

// place gives the host an address and the folders that it is mounted from.
func (h *Host) place() error {
	addr, reserved, err := reserveAddress()
	if err != nil {
		return err
	}
	h.reserved = reserved
	h.IP = addr.String()
	for _, name := range []string{"merged", "disk"} {
		if err := os.Mkdir(filepath.Join(h.Dir, name), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func (h *Host) writeKnownHosts() error {
	h.KnownHosts = filepath.Join(h.Dir, "known_hosts")
	return os.WriteFile(h.KnownHosts, []byte(h.KnownHostsLines()), 0o600)
}

// boot clones PID 1, lets prepare work on the mounted host, and waits for sshd.
func (h *Host) boot(ctx context.Context, prepare func(context.Context) error) error {
	if err := os.WriteFile(filepath.Join(h.Dir, "boot_id"), []byte(randomUUID()+"\n"), 0o444); err != nil {
		return err
	}
	if h.options.Systemd {
		if err := makeCgroup(h.Dir); err != nil {
			return err
		}
	}
	mounted, goAhead, err := h.clone()
	if err != nil {
		return err
	}
	defer mounted.Close()
	defer goAhead.Close()
	stop := context.AfterFunc(ctx, func() { _ = h.current().kill() })
	defer stop()
	if line, err := bufio.NewReader(mounted).ReadString('\n'); err != nil || line != "mounted\n" {
		return fmt.Errorf("mount: %w", h.diagnose(ctx))
	}
	if err := prepare(ctx); err != nil {
		return err
	}
	if err := h.writeHostKeys(); err != nil {
		return err
	}
	if _, err := goAhead.WriteString("go\n"); err != nil {
		return fmt.Errorf("start sshd: %w", h.diagnose(ctx))
	}
	if err := h.awaitSSH(ctx); err != nil || !h.options.Systemd {
		return err
	}
	return h.awaitBoot(ctx)
}

// clone starts the init script and returns our ends of its two pipes.
func (h *Host) clone() (mounted, goAhead *os.File, err error) {
	mounted, mountedW, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer mountedW.Close()
	goR, goAhead, err := os.Pipe()
	if err != nil {
		return nil, nil, errors.Join(err, mounted.Close())
	}
	defer goR.Close()
	log, err := os.OpenFile(h.LogPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, errors.Join(err, mounted.Close(), goAhead.Close())
	}
	defer log.Close()
	cmd := exec.Command("/bin/sh", "-c", initScript, "init.sh", h.Dir, h.lowerDirs(), h.diskSize(), h.Name, h.cgroup())
	// Not our environment: it would be in the host's /proc/1/environ.
	cmd.Env = []string{"PATH=" + hostPath, "LC_ALL=C"}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{mountedW, goR}
	p, err := startContained(cmd, syscall.CLONE_NEWUTS|syscall.CLONE_NEWIPC)
	if err == nil {
		h.setProcess(p)
		err = h.recordInit(p)
	}
	if err != nil {
		return nil, nil, errors.Join(err, mounted.Close(), goAhead.Close())
	}
	return mounted, goAhead, nil
}

func (h *Host) lowerDirs() string {
	layers := h.base.layers(h.options.index())
	if h.below != "" {
		layers = append([]string{h.below}, layers...)
	}
	return strings.Join(layers, ":")
}

func (h *Host) diskSize() string {
	if h.options.DiskSize == 0 {
		return ""
	}
	return strconv.FormatInt(h.options.DiskSize, 10)
}

func (h *Host) recordInit(p *contained) error {
	o, err := readOwner(h.Dir)
	if err != nil {
		return err
	}
	if o.Init, err = processOf(p.pid); err != nil {
		return err
	}
	return o.write(h.Dir)
}

// awaitSSH returns once sshd sends its banner.
func (h *Host) awaitSSH(ctx context.Context) error {
	for {
		if err := h.readBanner(); err == nil {
			return nil
		}
		if h.current().ended() {
			return fmt.Errorf("sshd: %w", h.diagnose(ctx))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (h *Host) readBanner() error {
	conn, err := net.DialTimeout("tcp4", h.Addr(), time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "SSH-2.0-") {
		err = fmt.Errorf("banner %q", line)
	}
	return err
}

// diagnose says why PID 1 did not do what was expected of it.
func (h *Host) diagnose(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	log, err := os.ReadFile(h.LogPath())
	if err != nil {
		return err
	}
	return fmt.Errorf("host ended: %s", lastBytes(log, 2000))
}

// Addr is the host's address with port, for a dial.
func (h *Host) Addr() string { return net.JoinHostPort(h.IP, strconv.Itoa(h.Port)) }

// AddrPort is the same, typed.
func (h *Host) AddrPort() netip.AddrPort { return netip.MustParseAddrPort(h.Addr()) }

// LogPath is the file where sshd's own log goes. It lies outside the host, so
// that logging changes nothing in it.
func (h *Host) LogPath() string { return filepath.Join(h.Dir, "sshd.log") }

// PID is the host's PID 1 as seen from this machine.
func (h *Host) PID() int { return h.current().pid }

// Root is the host's file system as seen from this machine, valid while it runs.
// It ends in a slash, without which it is a symbolic link and no folder. Absolute
// symbolic links met below it lead out of it: see [Host.OpenRoot].
func (h *Host) Root() string { return fmt.Sprintf("/proc/%d/root/", h.PID()) }

func (h *Host) current() *contained {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.process
}

func (h *Host) setProcess(p *contained) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.process = p
}
