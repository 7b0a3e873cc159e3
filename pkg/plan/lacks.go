package plan

import (
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/resource"
)

// checkLacks refuses a change that needs what neither the host nor the config
// has. A declared dependency that changes too may bring it: a package brings its
// folders and users, which nobody knows before, and the plan says so. That one does is
// never taken from the config's packages alone: a mistyped folder would then be found
// when they are installed, and here it is found when nothing is.
func (m *maker) checkLacks() {
	provided := make(map[resource.Handle]bool)
	for _, r := range m.resources {
		if r.State == doc.Present {
			for _, h := range m.kinds.of(r.Address).Ties(r).Provides {
				provided[h] = true
			}
		}
	}
	for _, r := range m.resources {
		if _, changed := m.differences[r.Address]; !changed || r.State == doc.Absent {
			continue
		}
		for _, h := range m.world.Facts.Observed[r.Address].Lacks {
			switch {
			case provided[resource.Handle(h)]:
			case m.dependsOnChange(r):
				m.lacks[r.Address] = append(m.lacks[r.Address], h)
			default:
				m.refused.add(r, "lacking",
					fmt.Sprintf("%s needs %s, which neither the host nor the config has", r.Address, h),
					m.supply(r, h, provided))
			}
		}
	}
}

func (m *maker) dependsOnChange(r doc.Resource) bool {
	return slices.ContainsFunc(r.DependsOn, func(a doc.Address) bool {
		_, changed := m.differences[a]
		return changed
	})
}

// supply says how a resource gets what it lacks: "path:/srv", "user:deploy". There is no
// kind for accounts, so no config can hold one.
func (m *maker) supply(r doc.Resource, lacking string, provided map[resource.Handle]bool) string {
	if idle, command := m.uncalled(r); command != "" {
		return fmt.Sprintf("%s makes it, as it seems, and nothing calls for that now: run %s on the host, then hk-facts and hk-plan again", idle, command)
	}
	kind, name, _ := strings.Cut(lacking, ":")
	if kind == "path" {
		return m.supplyFolder(r, name, provided)
	}
	return "accounts are made by a file in /etc/sysusers.d and a trigger that runs systemd-sysusers, or without systemd one that runs useradd or adduser, " +
		"with \"depends_on\": [\"trigger:NAME\"] here (examples/what-a-host-needs.md shows it); " +
		fmt.Sprintf("if a package brings it, say so here: \"depends_on\": %s", list(m.packagesOf(r.Service)))
}

// uncalled is the first command that a resource depends on, however far, and that nothing
// calls for: what it once did is there no more.
func (m *maker) uncalled(r doc.Resource) (idle doc.Address, command string) {
	resources := m.byAddress()
	seen := make(map[doc.Address]bool)
	for next := slices.Clone(r.DependsOn); len(next) > 0; next = next[1:] {
		a := next[0]
		on, declared := resources[a]
		if seen[a] || !declared {
			continue
		}
		seen[a] = true
		next = append(next, on.DependsOn...)
		kind, isAct := m.kinds.of(a).(resource.Reactor)
		if _, called := m.calls[a]; !isAct || called {
			continue
		}
		if command := kind.Command(on); command != "" {
			return a, command
		}
	}
	return "", ""
}

func (m *maker) supplyFolder(r doc.Resource, folder string, provided map[resource.Handle]bool) string {
	declare := "declare " + folder
	// Those right below the root are there; of others it is not known.
	above := folder[:strings.LastIndexByte(folder, '/')]
	if strings.Count(above, "/") > 1 && !provided[resource.Handle("path:"+above)] {
		declare += ", and " + above + " where the host lacks that too,"
	}
	declare += " under directories"
	installed := slices.DeleteFunc(slices.Clone(r.DependsOn), func(a doc.Address) bool { return a.Kind() != "package" })
	if len(installed) > 0 {
		return fmt.Sprintf("%s: %s has not brought it", declare, joined(installed))
	}
	packages := m.packagesOf(r.Service)
	likely := slices.DeleteFunc(slices.Clone(packages), func(a doc.Address) bool { return !namedIn(folder, a.Name()) })
	if len(likely) > 0 {
		return fmt.Sprintf("if %s brings it, say so here: \"depends_on\": %s; if not, %s", joined(likely), list(likely), declare)
	}
	return fmt.Sprintf("%s; if a package brings it, say so here: \"depends_on\": %s", declare, list(packages))
}

// namedIn reports whether a folder has the name of a package, or the beginning of it:
// /etc/redis/conf.d that of redis-server.
func namedIn(folder, name string) bool {
	name = strings.ReplaceAll(name, "_", "-")
	for part := range strings.SplitSeq(folder, "/") {
		if part != "" && strings.HasPrefix(name+"-", strings.ReplaceAll(part, "_", "-")+"-") {
			return true
		}
	}
	return false
}

// packagesOf are the packages that a plan changes for a service.
func (m *maker) packagesOf(service string) []doc.Address {
	var all []doc.Address
	for _, r := range m.resources {
		if _, changed := m.differences[r.Address]; changed && r.Kind == "package" && r.Service == service && r.State == doc.Present {
			all = append(all, r.Address)
		}
	}
	slices.Sort(all)
	return all
}

// list are addresses in the form of a depends_on.
func list(all []doc.Address) string {
	const most = 5
	if raw, err := jsonx.Marshal(all); err == nil && len(all) > 0 && len(all) <= most {
		return string(raw)
	}
	return `["package:NAME"]`
}

// joined are addresses in a sentence.
func joined(all []doc.Address) string {
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = string(a)
	}
	return strings.Join(names, " or ")
}
