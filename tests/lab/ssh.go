package lab

import (
	"context"
	"os/exec"
	"strconv"
)

// SSHArgs are the arguments that make this machine's ssh log in as user with
// the host's key, untouched by anybody's ssh_config; "user@address" is the last.
func (h *Host) SSHArgs(user string) []string {
	return []string{
		"-F", "none", "-p", strconv.Itoa(h.Port), "-i", h.Identity,
		"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
		"-o", "UserKnownHostsFile=" + h.KnownHosts, "-o", "GlobalKnownHostsFile=/dev/null",
		"-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=10", user + "@" + h.IP,
	}
}

// SSH is a run of this machine's ssh, for a second opinion that owes nothing to
// HostKit's transport.
func (h *Host) SSH(ctx context.Context, user, command string) *exec.Cmd {
	return exec.CommandContext(ctx, "ssh", append(h.SSHArgs(user), command)...)
}
