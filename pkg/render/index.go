package render

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// The members of a package_index that are times: when it was fetched, and a time
// after which it is to have been.
const fetched, fetchedAfter = "fetched", "fetched_after"

// instant gives the seconds since 1970 of a document as RFC 3339, to the second.
// The epoch itself is what a part of an index has that was never fetched. What is
// no time is shown as any other text.
func (o Options) instant(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	switch {
	case err != nil || seconds < 0 || seconds > 253402300799 || strings.Trim(fraction, "0123456789") != "":
		return o.text(s)
	case seconds == 0:
		return "never"
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}

// joinFetched makes one attribute of the time of an index as it was and the time
// that it is to be younger than, which have names of their own.
func (a *attributes) joinFetched() {
	find := func(name string) int {
		return slices.IndexFunc(a.list, func(s side) bool { return s.name == name })
	}
	was, later := find(fetched), find(fetchedAfter)
	if was < 0 || later < 0 || a.list[was].after.Exists() || a.list[later].before.Exists() {
		return
	}
	a.list[was].after, a.list[was].later = a.list[later].after, true
	a.list = slices.Delete(a.list, later, later+1)
}

// after words a time that is a bound, beside the time that was.
func (p *page) after(was, bound gjson.Result) string {
	switch at := p.value(fetchedAfter, bound); {
	case at == "never":
		return "once"
	case was.Str == bound.Str:
		return "after that"
	default:
		return "after " + at
	}
}
