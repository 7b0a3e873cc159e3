package facts

import (
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// usersGroup asks the name service for all accounts and groups.
type usersGroup struct{}

// usersScript prints four parts: the status of getent passwd and its lines,
// then the same of group. BusyBox has no getent, and hosts with nothing
// but BusyBox have only the files. The second field, which holds the password
// on hosts that never heard of shadow(5), does not leave the host.
const usersScript = withinText + `
hk_database() {
	hk_status=0
	if command -v getent >/dev/null; then
		hk_entries=$(hk_within getent "$1") || hk_status=$?
	else
		hk_entries=$(cat "/etc/$1") || hk_status=$?
	fi
	printf '%s\000' "$hk_status"
	printf '%s\n' "$hk_entries" | cut -d: -f1,3- | head -n 10001
}
hk_database passwd
printf '\000'
hk_database group
`

const mostAccounts = 10_000

func (usersGroup) Name() string { return "users" }

func (usersGroup) Script() shell.Script { return shell.New(usersScript) }

func (usersGroup) Limit() int { return 2 << 20 }

func (usersGroup) Read(r shell.Result, facts *doc.Facts) error {
	users, err := parseUsers(r)
	if err != nil {
		return err
	}
	facts.Users = &users
	return nil
}

func (usersGroup) Fail(facts *doc.Facts, why doc.Gathered) { facts.Users = &doc.Users{Gathered: why} }

func parseUsers(r shell.Result) (doc.Users, error) {
	parts, err := sections(r, 4)
	if err != nil {
		return doc.Users{}, err
	}
	for i, database := range []string{"passwd", "group"} {
		if err := judge(parts[2*i], "the name service (getent "+database+")", r.Stderr); err != nil {
			return doc.Users{}, err
		}
	}
	users := doc.Users{Accounts: map[string]doc.Account{}, Groups: map[string]doc.AccountGroup{}}
	passwd := listing{raw: parts[1], most: mostAccounts, into: &users.Gathered}
	for line := range passwd.lines() {
		if name, account, ok := parseAccount(line); !ok {
			passwd.unread()
		} else if _, again := users.Accounts[name]; !again {
			users.Accounts[name] = account
		}
	}
	groups := listing{raw: parts[3], most: mostAccounts, cut: r.Truncated, into: &users.Gathered}
	for line := range groups.lines() {
		if name, group, ok := parseGroup(line, &users.Gathered); !ok {
			groups.unread()
		} else if _, again := users.Groups[name]; !again {
			users.Groups[name] = group
		}
	}
	return users, nil
}

// parseAccount reads passwd(5) without the password: "root:0:0:root:/root:/bin/bash".
func parseAccount(line string) (string, doc.Account, bool) {
	fields := strings.Split(line, ":")
	if len(fields) != 6 {
		return "", doc.Account{}, false
	}
	name, ok := named(fields[0])
	uid, okUID := smallNumber(fields[1])
	gid, okGID := smallNumber(fields[2])
	return name, doc.Account{
		UID: uid, GID: gid, Gecos: text(fields[3]), Home: text(fields[4]), Shell: text(fields[5]),
	}, ok && okUID && okGID
}

// parseGroup reads group(5) without the password: "adm:4:syslog,deploy".
func parseGroup(line string, into *doc.Gathered) (string, doc.AccountGroup, bool) {
	const most = 1000
	fields := strings.Split(line, ":")
	if len(fields) != 3 {
		return "", doc.AccountGroup{}, false
	}
	name, ok := named(fields[0])
	gid, okGID := smallNumber(fields[1])
	members := []string{}
	for member := range strings.SplitSeq(fields[2], ",") {
		switch {
		case member == "":
		case len(members) == most:
			into.Truncated = true
		default:
			members = append(members, text(member))
		}
	}
	slices.Sort(members)
	return name, doc.AccountGroup{GID: gid, Members: members}, ok && okGID
}
