package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// The power goes off in the middle of a download: what mise had begun is seen as
// not there, and the same plan makes it.
func TestMiseToolCutOffInTheMiddleIsMadeAgain(t *testing.T) {
	t.Parallel()
	s, server := newToolSite(t, lab.Options{NoIndex: true}), newToolServer(t)
	wants := withTools(object{"http:hello": server.tool("hello", "1.0.0"), "http:slow": server.tool("slow", "1.0.0")})
	p := s.plan(wants)
	o, _ := whileApplying(t, s, p, func(*os.Process, func(string, string)) {
		<-server.asked
		if err := s.host.Restart(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if o.exit != 1 {
		t.Errorf("%s", o)
	}
	s.exec(`test -d "$1/installs/http-slow/1.0.0" && test -e "$1/.hostkit/cache/http-slow/1.0.0/incomplete"`, miseTools)
	if got := changesOf(s.plan(wants)); !slices.Contains(got, "create mise_tool:http:slow incomplete") {
		t.Errorf("then it plans %q", got)
	}
	server.let()
	s.applied(p)
	if got, want := s.tools(), []string{"http-hello/1.0.0", "http-slow/1.0.0"}; !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
	s.exec(miseTools + "/installs/http-slow/1.0.0/hello")
	s.mustHaveNoChange(wants)
}

// A build may be silent for as long as it likes: the connection is asked for a sign
// of life, never the step for a word. Here it is silent for thirty times as long as
// a host may be.
func TestMiseToolThatIsSilentIsNoHang(t *testing.T) {
	t.Parallel()
	s, server := newToolSite(t, lab.Options{NoIndex: true}), newToolServer(t)
	wants := withTools(object{"http:slow": server.tool("slow", "1.0.0")})
	s.reach["ssh"].(object)["server_alive_interval"] = "50ms"
	p := s.plan(wants)
	go func() {
		<-server.asked
		time.AfterFunc(30*3*50*time.Millisecond, server.let)
	}()
	s.applied(p)
	s.mustHaveNoChange(wants)
}

// What erlang is built with stands in the plan, each as a package of the host's
// own distribution, before the tool.
func TestPackagesThatAToolIsBuiltWithAreInThePlan(t *testing.T) {
	t.Parallel()
	s := newToolSite(t, lab.Options{})
	wants := withTools(object{"erlang": object{"version": "29.0.2", "build_packages": []any{"tree"}}})
	p := s.plan(wants)
	packages := map[string]bool{}
	for _, c := range p.Changes[:len(p.Changes)-1] {
		packages[string(c.Address)] = true
	}
	last := p.Changes[len(p.Changes)-1]
	if last.Address != "mise_tool:erlang" || !packages["package:autoconf"] || !packages["package:ncurses_dev"] || !packages["package:tree"] {
		t.Errorf("planned %q", changesOf(p))
	}
	for address := range packages {
		if !slices.ContainsFunc(last.DependsOn, func(d doc.Dependency) bool { return string(d.Address) == address }) {
			t.Errorf("erlang does not wait for %s", address)
		}
	}
	without := withMise(object{"build_packages": false, "tools": object{"erlang": "29.0.2"}})
	if got, want := changesOf(s.plan(without)), []string{"create mise_tool:erlang missing"}; !slices.Equal(got, want) {
		t.Errorf("planned %q, want %q", got, want)
	}
	declared := withTools(object{"erlang": "29.0.2"})
	declared["packages"] = []any{object{"name": "autoconf", "state": "absent"}}
	if got := changesOf(s.plan(declared)); slices.Contains(got, "create package:autoconf missing") {
		t.Errorf("what is declared does not win: planned %q", got)
	}
}

// A full disk is told as that, and when there is room again the same plan goes on.
func TestMiseToolOnAFullDisk(t *testing.T) {
	t.Parallel()
	s, server := newToolSite(t, lab.Options{NoIndex: true, DiskSize: 200 << 20}), newToolServer(t)
	p := s.plan(withTools(object{"http:hello": server.tool("hello", "1.0.0")}))
	// The journal takes the last page that is free.
	s.exec(`dd if=/dev/zero of=/srv/fill bs=4096 2>/dev/null || test -s /srv/fill && truncate -s -4096 /srv/fill`)
	o, report := s.apply(p)
	if o.exit != 1 || !strings.Contains(strings.ToLower(o.stderr), "no space left on") {
		t.Errorf("%s", o)
	}
	if got := fatesOf(report); !slices.Equal(got, []string{"mise_tool:http:hello failed"}) {
		t.Errorf("the report says %q", got)
	}
	s.exec("rm /srv/fill")
	s.applied(p)
	if got, want := s.tools(), []string{"http-hello/1.0.0"}; !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
}
