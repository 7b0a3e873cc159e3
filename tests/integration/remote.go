package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
)

const example = "cp examples/integration_hosts.example.json my-hosts.json, write your host and its login into it, and set HOSTKIT_INTEGRATION_CONFIG=my-hosts.json"

// OfConfig are the hosts of a config that the person who runs the suite has written.
// bin is the folder of the commands.
func OfConfig(ctx context.Context, bin, config string) ([]Target, error) {
	if config == "" {
		return nil, &NoTarget{"HOSTKIT_INTEGRATION_CONFIG does not say which hosts", example}
	}
	path, err := filepath.Abs(config)
	if err != nil {
		return nil, err
	}
	base, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		hint := example
		if near, ok := suggest.File(config); ok {
			hint = "did you mean " + near
		}
		return nil, &NoTarget{"HOSTKIT_INTEGRATION_CONFIG: " + err.Error(), hint}
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "hk-eval"), path)
	cmd.Env, cmd.Stderr = environ(bin), &said
	out, err := cmd.Output()
	if err != nil {
		return nil, &NoTarget{
			config + " is not taken:\n" + strings.TrimSpace(said.String()),
			"examples/integration_hosts.example.json is one that is whole; try yours with: " + filepath.Join(bin, "hk-eval") + " --check " + config,
		}
	}
	var targets []Target
	decoder := jsontext.NewDecoder(bytes.NewReader(out))
	for {
		var d doc.HostDocument
		if err := json.UnmarshalDecode(decoder, &d); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", config, err)
		}
		t := Target{Name: d.Host.Name, Config: path, Host: d.Host.HostConfig}
		if t.hasRelativePaths() {
			t.Base = base
		}
		if err := t.mayBeTaken(d.Resources); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", config, t.Name, err)
		}
		targets = append(targets, t)
	}
	if len(targets) == 0 {
		return nil, &NoTarget{config + " has no host", example}
	}
	return targets, nil
}

// mayBeTaken refuses what the suite's own login, which is OpenSSH's, is not given.
func (t Target) mayBeTaken(resources []doc.Resource) error {
	h, ssh := t.Host, t.ssh()
	refuse := func(why, hint string) error { return &NoTarget{why, hint} }
	switch {
	case len(resources) > 0:
		return refuse("it says what a host should be: "+string(resources[0].Address), "leave nothing but hosts in it")
	case forExamples(h.Hostname):
		return refuse("its hostname "+h.Hostname+" is an address for examples, which no host has (RFC 5737)",
			"write the address of a host of yours into "+t.Config+", and its login")
	case h.Connection != "" && h.Connection != "ssh":
		return refuse("its connection is "+h.Connection, "the suite wants a host that it logs in to")
	case len(ssh.Jump) > 0 || ssh.Passphrase != nil || h.Doas.On || h.Sudo.With.User != "":
		return refuse("jump, passphrase, doas and a user for sudo are not known to the integration run",
			"a ProxyJump can stand in ~/.ssh/config, a key with a passphrase in the agent")
	}
	for _, use := range (doc.Host{HostConfig: h}).Secrets() {
		name := string(use.Secret.Env)
		if name == "" {
			return refuse(use.UsedBy[0]+" is not in an environment variable", `write {"$secret": {"env": "HOSTKIT_SSH_PASSWORD"}}`)
		}
		if os.Getenv(name) == "" {
			return refuse(use.UsedBy[0]+": "+name+" is not set", "read -rs "+name+" && export "+name)
		}
	}
	return nil
}

// forExamples reports whether an address is one of those that documents show.
func forExamples(hostname string) bool {
	address, err := netip.ParseAddr(hostname)
	return err == nil && slices.ContainsFunc([]string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"}, func(net string) bool {
		return netip.MustParsePrefix(net).Contains(address)
	})
}

func (t Target) hasRelativePaths() bool {
	return slices.ContainsFunc([]string{t.ssh().IdentityFile, t.ssh().KnownHosts}, func(name string) bool {
		return name != "" && !filepath.IsAbs(expand(name))
	})
}

// ssh is never nil.
func (t Target) ssh() doc.SSH {
	if t.Host.SSH == nil {
		return doc.SSH{}
	}
	return *t.Host.SSH
}
