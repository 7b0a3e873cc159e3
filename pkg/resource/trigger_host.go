package resource

import (
	"fmt"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// marksScript prints for each address a line, "pending" where the act is called
// for and not done, else "done".
const marksScript = `for address; do
	hk_mark_path "$address" || exit
	if [ -e "$hk_mark" ]; then echo pending; else echo done; fi
done`

// marks asks for the marks of acts.
func marks(addresses []doc.Address) shell.Script {
	args := make([]string, len(addresses))
	for i, a := range addresses {
		args[i] = string(a)
	}
	return shell.New(marksScript, args...)
}

// marksLimit bounds what marks prints.
func marksLimit(addresses []doc.Address) int { return 4<<10 + 16*len(addresses) }

// readMarks tells which acts are pending.
func readMarks(addresses []doc.Address, r shell.Result) (map[doc.Address]bool, error) {
	words := strings.Fields(string(r.Stdout))
	if r.Status != 0 || len(words) != len(addresses) {
		return nil, fmt.Errorf("status %d and %d answers about %d marks: %s",
			r.Status, len(words), len(addresses), strings.TrimSpace(string(r.Stderr)))
	}
	pending := make(map[doc.Address]bool, len(addresses))
	for i, a := range addresses {
		pending[a] = words[i] == "pending"
	}
	return pending, nil
}

// Survey looks for the marks that other runs have left.
func (triggers) Survey(rs []doc.Resource, _ Site) ([]Probe, error) {
	addresses := make([]doc.Address, len(rs))
	for i, r := range rs {
		if _, err := readTrigger(r); err != nil {
			return nil, err
		}
		addresses[i] = r.Address
	}
	return []Probe{{
		Name: "look for what is to be done yet", Script: marks(addresses), Limit: marksLimit(addresses),
		Read: func(result shell.Result, facts *doc.Facts) error {
			pending, err := readMarks(addresses, result)
			if err != nil {
				return err
			}
			for a, is := range pending {
				facts.Observed[a] = doc.Observation{Attributes: attributes(triggerState{Pending: is})}
			}
			return nil
		},
	}}, nil
}

// Recheck looks for the same marks.
func (triggers) Recheck(cs []doc.Change, _ Site) ([]Recheck, error) {
	addresses := make([]doc.Address, len(cs))
	for i, c := range cs {
		if _, err := readTriggerChange(c); err != nil {
			return nil, err
		}
		addresses[i] = c.Address
	}
	return []Recheck{{
		Name: "look for what is to be done yet", Script: marks(addresses), Limit: marksLimit(addresses),
		Read: func(result shell.Result) (map[doc.Address]doc.Attributes, error) {
			pending, err := readMarks(addresses, result)
			found := make(map[doc.Address]doc.Attributes, len(pending))
			for a, is := range pending {
				found[a] = attributes(triggerState{Pending: is})
			}
			return found, err
		},
	}}, nil
}

// Holds compares only whether the act is pending.
func (triggers) Holds(side, found doc.Attributes) bool {
	want, err := readAttributes[triggerState](side)
	have, err2 := readAttributes[triggerState](found)
	return err == nil && err2 == nil && want.Pending == have.Pending
}

// Pending reports whether a mark was found.
func (triggers) Pending(found doc.Attributes) bool {
	have, err := readAttributes[triggerState](found)
	return err == nil && have.Pending
}

// The exit statuses of actScript; those from 100 to 103 are of services alone, and
// 104 only of a way back that may have removed what the act needs. A command's own
// status passes.
const (
	actIdle      = 100 // the service does not run
	actNoManager = 101 // nobody on the host manages services
	actNoService = 102 // the host has no such service
	actRefused   = 103 // the service manager failed, and has said why
	actGone      = 104 // what the act needs is gone with what the plan removes
	actUnmarked  = 121 // the act is done, and its mark can't be removed
)

// actScript does an act and removes its mark. Its arguments are the address, "leaving"
// where the plan may have removed what the act needs, the verb, and the service or the
// words of the command. Of a service that does not run
// the last line on standard output is its state.
//
// systemd is in charge where its folder is (sd_booted(3)). It is told to read its
// units again where one is new or has changed. A service that does not run is left
// so: with OpenRC and System V its status says that (LSB Core 20.2: 1, 2 and 3;
// OpenRC: 3 is stopped, 32 is crashed).
//
// The dead-man switch sets hk_revive: what it puts back may be what a service has
// failed for want of, and one that System V says nothing better of than that it does
// not run may have died of it. So may one that this act has failed to restart before,
// which the last line of its mark says.
const actScript = `umask 022
set -f # a unit is not a pattern

# unit sets load, active, sub, changed and main to what systemd says of one.
unit() {
	said=$(systemctl show --property=LoadState --property=ActiveState --property=SubState --property=NeedDaemonReload --property=MainPID -- "$1") || exit 103
	load='' active='' sub='' changed='' main=0
	for line in $said; do
		case $line in
		LoadState=*) load=${line#*=} ;;
		ActiveState=*) active=${line#*=} ;;
		SubState=*) sub=${line#*=} ;;
		NeedDaemonReload=*) changed=${line#*=} ;;
		MainPID=*) main=${line#*=} ;;
		esac
	done
}

# begun waits until the main process of a unit has its program or is gone, for three
# seconds at most: until then systemd calls it by a name in parentheses.
begun() {
	tries=0
	while [ "$tries" -lt 30 ] && IFS= read -r called 2>/dev/null <"/proc/$main/comm"; do
		case $called in
		'('*) sleep 0.1 ;;
		*) return 0 ;;
		esac
		tries=$((tries + 1))
	done
}

systemd() {
	unit "$2"
	if [ "$load" = not-found ] || [ "$changed" = yes ]; then
		systemctl daemon-reload || exit 103
		unit "$2"
	fi
	if [ "$load" = not-found ]; then
		absent
		return
	fi
	manage=$1
	[ "$manage" = reload ] || manage=try-restart
	if [ "$active" = failed ] && [ -n "${hk_revive-}" ]; then manage=restart; fi
	case $active/$manage in
	*/restart) ;;
	inactive/* | failed/* | deactivating/*)
		printf '%s\n' "$active"
		result=100
		return
		;;
	esac
	# systemctl would leave it as it is, and say that all is well.
	if [ "$load" = masked ]; then
		echo "the unit is masked" >&2
		exit 103
	fi
	if systemctl "$manage" -- "$2"; then
		# A simple service counts as begun before it has found its program.
		unit "$2"
		begun
		[ "$main" = 0 ] || unit "$2"
		case $active/$sub in
		failed/* | */auto-restart) echo "it failed as soon as it was begun" >&2 ;;
		*) return 0 ;;
		esac
	fi
	systemctl status --no-pager --full --lines=10 -- "$2" 2>/dev/null
	unserved
}

# unserved ends an act that the service manager has failed at.
unserved() {
	if [ "$verb" = restart ] && [ -e "$hk_mark" ]; then printf '\ntried\n' | hk_append "$hk_mark"; fi
	exit 103
}

# absent ends an act whose service the host does not have.
absent() {
	[ -n "$leaving" ] || exit 102
	result=104
}

openrc() {
	name=${2%.service}
	if ! rc-service --exists "$name"; then
		absent
		return
	fi
	rc-service "$name" status >/dev/null 2>&1
	status=$?
	if [ "$status" = 32 ] && [ -n "${hk_revive-}" ]; then
		rc-service "$name" restart || unserved
		return
	fi
	case $status in
	3 | 32)
		echo stopped
		result=100
		;;
	*) rc-service "$name" "$1" || unserved ;;
	esac
}

sysv() {
	name=${2%.service}
	if [ ! -x "/etc/init.d/$name" ]; then
		absent
		return
	fi
	service "$name" status >/dev/null 2>&1
	status=$?
	if [ "$status" != 0 ] && [ -n "${hk_revive-}" ]; then
		service "$name" restart || unserved
		return
	fi
	case $status in
	1 | 2 | 3)
		echo stopped
		result=100
		;;
	*) service "$name" "$1" || unserved ;;
	esac
}

address=$1 leaving=$2 verb=$3 result=0
shift 3
hk_mark_path "$address" || exit 121
[ "$(tail -n 1 "$hk_mark" 2>/dev/null)" != tried ] || hk_revive=1
if [ "$verb" = run ] && [ -n "$leaving" ] && [ ! -e "$1" ]; then
	result=104
elif [ "$verb" = run ]; then
	set +f
	"$@" || exit
elif [ -d /run/systemd/system ]; then
	systemd "$verb" "$1"
elif [ -d /run/openrc ] && command -v rc-service >/dev/null; then
	openrc "$verb" "$1"
elif command -v service >/dev/null; then
	sysv "$verb" "$1"
else
	exit 101
fi
rm -f -- "$hk_mark" || exit 121
exit "$result"`
