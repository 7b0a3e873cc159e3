package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

func renderHost(p *page, d jsonx.Document) (Shown, error) {
	var h doc.HostDocument
	if err := jsonx.UnmarshalGrown(d, &h); err != nil {
		return Shown{}, err
	}
	p.host(h)
	return Shown{Host: h.Host.Name, Failure: h.Error}, nil
}

func parse(raw doc.Raw) gjson.Result { return gjson.ParseBytes(raw) }

func (p *page) host(h doc.HostDocument) {
	p.heading(h.Host, "host", "")
	if h.Error != nil {
		p.failure(h.Error)
	}
	p.secrets(h.AllSecrets(), nil)
	p.login(2, "login", h.Host.HostConfig)
	if h.Facts != nil {
		p.facts(*h.Facts, h.Host.Connection == "local")
	} else {
		p.field("facts", noInk.of("none yet: hk-facts adds them"))
	}
	p.resources(h)
	if h.Packages != nil {
		p.names(h)
	}
}

func (p *page) facts(f doc.Facts, local bool) {
	p.identity(f.Identity, local)
	p.field("system", noInk.of(words(" · ",
		system(f.OS.ID, f.OS.VersionID, f.Identity.Arch, f.PackageManager, f.PackageRepository), f.OS.Kernel)))
	if f.SSH != nil && !f.SSH.StrictKeyExchange {
		p.prose(2, pad(dim.of("ssh"), margin), magenta, f.SSH.Server+
			" has no strict key exchange (Terrapin, CVE-2023-48795): update the host's SSH server")
	}
	if f.Now.UptimeSeconds > 0 {
		p.field("up", noInk.of((time.Duration(f.Now.UptimeSeconds) * time.Second).String()))
	}
	if f.Packages != nil {
		p.packageFacts(*f.Packages)
	}
	p.groups(f)
}

func (p *page) packageFacts(f doc.PackageFacts) {
	p.field("packages", noInk.of(fmt.Sprintf("%d installed, index %s", len(f.Installed), f.Index)))
	if f.Error != nil {
		p.prose(2, pad(noInk.of(""), margin), alarm, "not to be relied on: "+f.Error.Message)
	}
	if len(f.Held) > 0 {
		p.prose(2, pad(dim.of("held"), margin), noInk, strings.Join(f.Held, ", "))
	}
	var broken []string
	for _, name := range sorted(f.Broken) {
		broken = append(broken, fmt.Sprintf("%s (%s)", name, f.Broken[name]))
	}
	if broken != nil {
		p.prose(2, pad(dim.of("broken"), margin), alarm, strings.Join(broken, ", "))
	}
	if len(f.Available) == 0 {
		return
	}
	p.blank()
	p.line(2, bold.of("packages asked about"))
	var rows [][]segment
	for _, name := range sorted(f.Available) {
		candidate, installed := noInk.of("candidate "+f.Available[name]), dim.of("not installed")
		if f.Available[name] == "" {
			candidate = magenta.of("not in the index")
		}
		if version, ok := f.Installed[name]; ok {
			installed = noInk.of("installed " + version)
		}
		rows = append(rows, []segment{noInk.last(name), installed, candidate})
	}
	p.table(4, rows)
}

// resources lists what the host should have, with what was observed. Facts of
// resources that the document no longer has come last.
func (p *page) resources(h doc.HostDocument) {
	observed := map[doc.Address]doc.Observation{}
	if h.Facts != nil {
		observed = h.Facts.Observed
	}
	declared := map[doc.Address]bool{}
	if len(h.Resources)+len(observed) > 0 {
		p.blank()
		p.line(2, bold.of("resources"), noInk.of(": "+strconv.Itoa(len(h.Resources))))
	}
	for _, r := range h.Resources {
		declared[r.Address] = true
		row := []segment{noInk.last(string(r.Address)), dim.of("  of "), dim.last(r.Service)}
		if r.State == doc.Absent {
			row = append(row, red.of("  should be absent"))
		}
		p.line(4, row...)
		if o, ok := observed[r.Address]; ok {
			p.observation(o)
		}
	}
	for _, address := range sorted(observed) {
		if !declared[address] {
			p.line(4, noInk.last(string(address)), dim.of("  not asked for"))
			p.observation(observed[address])
		}
	}
}

// observation writes what is at a resource's place; content is only measured,
// since a plan is where it is compared.
func (p *page) observation(o doc.Observation) {
	label := dim.of("is ")
	if o.Error != nil {
		p.prose(changeIndent, label, alarm, "not known: "+o.Error.Message)
		return
	}
	var items []segment
	if o.State != "" {
		items = append(items, noInk.of(string(o.State)))
	}
	all, order := members(o.Attributes)
	for _, name := range order {
		v := all[name]
		word := name + " " + p.value(name, v)
		switch {
		case name == "content":
			word = name + " " + p.describe(v)
		case o.State == "" && v.IsBool() && v.Bool():
			word = name
		case o.State == "" && v.IsBool():
			word = "not " + name
		}
		items = append(items, noInk.of(word))
	}
	p.list(changeIndent, label, ", ", items...)
	if len(o.Lacks) > 0 {
		p.prose(changeIndent, dim.of("lacks "), magenta, strings.Join(o.Lacks, " "))
	}
}

func (p *page) names(h doc.HostDocument) {
	p.blank()
	p.line(2, bold.of("package names"), noInk.of(" in "+h.Packages.Repository))
	var host *doc.PackageFacts
	if h.Facts != nil {
		host = h.Facts.Packages
	}
	p.nameTable(4, h.Packages.Names, host)
	p.release(h.Packages.Mise)
}

// release writes which release of mise a host gets, and what is known of its
// builds.
func (p *page) release(r *doc.MiseRelease) {
	if r == nil {
		return
	}
	p.blank()
	p.line(2, bold.of("mise "), bold.of(r.Version), dim.of(words("", "  ", r.Source)))
	var rows [][]segment
	for _, platform := range sorted(r.Builds) {
		build := r.Builds[platform]
		rows = append(rows, []segment{noInk.last(platform), noInk.last(p.options.digest(string(build.Checksum))), dim.of(build.URL)})
	}
	p.table(4, rows)
}

// doubt says that a host can't have a package, or that it is not known; mostly "".
func doubt(host *doc.PackageFacts, name string) string {
	if host == nil {
		return ""
	}
	_, installed := host.Installed[name]
	candidate, asked := host.Available[name]
	switch {
	case installed:
		return ""
	case host.Error != nil || host.Index != doc.Present || !asked:
		return ", availability not known"
	case candidate == "":
		return ", not available"
	}
	return ""
}

// nameTable lists what a host, or a lock, where host is nil, calls packages.
func (p *page) nameTable(indent int, names map[string]doc.PackageName, host *doc.PackageFacts) {
	var rows [][]segment
	for _, name := range sorted(names) {
		n := names[name]
		why := words(", ", n.Source, n.Rule)
		if n.Project != "" {
			why += " (" + n.Project + ")"
		}
		if n.StaleSince != "" {
			why += ", last confirmed " + n.StaleSince
		}
		why += doubt(host, n.Package)
		rows = append(rows, []segment{noInk.last(name), bold.last(words(" ", n.Package, n.Version)), dim.of(why)})
	}
	p.table(indent, rows)
}
