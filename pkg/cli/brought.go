package cli

import (
	"flag"
	"strings"

	"hostkit/pkg/cli/suggest"
)

// brought are our flags for those that people know from ssh, ansible, terraform and
// others.
var brought = map[string]string{
	"y": "confirm", "yes": "confirm", "auto-approve": "confirm", "force": "confirm",
	"n": "dry-run", "check": "dry-run", "C": "dry-run", "noop": "dry-run",
	"D": "diff", "V": "version", "f": "plan", "o": "out", "output": "out",
	"l": "host", "limit": "host", "t": "service", "tags": "service", "target": "only",
	"forks": "parallel", "j": "parallel",
	"u": "user", "remote-user": "user", "p": "port", "P": "port", "J": "jump", "F": "ssh-config",
	"i": "identity-file", "key": "identity-file", "private-key": "identity-file",
	"k": "password-env", "ask-pass": "password-env", "password": "password-env",
	"b": "sudo", "become": "sudo", "K": "sudo-password-env", "ask-become-pass": "sudo-password-env",
}

const logsIn = "hk-facts and hk-apply log in: give it to them"

// elsewhere says of flags that another command has, or none, what to do instead.
var elsewhere = map[string]string{
	"confirm": "hk-apply alone changes a host: hk-apply --confirm, once hk-show has shown the plan",
	"dry-run": "hk-apply alone changes a host, and with --dry-run not even that",
	"diff":    "hk-show shows the difference: hk-show plan.json",
	"out":     "documents go to stdout: > FILE keeps them",

	"host":    "hosts are chosen before the plan is made: hk-facts --host",
	"only":    "changes are chosen when the plan is made: hk-plan --only",
	"ignore":  "changes are chosen when the plan is made: hk-plan --ignore",
	"service": "changes are chosen when the plan is made: hk-plan --service",

	"inventory":             "hosts stand in the config: hk-eval config.json",
	"write-package-lock":    "hk-resolve writes the lock: hk-resolve --write-package-lock FILE",
	"silently-accept-hosts": "hk-facts records the keys of unknown hosts: hk-facts --silently-accept-hosts",

	"user": logsIn, "port": logsIn, "jump": logsIn, "ssh-config": logsIn, "identity-file": logsIn,
	"password-env": logsIn, "sudo": logsIn, "doas": logsIn, "sudo-password-env": logsIn,
}

// insteadOf is the hint for an unknown flag.
func insteadOf(name string, fs *flag.FlagSet, see string) string {
	ours := strings.ReplaceAll(or(brought[name], name), "_", "-")
	if fs.Lookup(ours) == nil {
		if hint := elsewhere[ours]; hint != "" {
			return hint
		}
		near, ok := suggest.Nearest(name, flagNames(fs))
		if !ok {
			return see
		}
		ours = near
	}
	if ours == "confirm" {
		return "--confirm changes the hosts: read the plan with hk-show first"
	}
	return "did you mean --" + ours
}

// typed is the flag of that name as it stands in the arguments. Package flag takes one
// dash for two, and says neither.
func typed(name string, args []string) string {
	for _, arg := range args {
		flag, _, _ := strings.Cut(arg, "=")
		if flag == "-"+name || flag == "--"+name {
			return flag
		}
	}
	return "--" + name
}
