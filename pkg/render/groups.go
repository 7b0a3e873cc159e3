package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
)

// groups writes the groups of facts that were gathered: first a line of each, then
// the tables.
func (p *page) groups(f doc.Facts) {
	if c := f.CPU; c != nil && p.gathered("cpu", c.Gathered) {
		p.cpu(*c, f.Now.Load)
	}
	if m := f.Memory; m != nil && p.gathered("memory", m.Gathered) {
		p.memory(*m, f.Now.Memory)
	}
	if s := f.Systemd; s != nil && p.gathered("systemd", s.Gathered) {
		p.systemd(*s, f.Now.Systemd)
	}
	runs := f.Runs != nil && p.gathered("runs", f.Runs.Gathered)
	if runs {
		p.unfinished(*f.Runs)
	}
	users := f.Users != nil && p.gathered("users", f.Users.Gathered)
	if users {
		p.sheet("users", count(len(f.Users.Accounts), "account", "accounts"), count(len(f.Users.Groups), "group", "groups"))
	}
	disks := f.Disks != nil && p.gathered("disks", f.Disks.Gathered)
	ports := f.Ports != nil && p.gathered("ports", f.Ports.Gathered)
	if users {
		p.accounts(*f.Users)
	}
	if disks {
		p.devices(f.Disks.Devices)
		p.fileSystems(f.Disks.FileSystems, f.Now.Disks)
	}
	if ports {
		p.ports(*f.Ports, f.Now.Ports)
	}
	if runs {
		p.runs(f.Runs.Records)
	}
}

// gathered says whether a group is there, and writes what is wrong with it.
func (p *page) gathered(name string, g doc.Gathered) bool {
	label := pad(dim.of(name), margin)
	if g.Error != nil {
		p.prose(2, label, alarm, "not known: "+g.Error.Message)
		return false
	}
	var gaps []string
	if g.Truncated {
		gaps = append(gaps, "the host has more than is kept")
	}
	if g.Unread > 0 {
		gaps = append(gaps, count(g.Unread, "line", "lines")+" of its answer made no sense")
	}
	if len(gaps) > 0 {
		p.prose(2, label, magenta, "not all: "+strings.Join(gaps, ", "))
	}
	return true
}

// sheet writes the parts of a field that are not empty, folded between them.
func (p *page) sheet(label string, parts ...string) {
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	p.list(2, pad(dim.of(label), margin), " · ", plain(parts)...)
}

func (p *page) cpu(c doc.CPU, load *doc.LoadAverages) {
	cores := ""
	if c.PhysicalCores > 0 {
		cores = count(c.PhysicalCores, "core", "cores")
	}
	if c.Sockets > 1 {
		cores += " in " + count(c.Sockets, "socket", "sockets")
	}
	if c.LogicalCores != c.PhysicalCores {
		cores = words(", ", cores, count(c.LogicalCores, "thread", "threads"))
	}
	averages := ""
	if load != nil {
		averages = fmt.Sprintf("load %.2f %.2f %.2f", load.Avg1, load.Avg5, load.Avg15)
	}
	p.sheet("cpu", c.Model, cores, averages)
}

func (p *page) memory(m doc.Memory, use *doc.MemoryUse) {
	total, swap := size(m.TotalBytes), ""
	if m.SwapTotalBytes != nil {
		swap = "no swap"
		if *m.SwapTotalBytes > 0 {
			swap = "swap " + size(*m.SwapTotalBytes)
		}
	}
	if use != nil && use.AvailableBytes != nil {
		total += ", " + size(*use.AvailableBytes) + " available"
	}
	if use != nil && swap != "" && swap != "no swap" {
		swap += ", " + size(use.SwapFreeBytes) + " free"
	}
	p.sheet("memory", total, swap)
}

func (p *page) systemd(s doc.Systemd, now *doc.SystemdNow) {
	if s.State == doc.Absent {
		p.field("systemd", noInk.of("absent"))
		return
	}
	enabled := 0
	for _, unit := range s.Units {
		if strings.HasPrefix(unit.UnitFileState, "enabled") {
			enabled++
		}
	}
	state := ""
	if now != nil {
		state = now.SystemState
	}
	p.sheet("systemd", words(" ", strconv.Itoa(s.Version), parenthesized(s.FullVersion)), s.DefaultTarget, state,
		fmt.Sprintf("%s, %d enabled", count(len(s.Units), "unit", "units"), enabled))
	if now == nil {
		return
	}
	var failed []segment
	for _, name := range sorted(now.Units) {
		if now.Units[name].ActiveState == "failed" {
			failed = append(failed, red.last(name))
		}
	}
	if len(failed) > 0 {
		p.list(2, pad(alarm.of("failed"), margin), " ", failed...)
	}
}

func parenthesized(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

// accounts lists those that have a shell; with Full, all.
func (p *page) accounts(u doc.Users) {
	in := map[string][]string{}
	for _, name := range sorted(u.Groups) {
		for _, member := range u.Groups[name].Members {
			in[member] = append(in[member], name)
		}
	}
	var rows [][]segment
	for _, name := range sorted(u.Accounts) {
		a := u.Accounts[name]
		if !p.options.Full && !logsIn(a.Shell) {
			continue
		}
		groups := ""
		if len(in[name]) > 0 {
			groups = "in " + strings.Join(in[name], " ")
		}
		rows = append(rows, []segment{
			noInk.last(name), noInk.of(strconv.FormatInt(a.UID, 10)), noInk.last(a.Home), noInk.last(a.Shell), dim.last(groups),
		})
	}
	p.section("accounts with a login shell", "accounts", rows)
}

// logsIn says whether a shell is one: those of passwd(5) that only refuse are not.
func logsIn(shell string) bool {
	name := shell[strings.LastIndexByte(shell, '/')+1:]
	return !slices.Contains([]string{"nologin", "false", "sync", "halt", "shutdown"}, name)
}

// section writes a table under a heading, of which Full has another.
func (p *page) section(heading, whole string, rows [][]segment) {
	if len(rows) == 0 {
		return
	}
	if p.options.Full {
		heading = whole
	}
	p.blank()
	p.line(2, bold.of(heading))
	p.table(4, rows)
}

func (p *page) devices(devices map[string]doc.BlockDevice) {
	var rows [][]segment
	for _, name := range sorted(devices) {
		d := devices[name]
		var more []string
		if len(d.Parents) > 0 {
			more = append(more, "on "+strings.Join(d.Parents, " "))
		}
		if d.ReadOnly {
			more = append(more, "read-only")
		}
		if d.Removable {
			more = append(more, "removable")
		}
		rows = append(rows, []segment{
			noInk.last(name), noInk.of(d.Type), right(size(d.SizeBytes), sizeColumns), noInk.last(words(" ", d.Name, d.Model)),
			dim.last(strings.Join(more, ", ")),
		})
	}
	p.section("disks", "disks", rows)
}

// sizeColumns is how wide a size may be: "1023.9 GiB".
const sizeColumns = 10

// right fills a short text of ours up from the left.
func right(s string, n int) segment { return noInk.of(fmt.Sprintf("%*s", n, s)) }

// fileSystems lists what is mounted; with Full, what comes and goes as well.
func (p *page) fileSystems(all map[string]doc.FileSystem, use map[string]doc.DiskUse) {
	var rows [][]segment
	for _, point := range sorted(all) {
		fs := all[point]
		rows = append(rows, []segment{
			noInk.last(point), noInk.of(fs.Type), p.fullness(use[point]), dim.last(fs.Device),
		})
	}
	for _, point := range sorted(use) {
		if _, lasts := all[point]; !lasts && p.options.Full {
			rows = append(rows, []segment{noInk.last(point), noInk.of("passing"), p.fullness(use[point]), noInk.of("")})
		}
	}
	p.section("file systems", "file systems", rows)
}

// fullness is how full a file system is, loud where little is left.
func (p *page) fullness(u doc.DiskUse) segment {
	free := u.UsedBytes + u.AvailableBytes
	if u.SizeBytes <= 0 || free <= 0 {
		return noInk.of("")
	}
	// As df(1) rounds: what root alone may take does not count, and up.
	percent := int64(float64(u.UsedBytes)/float64(free)*100 + 0.999)
	s := right(size(u.SizeBytes), sizeColumns)
	s.text += fmt.Sprintf("%5d%% used", percent)
	// What is read-only is full by nature, and nobody can write to it.
	if percent >= 90 && u.AvailableBytes > 0 {
		s.ink = magenta
	}
	return s
}

func (p *page) ports(ports doc.Ports, now []doc.ListenerNow) {
	holders := map[doc.Listener][]string{}
	for _, l := range now {
		names := make([]string, len(l.Processes))
		for i, process := range l.Processes {
			names[i] = process.Name
		}
		slices.Sort(names)
		holders[l.Listener] = slices.Compact(names)
	}
	listeners := ports.Listening
	if p.options.Full {
		listeners = nil
		for _, l := range now {
			listeners = append(listeners, l.Listener)
		}
	}
	var rows [][]segment
	for _, l := range listeners {
		rows = append(rows, []segment{
			noInk.of(l.Protocol), noInk.last(endpoint(l)),
			dim.of("uid " + strconv.FormatInt(l.UID, 10)), noInk.last(strings.Join(holders[l], " ")),
		})
	}
	p.section("listening", "listening", rows)
}

// endpoint is address and port as a URL has them (RFC 3986, 3.2.2).
func endpoint(l doc.Listener) string {
	address := l.Address
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	return address + ":" + strconv.Itoa(l.Port)
}
