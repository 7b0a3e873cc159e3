package integration

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
)

// instanceScript makes the instance, and says how it is reached.
const instanceScript = "scripts/incus_integration_vm.sh"

// OfIncus is the instance that the script has made. root is the folder of the sources.
func OfIncus(ctx context.Context, dir, root string) (Target, error) {
	var said, config bytes.Buffer
	cmd := exec.CommandContext(ctx, "bash", filepath.Join(root, instanceScript), "ssh-config")
	cmd.Stdout, cmd.Stderr = &config, &said
	if err := cmd.Run(); err != nil {
		return Target{}, &NoTarget{strings.TrimSpace(said.String()), "make the instance: " + instanceScript + " ensure"}
	}
	file := filepath.Join(dir, "incus_ssh_config")
	if err := os.WriteFile(file, config.Bytes(), 0o600); err != nil {
		return Target{}, err
	}
	name, host, err := ofSSHConfig(ctx, file, config.String())
	if err != nil {
		return Target{}, fmt.Errorf("%s ssh-config: %w", instanceScript, err)
	}
	return written(dir, name, host)
}

// ofSSHConfig has ssh read what it says of its first host.
func ofSSHConfig(ctx context.Context, file, text string) (name string, host doc.HostConfig, err error) {
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 2 && strings.EqualFold(words[0], "host") {
			name = words[1]
			break
		}
	}
	if name == "" {
		return "", host, fmt.Errorf("it has no line Host: %s", text)
	}
	out, err := exec.CommandContext(ctx, "ssh", "-G", "-F", file, name).Output()
	if err != nil {
		return "", host, fmt.Errorf("ssh -G: %w", err)
	}
	no := false
	host.SSH = &doc.SSH{UseConfig: &no}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch key {
		case "hostname":
			host.Hostname = value
		case "user":
			host.User = value
		case "port":
			port, err := strconv.ParseUint(value, 10, 16)
			if err != nil {
				return "", host, err
			}
			host.SSH.Port = doc.Port(port)
		case "identityfile":
			// Those that ssh would try by default may not be there.
			if _, err := os.Stat(expand(value)); err == nil && host.SSH.IdentityFile == "" {
				host.SSH.IdentityFile = value
			}
		case "userknownhostsfile":
			host.SSH.KnownHosts, _, _ = strings.Cut(value, " ")
		case "hostkeyalias":
			host.SSH.HostKeyAlias = value
		case "stricthostkeychecking":
			host.SSH.SilentlyAcceptHosts = value == "accept-new" || value == "no" || value == "false"
		}
	}
	host.Sudo.On = host.User != "root"
	return name, host, nil
}
