package connect_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
)

var whole = flag.Bool("whole", false, "test every cell of the matrix, not each pair of values")

// cells are all that are tested. Each two values of two axes stand together in a
// cell that comes through, or that one of the two refuses; with -whole it is each
// combination of all four axes.
func (f *field) cells() []cell {
	situations, privileges := f.situations(), f.privileges()
	at := func(choice []int) cell {
		return cell{f.logins[choice[0]], situations[choice[1]], choice[2], privileges[choice[3]]}
	}
	decider := func(choice []int) int {
		c := at(choice)
		return slices.IndexFunc([]*refusal{c.login.refused, c.situation.refused, nil, c.privilege.refused}, func(r *refusal) bool {
			return r != nil && r == c.refused()
		})
	}
	var all []cell
	for _, choice := range choices(*whole, decider, len(f.logins), len(situations), 3, len(privileges)) {
		all = append(all, at(choice))
	}
	return all
}

func TestEveryCellComesThroughOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	f := newField(t)
	f.prepare()
	before := f.knownHosts()
	byAgent := map[string][]cell{}
	for _, c := range f.cells() {
		byAgent[c.login.agent] = append(byAgent[c.login.agent], c)
	}
	var machine string
	for _, agent := range slices.Sorted(maps.Keys(byAgent)) {
		cells := byAgent[agent]
		o := f.facts(agent, cells)
		lines := bytes.Split(bytes.TrimSpace(o.stdout), []byte("\n"))
		if len(lines) != len(cells) {
			t.Fatalf("%d documents came of %d cells\n%s", len(lines), len(cells), o)
		}
		came := 0
		for i, line := range lines {
			observed := decode(t, line)
			f.judge(cells[i], observed, o)
			if id := observed.Facts.Identity.MachineID; observed.Error == nil {
				came++
				if machine == "" {
					machine = id
				}
				if id == "" || id != machine {
					t.Errorf("%s: machine id %q, another one has %q", cells[i], id, machine)
				}
			}
		}
		t.Logf("agent of %s: %d cells, %d came through", agent, len(cells), came)
		if want := exitOf(cells); o.exit != want {
			t.Errorf("exit status %d, want %d", o.exit, want)
		}
		f.mustKeepSecrets(o)
	}
	f.mustRecordOnly(f.cells(), before)
	f.mustShareBastions(len(byAgent))
}

// exitOf is the exit status of a run: that of its failures, where they agree.
func exitOf(cells []cell) int {
	exit := 0
	for _, c := range cells {
		switch r := c.refused(); {
		case r == nil || r.exit == exit:
		case exit == 0:
			exit = r.exit
		default:
			return 1
		}
	}
	return exit
}

// prepare writes what the documents name.
func (f *field) prepare() {
	f.write(passphrase+"\n", "secrets", "passphrase")
	f.write(passwords["ben"]+"\n", "secrets", "ben")
	for _, s := range f.situations() {
		if s.known != "" || !s.records {
			f.write(s.known, "known", s.name)
		}
	}
}

// facts runs hk-facts once for all the cells.
func (f *field) facts(agent string, cells []cell) outcome {
	f.t.Helper()
	hosts := object{}
	for i, c := range cells {
		// hk-eval gives hosts in the order of their names.
		hosts[fmt.Sprintf("c%04d.%s", i, c)] = c.host(f)
	}
	files := object{}
	for user := range passwords {
		files[private+user+"/file"] = object{"content": user + "\n"}
	}
	documents := f.documents(hosts, object{"files": files})
	return f.login(documents, agent, "hk-facts", "--all", "--parallel", "32")
}

// login runs a command that logs in, with all that the documents refer to.
func (f *field) login(stdin []byte, agent, name string, args ...string) outcome {
	f.t.Helper()
	args = append(args, "--secret-dir", f.path("secrets"), "--allow-secret-commands")
	return f.run(stdin, append(variables(), f.agents[agent]), name, args...)
}

// observed is what the tests read of a document.
type observed struct {
	Host  struct{ Name string }
	Error *doc.HostError
	Facts struct {
		Identity struct {
			HostKey   doc.HostKey `json:"host_key"`
			MachineID string      `json:"machine_id"`
			Arch      string
		}
		OS       struct{ ID string }
		Manager  string `json:"package_manager"`
		Observed map[string]struct {
			State, Digest string
			Error         struct{ Code string }
		}
	}
}

func decode(t testing.TB, line []byte) observed {
	t.Helper()
	var o observed
	if err := json.Unmarshal(line, &o); err != nil {
		t.Fatalf("%v\n%s", err, line)
	}
	return o
}

// judge compares what became of a cell with what must become of it.
func (f *field) judge(c cell, got observed, o outcome) {
	f.t.Helper()
	if !strings.HasSuffix(got.Host.Name, "."+c.String()) {
		f.t.Fatalf("%s stands where %s should", got.Host.Name, c)
	}
	want := c.refused()
	said := "nothing"
	if got.Error != nil {
		said = fmt.Sprintf("%s, exit %d: %s\n  hint: %s", got.Error.Code, got.Error.Exit, got.Error.Message, got.Error.Hint)
	}
	switch {
	case want == nil && got.Error != nil:
		f.t.Errorf("%s was refused: %s", c, said)
	case want == nil:
		f.mustBeWhole(c, got)
	case got.Error == nil || got.Error.Code != want.code || got.Error.Exit != want.exit:
		f.t.Errorf("%s: want %s, exit %d; it said %s", c, want.code, want.exit, said)
	default:
		for _, words := range want.says {
			if !strings.Contains(got.Error.Message+got.Error.Hint, words) {
				f.t.Errorf("%s does not say %q: %s", c, words, said)
			}
		}
		if got.Error.Hint == "" || !bytes.Contains(o.stderr, []byte(got.Host.Name+": ")) {
			f.t.Errorf("%s has no hint, or says nothing on stderr: %s", c, said)
		}
	}
}

// mustBeWhole fails unless the facts are complete, and seen by whom they should.
func (f *field) mustBeWhole(c cell, got observed) {
	f.t.Helper()
	facts := got.Facts
	if facts.Identity.HostKey != c.situation.shows {
		f.t.Errorf("%s: the facts have host key %+v, want %+v", c, facts.Identity.HostKey, c.situation.shows)
	}
	if facts.OS.ID != "debian" || facts.Manager != "apt" || facts.Identity.Arch == "" {
		f.t.Errorf("%s: the facts are not whole: %+v", c, facts)
	}
	for user := range passwords {
		file := facts.Observed["file:"+private+user+"/file"]
		may := c.privilege.sees == "root" || c.privilege.sees == user
		if may && (file.State != "present" || file.Digest == "") || !may && file.Error.Code != "permission_denied" {
			f.t.Errorf("%s runs as another user than %s: of %s's file it saw %+v", c, c.privilege.sees, user, file)
		}
	}
}

// mustKeepSecrets fails if a password stands in what a command wrote.
func (f *field) mustKeepSecrets(o outcome) {
	f.t.Helper()
	if bytes.Contains(o.stdout, []byte("canary")) || bytes.Contains(o.stderr, []byte("canary")) {
		f.t.Errorf("a secret is told\n%s", o)
	}
}

// knownHosts are the texts of all known_hosts files.
func (f *field) knownHosts() map[string]string {
	f.t.Helper()
	files, err := filepath.Glob(f.path("known", "*"))
	if err != nil {
		f.t.Fatal(err)
	}
	texts := map[string]string{}
	for _, path := range append(files, f.near.KnownHosts, f.far.KnownHosts) {
		text, err := os.ReadFile(path)
		if err != nil {
			f.t.Fatal(err)
		}
		texts[path] = string(text)
	}
	return texts
}

// mustRecordOnly fails unless keys were recorded only where they should, each port
// once and each line whole: dozens of logins wrote at the same time.
func (f *field) mustRecordOnly(cells []cell, before map[string]string) {
	f.t.Helper()
	want := maps.Clone(before)
	for _, c := range cells {
		if r := c.refused(); !c.situation.records || r != nil && r.at < hostKey {
			continue
		}
		line := fmt.Sprintf("[%s]:%d %s\n", f.target.IP, c.login.port, f.target.HostKeys()[0].Line)
		if path := c.known(f); !strings.Contains(want[path], line) {
			want[path] += line
		}
	}
	now := f.knownHosts()
	for _, path := range slices.Sorted(maps.Keys(now)) {
		if !slices.Equal(slices.Sorted(strings.Lines(now[path])), slices.Sorted(strings.Lines(want[path]))) {
			f.t.Errorf("%s is\n%s\nwant\n%s", path, now[path], want[path])
		}
	}
	if len(now) != len(want) || len(want) != len(before)+3 {
		f.t.Errorf("%d files became %d, want one more for each number of hops", len(before), len(now))
	}
}

// mustShareBastions fails unless each run logged in to each bastion once.
func (f *field) mustShareBastions(runs int) {
	f.t.Helper()
	for user, path := range map[string]string{"hop": f.near.LogPath(), "skip": f.far.LogPath()} {
		log, err := os.ReadFile(path)
		if err != nil {
			f.t.Fatal(err)
		}
		logins := 0
		for scanner := bufio.NewScanner(bytes.NewReader(log)); scanner.Scan(); {
			if strings.Contains(scanner.Text(), "Accepted ") && strings.Contains(scanner.Text(), " for "+user+" ") {
				logins++
			}
		}
		if logins != runs {
			f.t.Errorf("%d runs logged in to the bastion of %s %d times", runs, user, logins)
		}
	}
}
