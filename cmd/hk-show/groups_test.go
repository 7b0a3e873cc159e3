package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/jsonx"
)

// planOf is a plan of a host with these changes, as hk-plan writes it.
func planOf(t *testing.T, host string, changes ...string) string {
	t.Helper()
	raw := fmt.Sprintf(`{"schema":"hostkit.plan/v1","project":"p","tool":"t","host":{"name":%q,"hostname":"h","user":"root","ssh":{"use_config":false}},
		"target":{"identity":{"arch":"x86_64"},"os":{"id":"debian","version_id":"12"}},"changes":[%s],"unchanged":[],
		"summary":{"create":0,"update":0,"delete":0,"unknown":0,"no_op":0}}`, host, strings.Join(changes, ","))
	sum, err := jsonx.SumWithout([]byte(raw), "digest")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(raw, "}") + fmt.Sprintf(`,"digest":%q}`, sum) + "\n"
}

func fileChange(name, action, before, after string) string {
	return fmt.Sprintf(`{"address":"file:%s","kind":"file","service":"s","action":%q,"reason":"r","before":%s,"after":%s,"depends_on":[],"declared_at":"c"}`,
		name, action, before, after)
}

var (
	created = fileChange("/etc/a", "create", `{"state":"absent"}`, `{"state":"present","content":"a\n"}`)
	drifted = fileChange("/etc/b", "update", `{"state":"present","content":"old\n"}`, `{"state":"present","content":"new\n"}`)
	other   = fileChange("/etc/b", "update", `{"state":"present","content":"odd\n"}`, `{"state":"present","content":"new\n"}`)
	removed = fileChange("/etc/c", "delete", `{"state":"present","mode":"0644"}`, `{"state":"absent"}`)
)

// grouped is what stands behind the last head and before the total.
func grouped(t *testing.T, o outcome) string {
	t.Helper()
	_, text, found := strings.Cut(o.Stdout, "\nchanges of ")
	text, _, _ = strings.Cut(text, "\ntotal: ")
	if !found || o.Exit != 0 || o.Stderr != "" {
		t.Fatalf("%+v", o)
	}
	return text
}

func TestTheSameChangeOfManyHostsIsShownOnce(t *testing.T) {
	stream := planOf(t, "web1", created, drifted, removed) + planOf(t, "web2", created, other) + planOf(t, "web3", drifted, created, removed)
	want := `3 hosts
  DELETES    file:/etc/c  on 2 hosts

all 3 hosts: web1, web2, web3
  + create   file:/etc/a  (r)
      content
        + a

2 of 3 hosts: web1, web3
  ~ update   file:/etc/b  (r)
      content
        @@ -1,1 +1,1 @@
        - old
        + new
  - DELETE   file:/etc/c  mode 0644  (r)

1 of 3 hosts: web2
  ~ update   file:/etc/b  (r)
      content
        @@ -1,1 +1,1 @@
        - odd
        + new
`
	got := run(t, stream)
	if diff := cmp.Diff(want, grouped(t, got)); diff != "" {
		t.Error(diff)
	}
	// Every host stands above with what is its own.
	for _, host := range []string{"web1", "web2", "web3"} {
		if strings.Count(got.Stdout, "\n"+host+"  plan  ")+strings.Count(got.Stdout[:len(host)+7], host+"  plan ") != 1 {
			t.Errorf("%s has no head of its own:\n%s", host, got.Stdout)
		}
	}
	if n := strings.Count(got.Stdout, "  digest sha256:"); n != 3 {
		t.Errorf("%d digests:\n%s", n, got.Stdout)
	}
}

// A config that was given twice, or one host's plans of two days, are one host.
func TestAHostWithSeveralPlansIsOneHost(t *testing.T) {
	stream := planOf(t, "web1", created, drifted) + planOf(t, "web2", created) + planOf(t, "web1", removed, created)
	want := `2 hosts
  SEVERAL    web1 has 2 plans
  DELETES    file:/etc/c  on 1 host

all 2 hosts: web1, web2
  + create   file:/etc/a  (r)
      content
        + a

1 of 2 hosts: web1
  ~ update   file:/etc/b  (r)
      content
        @@ -1,1 +1,1 @@
        - old
        + new
  - DELETE   file:/etc/c  mode 0644  (r)
`
	if diff := cmp.Diff(want, grouped(t, run(t, stream))); diff != "" {
		t.Error(diff)
	}
	got := run(t, stream, "--summary")
	if !strings.HasPrefix(got.Stdout, "1 of 2 hosts: ") || !strings.Contains(got.Stdout, "\n  3 plans: ") {
		t.Errorf("%s", got.Stdout)
	}
	got = run(t, reportOf("a", "failed", "failed", "2026-11-22T20:40:41Z")+reportOf("a", "applied", "done", "2026-11-22T20:41:41Z"), "--summary")
	if !strings.HasPrefix(got.Stdout, "1 host: FAILED") || !strings.Contains(got.Stdout, "\n1 host: applied") {
		t.Errorf("%s", got.Stdout)
	}
}

func TestManyHostsOfAGroupAreCounted(t *testing.T) {
	var stream strings.Builder
	for i := range 37 {
		stream.WriteString(planOf(t, fmt.Sprintf("web%02d", i), created))
	}
	text := grouped(t, run(t, stream.String()))
	if !strings.Contains(text, "\nall 37 hosts: web00, web01, ") || !strings.Contains(text, "and 27 more\n") || strings.Contains(text, "web10") {
		t.Error(text)
	}
	if text = grouped(t, run(t, stream.String(), "--full")); !strings.Contains(text, "web36") || strings.Contains(text, "more") {
		t.Error(text)
	}
}

// One plan looks as it does alone, whatever else stands in the stream.
func TestAPlanAloneIsShownWhole(t *testing.T) {
	alone := run(t, planOf(t, "web1", created, removed)).Stdout
	for _, stream := range []string{
		planOf(t, "web1", created, removed) + lock, lock + planOf(t, "web1", created, removed),
		report + planOf(t, "web1", created, removed) + event,
	} {
		if got := run(t, stream).Stdout; !strings.Contains(got, alone) || strings.Contains(got, "changes of") {
			t.Errorf("%s\nhas no\n%s", got, alone)
		}
	}
}

// What stands between two plans is shown between their heads.
func TestTheOrderOfTheStreamStays(t *testing.T) {
	got := run(t, planOf(t, "web1", created)+unreachable+planOf(t, "web2", created)+lock)
	at := -1
	for _, text := range []string{"web1  plan", "b  host", "web2  plan", "package lock", "changes of 2 hosts", "all 2 hosts: web1, web2", "total: "} {
		next := strings.Index(got.Stdout, text)
		if next < at {
			t.Errorf("%q is not in its place:\n%s", text, got.Stdout)
		}
		at = next
	}
	if got.Exit != 4 {
		t.Errorf("exit %d", got.Exit)
	}
}

func reportOf(host, status, change, finished string) string {
	failure := ""
	if status == "failed" {
		failure = `,"error":{"stage":"hk-apply","code":"change_failed","message":"the disk is full","exit":1}`
	}
	return fmt.Sprintf(`{"schema":"hostkit.report/v1","project":"p","host":{"name":%q},"status":%q,"verified":%t,
		"changes":[{"address":"file:/etc/a","action":"create","status":%q}],
		"started_at":"2026-11-22T20:40:35Z","finished_at":%q%s}`+"\n", host, status, status == "applied", change, finished, failure)
}

func TestReportsAreGrouped(t *testing.T) {
	stream := reportOf("web1", "applied", "done", "2026-11-22T20:40:41Z") + reportOf("db1", "failed", "failed", "2026-11-22T20:40:42Z") +
		reportOf("web2", "applied", "done", "2026-11-22T20:40:45Z")
	want := `2 of 3 hosts: applied and verified
  on web1, web2

  done          create   file:/etc/a

  report: 1 done

1 of 3 hosts: FAILED
  on db1
  error      hk-apply: the disk is full
  code       change_failed, exit 1

  FAILED        create   file:/etc/a

  report: 1 FAILED

total: 3 documents
  3 reports: 2 applied, 1 FAILED
  1 FAILED, the first is db1: the disk is full
`
	if diff := cmp.Diff(outcome{1, want, ""}, run(t, stream)); diff != "" {
		t.Error(diff)
	}
	want = `2 of 3 hosts: applied and verified: 1 done
  on web1, web2

1 of 3 hosts: FAILED: 1 FAILED: the disk is full
  on db1
`
	if got := run(t, stream, "--summary").Stdout; !strings.HasPrefix(got, want+"\ntotal: ") {
		t.Error(got)
	}
}

func TestSummary(t *testing.T) {
	want := `web1  plan  h · debian 12 · x86_64
  DELETES    file:/etc/c
  plan: 1 to create, 0 to update, 1 to DELETE, 0 unchanged
`
	if got := run(t, planOf(t, "web1", created, removed), "--summary").Stdout; !strings.HasPrefix(got, want) || strings.Contains(got, "content") {
		t.Error(got)
	}
	want = `2 of 3 hosts: 1 to create, 0 to update, 1 to DELETE, 0 unchanged
  on web1, web3
  DELETES    file:/etc/c

1 of 3 hosts: 1 to create, 1 to update, 0 to delete, 0 unchanged
  on web2
`
	stream := planOf(t, "web1", created, removed) + planOf(t, "web2", created, drifted) + planOf(t, "web3", removed, created)
	if got := run(t, stream, "--summary").Stdout; !strings.HasPrefix(got, want+"\ntotal: ") {
		t.Error(got)
	}
	if got := run(t, unreachable, "--summary"); got.Exit != 4 || got.Stdout != "b  host  no hostname\n  error      hk-facts: no route\n  code       unreachable, exit 4\n" {
		t.Errorf("%+v", got)
	}
	if got := run(t, report, "--summary", "--full"); got.Exit != 2 || got.Stdout != "" {
		t.Errorf("%+v", got)
	}
}
