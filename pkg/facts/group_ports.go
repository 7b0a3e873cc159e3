package facts

import (
	"cmp"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// portsGroup reads the kernel's tables of sockets, /proc/net/tcp and its like, and
// looks through /proc for who holds those that listen.
type portsGroup struct{}

// portsScript prints four parts: the host's order of bytes, in which the kernel
// prints addresses, as the ELF header of dd tells it (elf(5), EI_DATA); the ports
// that the kernel chooses from; the sockets that listen, each family under its name; and of
// these the inode, the process and its name.
//
// A busy host has 100,000 connections, so they are sorted out there.
const portsScript = `
if ! [ -r /proc/net/tcp ]; then
	echo '/proc/net/tcp cannot be read' >&2
	exit 1
fi
if ! command -v grep >/dev/null; then
	echo 'the host has no grep' >&2
	exit 1
fi
if [ "$(dd if=/proc/self/exe bs=1 skip=5 count=1 2>/dev/null)" = "$(printf '\002')" ]; then
	printf big
else
	printf little
fi
printf '\000'
cat /proc/sys/net/ipv4/ip_local_port_range 2>/dev/null
printf '\000'
# hk_socket LINE adds the inode of a socket to what is looked for.
hk_socket() {
	unset IFS
	# shellcheck disable=SC2086 # a column is a word
	set -- $1
	hk_wanted="$hk_wanted
socket:[${10}]"
}
hk_wanted='/proc/'
for hk_family in tcp tcp6 udp udp6; do
	case $hk_family in
	tcp*) hk_state=0A ;;
	*) hk_state=07 ;;
	esac
	hk_lines=$(grep ": [0-9A-F]*:[0-9A-F]* [0-9A-F]*:0000 $hk_state " "/proc/net/$hk_family" 2>/dev/null | head -n 2001)
	printf '%s\n%s\n' "$hk_family" "$hk_lines"
	IFS='
'
	for hk_line in $hk_lines; do
		hk_socket "$hk_line"
	done
	unset IFS
done
printf '\000'
[ "$hk_wanted" != /proc/ ] || exit 0
# -n: nobody is looked up by name. With two folders, ls names each.
ls -n /proc/[0-9]*/fd /proc/self/fd 2>/dev/null | grep -F "$hk_wanted" | while read -r hk_line; do
	case $hk_line in
	/proc/*/fd:)
		hk_process=${hk_line#/proc/}
		hk_process=${hk_process%/fd:}
		;;
	*' -> socket:['*)
		hk_inode=${hk_line##*\[}
		hk_name=
		if read -r hk_name <"/proc/$hk_process/comm"; then :; fi 2>/dev/null
		printf '%s %s %s\n' "${hk_inode%]}" "$hk_process" "$hk_name"
		;;
	esac
done
`

const (
	// mostSockets is per family.
	mostSockets = 2000
	mostHolders = 20_000
	// mostProcesses is per socket.
	mostProcesses = 32
)

func (portsGroup) Name() string { return "ports" }

func (portsGroup) Script() shell.Script { return shell.New(portsScript) }

func (portsGroup) Limit() int { return 2 << 20 }

func (portsGroup) Read(r shell.Result, facts *doc.Facts) error {
	ports, now, err := parsePorts(r)
	if err != nil {
		return err
	}
	facts.Ports, facts.Now.Ports = &ports, now
	return nil
}

func (portsGroup) Fail(facts *doc.Facts, why doc.Gathered) { facts.Ports = &doc.Ports{Gathered: why} }

// socket is a line of a table.
type socket struct {
	doc.Listener
	inode int64
}

func parsePorts(r shell.Result) (doc.Ports, []doc.ListenerNow, error) {
	if r.Status != 0 && len(r.Stdout) == 0 {
		return doc.Ports{}, nil, unavailable("the listening ports: %s", lastWords(r.Stderr))
	}
	parts, err := sections(r, 4)
	if err != nil {
		return doc.Ports{}, nil, err
	}
	ports := doc.Ports{Listening: []doc.Listener{}}
	sockets := parseSockets(parts[2], string(parts[0]) == "big", &ports.Gathered)
	holders := parseHolders(listing{raw: parts[3], most: mostHolders, cut: r.Truncated, into: &ports.Gathered})
	first, last := portRange(string(parts[1]))
	now := map[doc.Listener][]doc.Process{}
	for _, s := range sockets {
		_, known := now[s.Listener]
		chosen := s.Protocol == "udp" && s.Port >= first && s.Port <= last
		if !known && !chosen {
			ports.Listening = append(ports.Listening, s.Listener)
		}
		now[s.Listener] = append(now[s.Listener], holders[s.inode]...)
	}
	slices.SortFunc(ports.Listening, compareListeners)
	all := make([]doc.ListenerNow, 0, len(now))
	for l, processes := range now {
		slices.SortFunc(processes, func(a, b doc.Process) int { return cmp.Compare(a.PID, b.PID) })
		processes = slices.Compact(processes)
		if len(processes) > mostProcesses {
			processes, ports.Truncated = processes[:mostProcesses], true
		}
		all = append(all, doc.ListenerNow{Listener: l, Processes: append([]doc.Process{}, processes...)})
	}
	slices.SortFunc(all, func(a, b doc.ListenerNow) int { return compareListeners(a.Listener, b.Listener) })
	return ports, all, nil
}

func compareListeners(a, b doc.Listener) int {
	return cmp.Or(
		cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Port, b.Port),
		cmp.Compare(a.Address, b.Address), cmp.Compare(a.UID, b.UID),
	)
}

// portRange reads the first and last port that the kernel gives to those who ask
// for none in particular (ip(7)), or Linux' own where the host does not say.
func portRange(raw string) (first, last int) {
	fields := strings.Fields(raw)
	if len(fields) == 2 {
		a, err1 := strconv.ParseUint(fields[0], 10, 16)
		b, err2 := strconv.ParseUint(fields[1], 10, 16)
		if err1 == nil && err2 == nil && a <= b {
			return int(a), int(b)
		}
	}
	return 32768, 60999
}

// parseSockets reads the tables, each with the name of its family before it.
func parseSockets(raw []byte, bigEndian bool, into *doc.Gathered) []socket {
	var sockets []socket
	protocol, inFamily := "", 0
	list := listing{raw: raw, most: 4 * (mostSockets + 2), into: into}
	for line := range list.lines() {
		switch line {
		case "tcp", "tcp6", "udp", "udp6":
			protocol, inFamily = line[:3], 0
			continue
		}
		s, ok := parseSocket(line, protocol, bigEndian)
		switch {
		case inFamily == mostSockets:
			into.Truncated = true
		case ok:
			inFamily++
			sockets = append(sockets, s)
		default:
			list.unread()
		}
	}
	return sockets
}

// parseSocket reads a line of proc_net_tcp(5):
//
//	0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1189 1 …
func parseSocket(line, protocol string, bigEndian bool) (socket, bool) {
	fields := strings.Fields(line)
	if len(fields) < 10 || protocol == "" {
		return socket{}, false
	}
	address, port, _ := strings.Cut(fields[1], ":")
	ip, okIP := socketAddress(address, bigEndian)
	number16, err := strconv.ParseUint(port, 16, 16)
	uid, okUID := smallNumber(fields[7])
	inode, okInode := number(fields[9])
	return socket{doc.Listener{Protocol: protocol, Address: ip, Port: int(number16), UID: uid}, inode},
		okIP && err == nil && number16 > 0 && okUID && okInode
}

// socketAddress reads the kernel's %08X of each 32-bit word, which is in network
// order in memory: on a little-endian host, 127.0.0.1 is 0100007F.
func socketAddress(raw string, bigEndian bool) (string, bool) {
	b, err := hex.DecodeString(raw)
	if err != nil {
		return "", false
	}
	if !bigEndian && len(b)%4 == 0 {
		for word := range slices.Chunk(b, 4) {
			slices.Reverse(word)
		}
	}
	ip, ok := netip.AddrFromSlice(b)
	return ip.String(), ok
}

// parseHolders reads lines "INODE PID NAME". Of each socket it keeps one process
// more than is shown, for what is kept is multiplied by the sockets that a host
// says have that inode.
func parseHolders(list listing) map[int64][]doc.Process {
	holders := map[int64][]doc.Process{}
	for line := range list.lines() {
		inode, process, ok := parseHolder(line)
		switch held := holders[inode]; {
		case !ok:
			list.unread()
		case process.PID > 0 && len(held) <= mostProcesses && !slices.Contains(held, process):
			holders[inode] = append(held, process)
		}
	}
	return holders
}

// parseHolder reads "INODE PID NAME"; ls itself, under the name "self", has no PID.
func parseHolder(line string) (inode int64, p doc.Process, ok bool) {
	fields := strings.SplitN(line, " ", 3)
	if len(fields) != 3 {
		return 0, p, false
	}
	inode, okInode := number(fields[0])
	pid, okPID := smallNumber(fields[1])
	return inode, doc.Process{PID: pid, Name: text(fields[2])}, okInode && (okPID || fields[1] == "self")
}
