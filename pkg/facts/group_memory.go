package facts

import (
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// memoryGroup reads /proc/meminfo.
type memoryGroup struct{}

func (memoryGroup) Name() string { return "memory" }

func (memoryGroup) Script() shell.Script { return shell.New(`cat /proc/meminfo`) }

// Limit is ten times what Linux 6 prints.
func (memoryGroup) Limit() int { return 16 << 10 }

func (memoryGroup) Read(r shell.Result, facts *doc.Facts) error {
	memory, use, err := parseMeminfo(r)
	if err != nil {
		return err
	}
	facts.Memory, facts.Now.Memory = &memory, &use
	return nil
}

func (memoryGroup) Fail(facts *doc.Facts, why doc.Gathered) {
	facts.Memory = &doc.Memory{Gathered: why}
}

// parseMeminfo reads proc_meminfo(5): lines "MemTotal:  16318404 kB", where kB is
// 1024 bytes.
func parseMeminfo(r shell.Result) (doc.Memory, doc.MemoryUse, error) {
	var m doc.Memory
	var use doc.MemoryUse
	found := map[string]int64{}
	list := listing{raw: r.Stdout, most: 200, cut: r.Truncated, into: &m.Gathered}
	for line := range list.lines() {
		name, rest, _ := strings.Cut(line, ":")
		count, kilobytes := strings.CutSuffix(strings.TrimSpace(rest), " kB")
		n, isNumber := number(count)
		size, fits := bytesOf(n, 1024)
		switch _, again := found[name]; {
		case !isNumber || !fits || again:
			list.unread()
		case kilobytes:
			found[name] = size
		}
	}
	total, ok := found["MemTotal"]
	if !ok || total == 0 {
		return doc.Memory{}, use, unavailable("the host's /proc/meminfo does not say how much memory there is")
	}
	m.TotalBytes = total
	if swap, ok := found["SwapTotal"]; ok {
		m.SwapTotalBytes = &swap
	}
	if available, ok := found["MemAvailable"]; ok {
		use.AvailableBytes = &available
	}
	use.FreeBytes, use.BuffersBytes = found["MemFree"], found["Buffers"]
	use.CachedBytes, use.SwapFreeBytes = found["Cached"], found["SwapFree"]
	return m, use, nil
}
