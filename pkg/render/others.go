package render

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

func renderLock(p *page, d jsonx.Document) (Shown, error) {
	var lock doc.PackageLock
	if err := jsonx.UnmarshalGrown(d, &lock); err != nil {
		return Shown{}, err
	}
	p.line(0, bold.of("package lock"), noInk.of("  "+count(len(lock.Repositories), "repository", "repositories")))
	for _, repository := range sorted(lock.Repositories) {
		names := lock.Repositories[repository].Packages
		p.blank()
		p.line(2, bold.of(repository), dim.of("  "+count(len(names), "name", "names")))
		p.nameTable(4, names, nil)
	}
	p.release(lock.Mise)
	return Shown{}, nil
}

func renderConfig(p *page, d jsonx.Document) (Shown, error) {
	var c doc.Config
	if err := jsonx.Unmarshal(d, &c); err != nil {
		return Shown{}, err
	}
	p.line(0, bold.of(c.Project), noInk.of(fmt.Sprintf("  config of %s and %s",
		count(len(c.Hosts), "host", "hosts"), count(len(c.Services), "service", "services"))))
	if len(c.Hosts) > 0 {
		p.blank()
		p.line(2, bold.of("hosts"))
	}
	for _, name := range sorted(c.Hosts) {
		h := c.Hosts[name]
		if h.Connection != "local" {
			h.Hostname = cmp.Or(h.Hostname, name)
		}
		p.line(4, noInk.last(name), noInk.of("  "), where(h))
		p.login(changeIndent, "", h)
	}
	if len(c.Services) > 0 {
		p.blank()
		p.line(2, bold.of("services"))
	}
	for _, name := range sorted(c.Services) {
		p.service(name, c.Services[name])
	}
	return Shown{}, nil
}

// service says where a service goes and how much of each kind it has.
func (p *page) service(name string, s doc.ServiceConfig) {
	on := "on all hosts"
	if len(s.Hosts) > 0 {
		on = "on " + strings.Join(s.Hosts, ", ")
	}
	p.line(4, noInk.last(name), dim.of("  "+on))
	sections, order := members(s.Sections)
	items := make([]segment, len(order))
	for i, member := range order {
		items[i] = noInk.of(fmt.Sprintf("%s %d", member, entries(sections[member])))
	}
	if len(items) > 0 {
		p.list(changeIndent, dim.of("has "), ", ", items...)
	}
}

// entries counts the things of a section.
func entries(section gjson.Result) int {
	n := 0
	if section.IsArray() || section.IsObject() {
		section.ForEach(func(_, _ gjson.Result) bool { n++; return true })
		return n
	}
	return 1
}

func renderEvent(p *page, d jsonx.Document) (Shown, error) {
	var e doc.Event
	if err := jsonx.UnmarshalGrown(d, &e); err != nil {
		return Shown{}, err
	}
	p.line(0, dim.of(e.At), noInk.of("  "+words("  ", e.Host.Name, string(e.Type), string(e.Address), e.Status, e.Message)))
	return Shown{Host: e.Host.Name}, nil
}
