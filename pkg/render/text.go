package render

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// count gives "1 host", "2 hosts".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// size gives bytes for people, exact below 1 KiB.
func size(n int64) string {
	units := []string{"KiB", "MiB", "GiB", "TiB"}
	if n < 1<<10 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, unit := float64(n), ""
	for _, unit = range units {
		v /= 1 << 10
		if v < 1<<10 {
			break
		}
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
}

// digest gives a digest's first 48 bits, which is enough to compare by eye, or
// all of it.
func (o Options) digest(d string) string {
	const shown = len(jsonx.DigestPrefix) + 12
	if o.Full || len(d) <= shown || !strings.HasPrefix(d, jsonx.DigestPrefix) {
		return d
	}
	return d[:shown] + "…"
}

// span is the time between two RFC 3339 instants, or "".
func span(from, to string) string {
	start, err := time.Parse(time.RFC3339, from)
	if err != nil {
		return ""
	}
	end, err := time.Parse(time.RFC3339, to)
	if err != nil || end.Before(start) {
		return ""
	}
	return end.Sub(start).String()
}

// sorted gives a map's keys in order.
func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// words joins what is not empty.
func words(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

// plural is the plural of a kind's name.
func plural(kind string) string {
	switch stem, isY := strings.CutSuffix(kind, "y"); {
	case isY:
		return stem + "ies"
	case strings.HasSuffix(kind, "x"):
		return kind + "es"
	}
	return kind + "s"
}

// system is the distribution, architecture and package manager.
func system(id, version, arch, manager, repository string) string {
	if manager != "" && repository != "" {
		manager += " (" + repository + ")"
	}
	return words(" · ", words(" ", id, version), arch, manager)
}

// failure writes a document's error member.
func (p *page) failure(e *doc.HostError) {
	label := alarm.of("error")
	p.prose(2, pad(label, margin), noInk, words(": ", e.Stage, e.Message))
	if e.Hint != "" {
		p.prose(2, pad(dim.of("hint"), margin), noInk, e.Hint)
	}
	p.field("code", noInk.of(fmt.Sprintf("%s, exit %d", e.Code, e.Exit)))
}

func plain(items []string) []segment {
	row := make([]segment, len(items))
	for i, item := range items {
		row[i] = noInk.of(item)
	}
	return row
}
