package config

import "strings"

// Advice for words of other programs that have no counterpart of one name here: what
// does the same.
const (
	page      = "; examples/what-a-host-needs.md shows it"
	accounts  = "there is no kind for accounts: a file in /etc/sysusers.d and a trigger that runs systemd-sysusers make them" + page
	units     = "there is no kind for units: write the unit with files, and let a trigger run [\"/usr/bin/systemctl\", \"enable\", \"--now\", \"NAME\"]" + page
	timers    = "there is no kind for timers: write the .timer unit with files, and let a trigger enable it" + page
	inJsonnet = "a config has none: write it in Jsonnet, which has variables, functions, if and imports: hk-eval --init config.jsonnet"
	noMount   = "mounts are not managed: /etc/fstab may be a file, whose mounts a trigger makes with [\"/bin/mount\", \"-a\"]"
	wall      = "firewalls are not managed: their configuration may be files, which a trigger loads with run or reload"
	cron      = "there is no kind for cron jobs: write a file in /etc/cron.d with files"
	template  = "nothing is filled in on the host: write the config in Jsonnet, with \"content\": (importstr \"FILE\") % {NAME: …} or std.format"
	trees     = "a folder is made, and nothing is copied into it: name each file under files, with \"from\""
	keys      = "there is no kind for keys: they are a file, in which all of them stand, yours too: \"files\": {\"/home/app/.ssh/authorized_keys\": {\"content\": \"ssh-ed25519 …\\n\", \"mode\": \"0600\"}}"
	zone      = "there is no kind for it: it is a link, \"symlinks\": {\"/etc/localtime\": {\"to\": \"/usr/share/zoneinfo/Europe/Berlin\"}}"
	itsName   = "a host's own name is a file, \"files\": {\"/etc/hostname\": {\"content\": \"NAME\\n\"}}; how it is reached stands in \"hosts\""
	commands  = "a command is run by a trigger, when something has changed: \"triggers\": {\"NAME\": {\"run\": [\"/usr/bin/…\"], \"on\": [\"file:/etc/…\"]}}"
	starts    = "restart starts nothing that is stopped: a trigger that starts has \"run\": [\"/usr/bin/systemctl\", \"enable\", \"--now\", \"NAME\"]"
)

// elsewhere is that advice, by the section of a service whose members have the word, and
// "" for the service itself.
var elsewhere = map[string]map[string]string{
	"": {
		"users": accounts, "user": accounts, "groups": accounts, "group": accounts, "accounts": accounts,
		"systemd": units, "services": units, "service": units, "units": units, "systemd_units": units,
		"timers": timers, "timer": timers,
		"cron": cron, "crontab": cron, "crontabs": cron, "cron_jobs": cron,
		"sysctl": "there is no kind for kernel settings: write a file in /etc/sysctl.d with files, and let a trigger run [\"/sbin/sysctl\", \"--system\"]",
		"mounts": noMount, "mount": noMount, "fstab": noMount,
		"ufw": wall, "firewall": wall, "firewalld": wall, "iptables": wall, "nftables": wall,
		"authorized_keys": keys, "authorized_key": keys, "ssh_keys": keys, "keys": keys,
		"timezone": zone, "hostname": itsName,
		"commands": commands, "command": commands, "run": commands, "exec": commands, "shell": commands, "scripts": commands,
		"git":  "checkouts are not managed: let a trigger run git, or bring the files with files",
		"when": inJsonnet, "variables": inJsonnet, "vars": inJsonnet, "loop": inJsonnet, "with_items": inJsonnet,
		"template": template, "templates": template,
	},
	"triggers":    {"start": starts, "enable": starts, "enabled": starts, "started": starts, "stop": "a trigger stops a service with \"run\": [\"/usr/bin/systemctl\", \"stop\", \"NAME\"]"},
	"files":       {"template": template, "templates": template, "vars": template, "variables": template},
	"directories": {"from": trees, "source": trees, "src": trees, "recursive": trees, "recurse": trees, "copy": trees},
}

// instruction is the advice for a word of other programs at a place, "" where there is
// none.
func instruction(at place, name string) string {
	tokens := strings.Split(at.pointer, "/") // "", "services", the service, a section, what it has
	switch {
	case len(tokens) == 3 && tokens[1] == "services":
		return elsewhere[""][name]
	case len(tokens) == 5 && tokens[1] == "services":
		return elsewhere[tokens[3]][name]
	}
	return ""
}
