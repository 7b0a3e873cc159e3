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
// folders and users.
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
		if _, changed := m.differences[r.Address]; !changed || r.State == doc.Absent || m.dependsOnChange(r) {
			continue
		}
		for _, h := range m.world.Facts.Observed[r.Address].Lacks {
			if !provided[resource.Handle(h)] {
				m.refused.add(r, "lacking",
					fmt.Sprintf("%s needs %s, which neither the host nor the config has", r.Address, h),
					m.supply(r, h))
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
func (m *maker) supply(r doc.Resource, lacking string) string {
	kind, name, _ := strings.Cut(lacking, ":")
	brought := fmt.Sprintf("if a package brings it, say so here: \"depends_on\": %s", m.packagesOf(r.Service))
	if kind == "path" {
		return fmt.Sprintf("declare %s under directories; %s", name, brought)
	}
	return fmt.Sprintf("accounts are made by a file in /etc/sysusers.d and a trigger that runs systemd-sysusers, "+
		"with \"depends_on\": [\"trigger:NAME\"] here (examples/what-a-host-needs.md shows it); %s", brought)
}

// packagesOf are the packages that a plan changes for a service, in the form of a
// depends_on.
func (m *maker) packagesOf(service string) string {
	const most = 5
	var all []doc.Address
	for _, r := range m.resources {
		if _, changed := m.differences[r.Address]; changed && r.Kind == "package" && r.Service == service && r.State == doc.Present {
			all = append(all, r.Address)
		}
	}
	if len(all) == 0 || len(all) > most {
		return `["package:NAME"]`
	}
	slices.Sort(all)
	list, err := jsonx.Marshal(all)
	if err != nil {
		return `["package:NAME"]`
	}
	return string(list)
}
