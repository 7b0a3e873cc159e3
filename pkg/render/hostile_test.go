package render_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/render"
)

// ours are the only escape sequences that a rendering may have.
var ours = regexp.MustCompile("\x1b\\[(?:0|1|2|31|32|33|35|36|1;31)m")

func withoutColor(s string) string { return ours.ReplaceAllString(s, "") }

// checkHarmless fails unless a terminal only draws the text.
func checkHarmless(t *testing.T, text string) {
	t.Helper()
	text = withoutColor(text)
	if !utf8.ValidString(text) {
		t.Fatalf("not utf-8: %q", text)
	}
	for _, r := range text {
		if r != '\n' && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || unicode.Is(unicode.Variation_Selector, r)) {
			t.Fatalf("%U in %q", r, text)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasSuffix(line, " \n") || !strings.HasSuffix(line, "\n") {
			t.Fatalf("a line ends badly: %q", line)
		}
	}
}

func checkDocument(t *testing.T, d jsonx.Document) {
	t.Helper()
	for _, o := range []render.Options{{}, {Color: true}, {Full: true}} {
		shown, err := render.Document(d, o)
		if err != nil {
			return
		}
		checkHarmless(t, shown.Text)
		var total render.Total
		total.Add(shown)
		total.Add(shown)
		checkHarmless(t, total.Text(o))
	}
}

// FuzzHostileText puts a hostile text wherever a document has room for one.
func FuzzHostileText(f *testing.F) {
	for _, seed := range []string{
		"", " ", "\n", "a\nb", "\x1b[2J", "\x1b]52;c;ZXZpbA==\a", "\u202egpj.exe", "\u200b", "\xff", "\r+ all is well", "\u009b31m",
		"\ufe0f", "x ", strings.Repeat("long ", 50), "sha256:\u202e" + strings.Repeat("a", 80),
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?")
		for _, v := range hostile(t, a, b) {
			raw, err := jsonx.Marshal(v)
			if err != nil {
				t.Skip(err)
			}
			d, err := jsonx.Check("fuzz", raw)
			if err != nil {
				t.Fatal(err)
			}
			checkDocument(t, d)
		}
		p := hostilePlan(t, a, b)
		checkDocument(t, seal(t, p))
		checkHarmless(t, render.Summary(p)+"\n")
		checkHarmless(t, render.ReportLine(hostileReport(t, a, b))+"\n")
	})
}

func attributes(t *testing.T, a, b string) doc.Attributes {
	t.Helper()
	raw, err := jsonx.Marshal(map[string]any{
		"m" + a: b, "content": doc.Bytes(a), "list": []string{a, b}, "object": map[string]string{a: b},
		"secret": doc.SecretRef{Secret: doc.SecretSource{File: "x" + a}}, "bytes": doc.Bytes("\xff" + a),
		"large": doc.FileRef{Path: "x" + b, Size: 1, Digest: "sha256:" + doc.Digest(strings.Repeat("0", 64))},
	})
	if err != nil {
		t.Skip(err)
	}
	return raw
}

// hostileAccess goes through a host whose every text is hostile.
func hostileAccess(a, b string) doc.HostConfig {
	ref := &doc.SecretRef{Secret: doc.SecretSource{Command: []string{"x" + a, b}}}
	hop := doc.SSH{IdentityFile: b, Passphrase: ref, Password: ref, KnownHosts: a, HostKeyAlias: b}
	last := hop
	last.Jump = []doc.Jump{{Hostname: a, User: b, SSH: &hop}, {Hostname: b + ":" + a}}
	return doc.HostConfig{
		Hostname: b, User: a, SSH: &last,
		Sudo: doc.Switch[doc.Sudo]{On: true, With: doc.Sudo{User: "app", Password: ref}},
	}
}

func hostilePlan(t *testing.T, a, b string) doc.Plan {
	t.Helper()
	p := plan()
	p.Host.Name, p.Host.HostConfig = a, hostileAccess(a, b)
	p.Target.Identity = doc.Identity{HostKey: &doc.HostKey{Type: a, Fingerprint: b}, Arch: a}
	p.Target.OS, p.Target.PackageManager, p.Target.PackageRepository = doc.TargetOS{ID: b, VersionID: a}, b, a
	p.Secrets = []doc.SecretUse{{SecretRef: doc.SecretRef{Secret: doc.SecretSource{Env: doc.VariableName("E" + a)}}, UsedBy: []string{b, a}}}
	p.Unchanged = []doc.Address{doc.NewAddress("file", "x"+a)}
	p.Irreversible = []doc.Irreversible{{Address: doc.NewAddress("file", "x"+a), Reason: b}}
	for _, action := range []doc.Action{doc.Create, doc.Update, doc.Delete, doc.Unknown, doc.Run} {
		c := change("file", "x"+b, action)
		c.Reason, c.Before, c.After = a, attributes(t, a, b), attributes(t, b, a)
		c.DependsOn = []doc.Dependency{{Address: doc.NewAddress("user", "x"+a), Reason: b}}
		p.Changes = append(p.Changes, c)
	}
	return p
}

func hostileReport(t *testing.T, a, b string) doc.Report {
	t.Helper()
	return doc.Report{
		Schema: doc.SchemaReport, Host: doc.Host{Name: a}, Status: doc.StatusStale, StartedAt: a, FinishedAt: b,
		Changes: []doc.ChangeReport{{
			Address: doc.NewAddress("file", "x"+b), Action: doc.Update, Status: doc.ChangeFailed,
			Transaction: []string{a, b}, Backup: a, Message: b, Output: a + "\n" + b,
		}},
		Stale: []doc.Mismatch{{What: a, Planned: attributes(t, a, b), Found: attributes(t, b, a)}, {What: b}},
		Error: &doc.HostError{Stage: a, Code: b, Message: a, Hint: b, Exit: 5},
	}
}

// hostile gives every document but a plan with a and b in all free texts.
func hostile(t *testing.T, a, b string) []any {
	t.Helper()
	address := doc.NewAddress("file", "x"+a)
	host := doc.Host{Name: a, HostConfig: hostileAccess(b, a)}
	names := map[string]doc.PackageName{a: {Package: b, Source: a, Rule: b, Project: a, Version: b, StaleSince: a}}
	facts := &doc.Facts{
		Identity: doc.Identity{Arch: b}, OS: doc.OS{ID: a, VersionID: b, Kernel: a}, PackageManager: b,
		Packages: &doc.PackageFacts{
			Index: doc.Present, Installed: map[string]string{a: b}, Available: map[string]string{a: b, b: ""},
			Error: &doc.FactError{Code: a, Message: b},
		},
		Observed: map[doc.Address]doc.Observation{
			address:                       {State: doc.Present, Lacks: []string{a, b}, Attributes: attributes(t, a, b)},
			doc.NewAddress("file", "y"+b): {Error: &doc.FactError{Code: a, Message: b}},
		},
	}
	hostileGroups(facts, a, b)
	sections, err := jsonx.Marshal(map[string]any{"x" + a: []string{b}})
	if err != nil {
		t.Skip(err)
	}
	return []any{
		doc.HostDocument{
			Schema: doc.SchemaHost, Project: b, Host: host, Facts: facts,
			Resources: []doc.Resource{{Address: address, Kind: "file", Name: a, Service: b, State: doc.Absent, DeclaredAt: a}},
			Packages:  &doc.PackageNames{Repository: a, Names: names},
			Error:     &doc.HostError{Stage: a, Code: b, Message: a + b, Hint: b, Exit: 1},
		},
		hostileReport(t, a, b),
		doc.PackageLock{Schema: doc.SchemaPackageLock, Repositories: map[string]doc.LockedRepository{b: {Packages: names}}},
		doc.Config{
			Schema: doc.SchemaConfig, Project: a, Hosts: map[string]doc.HostConfig{b: host.HostConfig},
			Services: map[string]doc.ServiceConfig{a: {Hosts: []string{b}, Sections: sections}},
		},
		doc.Event{Schema: doc.SchemaEvent, Type: doc.EventHostStarted, At: a, Host: doc.HostName{Name: b}, Address: address, Status: a, Message: b},
	}
}

// hostileGroups adds the groups of facts, with a and b in all free texts.
func hostileGroups(f *doc.Facts, a, b string) {
	size := int64(1 << 40)
	gathered := doc.Gathered{Truncated: true, Unread: 1}
	listener := doc.Listener{Protocol: a, Address: b + ":", Port: 22}
	f.CPU = &doc.CPU{Gathered: gathered, Model: a, Vendor: b, LogicalCores: 2, PhysicalCores: 1, Sockets: 2, Flags: []string{a, b}}
	f.Memory = &doc.Memory{Gathered: doc.Gathered{Error: &doc.FactError{Code: a, Message: b}}}
	f.Disks = &doc.Disks{
		Devices: map[string]doc.BlockDevice{a: {Type: b, SizeBytes: size, Parents: []string{a, b}, Name: a, Model: b, ReadOnly: true}},
		FileSystems: map[string]doc.FileSystem{
			a: {Device: b, Type: a, Options: []string{b}}, b: {Device: a, Type: b, SizeBytes: size},
		},
	}
	f.Users = &doc.Users{
		Accounts: map[string]doc.Account{a: {Gecos: b, Home: a, Shell: b}, b: {Home: b, Shell: a}},
		Groups:   map[string]doc.AccountGroup{b: {Members: []string{a, b}}},
	}
	f.Systemd = &doc.Systemd{
		State: doc.Present, Version: 1, FullVersion: a, DefaultTarget: b,
		Units: map[string]doc.Unit{a: {UnitFileState: b, Preset: a}},
	}
	f.Ports = &doc.Ports{Listening: []doc.Listener{listener}}
	f.Runs = &doc.Runs{
		Unfinished: &doc.UnfinishedRun{Plan: doc.Digest(a), BegunAt: b, Holder: a, Changes: 2, Begun: 1},
		Records: []doc.RunRecord{{
			Project: a, Plan: doc.Digest(b), Status: doc.HostStatus(a), StartedAt: a, FinishedAt: b, Holder: a, LeftOut: 1,
			Changes: []doc.RunChange{{Address: doc.NewAddress("file", a), Action: doc.Action(b), Status: doc.ChangeStatus(a), Backup: b}},
		}},
	}
	f.Now = doc.Now{
		Load: &doc.LoadAverages{Avg1: 1}, Disks: map[string]doc.DiskUse{b: {SizeBytes: size, UsedBytes: size, AvailableBytes: 1}, a + b: {}},
		Systemd: &doc.SystemdNow{SystemState: a, Units: map[string]doc.UnitNow{a: {ActiveState: "failed"}, b: {ActiveState: a, SubState: b}}},
		Ports:   []doc.ListenerNow{{Listener: listener, Processes: []doc.Process{{PID: 1, Name: a}, {PID: 2, Name: b}}}},
	}
}

// FuzzDocument shows whatever passes the door; a plan is sealed first, since
// its digest would refuse every change.
func FuzzDocument(f *testing.F) {
	for _, name := range []string{"plan", "report", "report_stale", "host", "host_groups", "package-lock", "config"} {
		raw, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := jsonx.Check("fuzz", raw)
		if err != nil {
			t.Skip()
		}
		if d.Schema() == string(doc.SchemaPlan) {
			if sum, err := jsonx.SumWithout(d.Raw, "digest"); err == nil {
				if d.Raw, err = jsonx.Splice(d.Raw, "digest", []byte(`"`+sum+`"`)); err != nil {
					t.Skip()
				}
			}
		}
		checkDocument(t, d)
	})
}
