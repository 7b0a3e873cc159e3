package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"hostkit/tests/lab"
)

// fleet is many hosts behind one bastion, which has sshd's own limit of logins
// at once. Each host has its own host key, login key and known_hosts file.
type fleet struct {
	*target
	bastion *lab.Host
	hosts   []*lab.Host
}

// startedAtOnce is how many hosts are made at the same time.
const startedAtOnce = 8

// newFleet starts n hosts and a bastion. The caller must Close it.
func newFleet(ctx context.Context, t *target, n int) (*fleet, error) {
	f := &fleet{target: t, hosts: make([]*lab.Host, n)}
	var err error
	// The lab lifts sshd's default.
	f.bastion, err = lab.Start(ctx, lab.Options{Hostname: "bastion", NoIndex: true, SSHD: []string{"MaxStartups 10:30:100"}})
	if err != nil {
		return nil, err
	}
	errs := make([]error, n)
	var starting sync.WaitGroup
	slots := make(chan struct{}, startedAtOnce)
	for i := range n {
		slots <- struct{}{}
		starting.Go(func() {
			defer func() { <-slots }()
			f.hosts[i], errs[i] = lab.Start(ctx, lab.Options{Hostname: hostName(i), NoIndex: true})
		})
	}
	starting.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func hostName(i int) string { return fmt.Sprintf("host-%03d", i) }

// Close ends the hosts, not the target.
func (f *fleet) Close() error {
	err := f.bastion.Stop()
	for _, h := range f.hosts {
		if h != nil {
			err = errors.Join(err, h.Stop())
		}
	}
	return err
}

// documents are what hk-eval makes of the hosts.
func (f *fleet) documents(ctx context.Context) ([]byte, error) {
	way := []object{{"hostname": f.bastion.IP, "user": "root", "ssh": object{
		"port": f.bastion.Port, "identity_file": f.bastion.Identity, "known_hosts": f.bastion.KnownHosts,
	}}}
	hosts := object{}
	for _, h := range f.hosts {
		hosts[h.Name] = object{"hostname": h.IP, "user": "root", "ssh": object{
			"port": h.Port, "identity_file": h.Identity, "known_hosts": h.KnownHosts, "jump": way,
		}}
	}
	config, err := f.config(hosts, paths(20))
	if err != nil {
		return nil, err
	}
	return f.output(ctx, nil, "hk-eval", config)
}

// facts runs hk-facts once for all hosts. It returns how many were reached and
// its peak memory in KiB.
func (f *fleet) facts(ctx context.Context, documents []byte, parallel int) (reached, kib int, err error) {
	out, kib, err := f.peak(ctx, documents, "hk-facts", "--all", "--parallel", fmt.Sprint(parallel))
	if err != nil {
		return 0, 0, err
	}
	for line := range bytes.Lines(out) {
		var d struct {
			Facts struct{ Observed map[string]any }
		}
		if err := json.Unmarshal(line, &d); err != nil {
			return 0, 0, err
		}
		if len(d.Facts.Observed) == 20 {
			reached++
		}
	}
	return reached, kib, nil
}

// logins is how many logins the bastion's sshd let in so far.
func (f *fleet) logins() (int, error) {
	log, err := os.ReadFile(f.bastion.LogPath())
	return bytes.Count(log, []byte("Accepted publickey for root ")), err
}

// sshConfig writes an ssh_config for all hosts and returns its path. With a
// control socket all go through one connection to the bastion; more are settings
// for all.
func (f *fleet) sshConfig(control string, more []string) (string, error) {
	var b strings.Builder
	host := func(name string, h *lab.Host) {
		fmt.Fprintf(&b, "Host %s\n\tHostName %s\n\tPort %d\n\tUser root\n\tIdentityFile %s\n\tUserKnownHostsFile %s\n",
			name, h.IP, h.Port, h.Identity, h.KnownHosts)
	}
	host("bastion", f.bastion)
	if control != "" {
		fmt.Fprintf(&b, "\tControlPath %s\n", control)
	}
	for _, h := range f.hosts {
		host(h.Name, h)
		b.WriteString("\tProxyJump bastion\n")
	}
	b.WriteString("Host *\n\tBatchMode yes\n\tIdentitiesOnly yes\n\tIdentityAgent none\n\tGlobalKnownHostsFile /dev/null\n")
	for _, line := range more {
		fmt.Fprintf(&b, "\t%s\n", line)
	}
	name := filepath.Join(f.dir, "ssh_config")
	return name, os.WriteFile(name, []byte(b.String()), 0o600)
}
