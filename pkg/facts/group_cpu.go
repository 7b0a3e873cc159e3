package facts

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// cpuGroup reads /proc/cpuinfo, which every architecture fills in its own way,
// and the topology in /sys, which is the same for all.
type cpuGroup struct{}

// cpuScript prints five parts: the different lines of cpuinfo (a host of 512
// processors has a megabyte of the same ones), the processors that are online, of
// each core and of each socket the processors it has, and the load.
//
// GNU sort takes a file of /proc for an empty one and writes temporary files; of a
// pipe it keeps a megabyte in memory.
const cpuScript = `cat /proc/cpuinfo | sort -u
printf '\000'
cat /sys/devices/system/cpu/online 2>/dev/null
printf '\000'
cat /sys/devices/system/cpu/cpu[0-9]*/topology/thread_siblings_list 2>/dev/null | sort -u
printf '\000'
cat /sys/devices/system/cpu/cpu[0-9]*/topology/core_siblings_list 2>/dev/null | sort -u
printf '\000'
cat /proc/loadavg
`

func (cpuGroup) Name() string { return "cpu" }

func (cpuGroup) Script() shell.Script { return shell.New(cpuScript) }

func (cpuGroup) Limit() int { return 512 << 10 }

func (cpuGroup) Read(r shell.Result, facts *doc.Facts) error {
	cpu, load, err := parseCPU(r)
	if err != nil {
		return err
	}
	facts.CPU, facts.Now.Load = &cpu, load
	return nil
}

func (cpuGroup) Fail(facts *doc.Facts, why doc.Gathered) { facts.CPU = &doc.CPU{Gathered: why} }

func parseCPU(r shell.Result) (doc.CPU, *doc.LoadAverages, error) {
	parts, err := sections(r, 5)
	if err != nil {
		return doc.CPU{}, nil, err
	}
	var cpu doc.CPU
	said := readCPUInfo(parts[0], &cpu.Gathered)
	cpu.Model, cpu.Vendor = said.model(), said.vendor()
	cpu.Flags = said.flags(&cpu.Gathered)
	cpu.LogicalCores = countRanges(string(bytes.TrimSpace(parts[1])))
	if cpu.LogicalCores == 0 {
		cpu.LogicalCores = said.processors
	}
	cpu.PhysicalCores = countLines(parts[2], cpu.LogicalCores)
	cpu.Sockets = countLines(parts[3], cpu.LogicalCores)
	if cpu.LogicalCores == 0 {
		return doc.CPU{}, nil, unavailable("neither /proc/cpuinfo nor /sys says how many processors the host has")
	}
	return cpu, parseLoad(string(parts[4])), nil
}

// cpuInfo is what the different lines of /proc/cpuinfo say.
type cpuInfo struct {
	// values has for every name what stands behind it, in the order of the lines;
	// not of names that count the processors.
	values map[string][]string
	// processors is how many there are.
	processors int
}

// countingNames are those with a value of its own for each processor, or that
// change all the time.
var countingNames = []string{
	"apicid", "initial apicid", "core id", "cpu MHz", "cpu MHz dynamic", "cpu MHz static", "clock", "hart", "bogomips", "BogoMIPS",
}

// readCPUInfo reads lines "name : value". On s390x the processors are lines
// "processor 0: version = …", on 32-bit arm and PowerPC lines about the machine
// stand among those about the processors.
func readCPUInfo(raw []byte, into *doc.Gathered) cpuInfo {
	info := cpuInfo{values: map[string][]string{}}
	list := listing{raw: raw, most: 20_000, into: into}
	for line := range list.lines() {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		_, s390 := strings.CutPrefix(name, "processor ")
		switch {
		case !ok || name == "":
			list.unread()
		case name == "processor" || s390:
			// An old 32-bit arm has the model there: "Processor : ARMv7 …" differs in
			// its capital.
			info.processors++
			if s390 {
				info.add("machine", s390Machine(value))
			}
		case !slices.Contains(countingNames, name):
			info.add(name, value)
		}
	}
	return info
}

// add keeps what is said under a name; most of that is never asked for.
func (i cpuInfo) add(name, value string) {
	const most = 64
	if value != "" && len(i.values[name]) < most {
		i.values[name] = append(i.values[name], value)
	}
}

// first is what is said first under the first of names that anything is said of.
func (i cpuInfo) first(names ...string) string {
	for _, name := range names {
		if values := i.values[name]; len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// s390Machine takes the machine type out of "version = FF, identification =
// 0133E8, machine = 8561".
func s390Machine(value string) string {
	_, machine, _ := strings.Cut(value, "machine = ")
	machine, _, _ = strings.Cut(machine, ",")
	return machine
}

// vendor is what x86 ("vendor_id") and s390x ("vendor_id") say, or the name of
// the implementer on arm. RISC-V has numbers only.
func (i cpuInfo) vendor() string {
	if v := i.first("vendor_id"); v != "" {
		return text(v)
	}
	return armImplementers[i.first("CPU implementer")]
}

// model is the processor's name. x86, LoongArch, MIPS, PowerPC, RISC-V and s390x give it
// under different names, and arm64 as a number.
func (i cpuInfo) model() string {
	if implementer := i.first("CPU implementer"); implementer != "" {
		if name := armParts[implementer+" "+i.first("CPU part")]; name != "" {
			return name
		}
	}
	return text(i.first("model name", "Model Name", "cpu model", "cpu", "uarch", "machine", "Processor"))
}

// flags are those that every processor has: where cores differ, there are several
// lines.
func (i cpuInfo) flags(into *doc.Gathered) []string {
	const most = 1024
	for _, name := range []string{"flags", "Features", "features", "isa"} {
		lines := i.values[name]
		if len(lines) == 0 {
			continue
		}
		common := strings.Fields(lines[0])
		for _, line := range lines[1:] {
			has := map[string]bool{}
			for flag := range strings.FieldsSeq(line) {
				has[flag] = true
			}
			common = slices.DeleteFunc(common, func(flag string) bool { return !has[flag] })
		}
		if len(common) > most {
			common, into.Truncated = common[:most], true
		}
		for n, flag := range common {
			common[n] = text(flag)
		}
		slices.Sort(common)
		return slices.Compact(common)
	}
	return nil
}

// mostProcessors is more than any Linux is built for (NR_CPUS).
const mostProcessors = 1 << 16

// countRanges counts the numbers of "0-3,8"; 0 where it is not such a list.
func countRanges(list string) int {
	total := 0
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseUint(first, 10, 16)
		to, err2 := strconv.ParseUint(last, 10, 16)
		if err1 != nil || err2 != nil || to < from {
			return 0
		}
		if total += int(to-from) + 1; total > mostProcessors {
			return 0
		}
	}
	return total
}

// countLines counts the sets of processors that cores or sockets are; 0, for not
// known, where there are more than processors.
func countLines(raw []byte, most int) int {
	n := 0
	for line := range bytes.Lines(raw) {
		if countRanges(string(bytes.TrimSpace(line))) == 0 {
			return 0
		}
		n++
	}
	if n > most {
		return 0
	}
	return n
}

// parseLoad reads proc_loadavg(5): "0.20 0.18 0.12 1/80 11206". nil where it is
// not that.
func parseLoad(line string) *doc.LoadAverages {
	fields := strings.Fields(line)
	if len(fields) != 5 {
		return nil
	}
	var averages [3]float64
	for i := range averages {
		whole, hundredths, ok := strings.Cut(fields[i], ".")
		w, err1 := strconv.ParseUint(whole, 10, 32)
		h, err2 := strconv.ParseUint(hundredths, 10, 8)
		if !ok || err1 != nil || err2 != nil || len(hundredths) != 2 {
			return nil
		}
		averages[i] = float64(w*100+h) / 100
	}
	return &doc.LoadAverages{Avg1: averages[0], Avg5: averages[1], Avg15: averages[2]}
}
