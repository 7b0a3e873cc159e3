package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/tidwall/gjson"

	"hostkit/pkg/transport/sshtest"
)

const stallPassword = "the password of stalls"

// troubled is a host that an operator may meet, and what hk-facts says of it.
type troubled struct {
	name    string
	options sshtest.Options
	code    string
	// phase stands in the message.
	phase string
}

func stalled(name string, stage sshtest.Stage, phase string) troubled {
	return troubled{name, sshtest.Options{Fault: func(int) sshtest.Fault { return sshtest.Fault{Stall: stage} }}, "timeout", phase}
}

func scripted(name, code, phase string, script func(*sshtest.Peer)) troubled {
	return troubled{name, sshtest.Options{Script: script}, code, phase}
}

var farewell = sshtest.Packet(sshtest.MsgDisconnect, uint32(11), "go \x1b]0;away\x07\u202e", "")

var troubles = []troubled{
	stalled("accept", sshtest.StageAccept, "key exchange with"),
	stalled("version", sshtest.StageVersion, "key exchange with"),
	stalled("algorithms", sshtest.StageAlgorithms, "key exchange with"),
	stalled("keys", sshtest.StageKeyExchange, "login on"),
	stalled("service", sshtest.StageService, "login on"),
	stalled("login", sshtest.StageLogin, "login on"),
	stalled("channel", sshtest.StageChannel, "shell on"),
	stalled("exec", sshtest.StageExec, "shell on"),
	stalled("output", sshtest.StageOutput, "shell on"),
	scripted("babble", "unreachable", "key exchange with", func(p *sshtest.Peer) {
		p.Write([]byte("HTTP/1.0 400 \x1b[2J\r\n" + strings.Repeat("\x1b[2J", 1000) + "\r\n"))
		p.Write([]byte(strings.Repeat("x", 1<<20)))
		p.Hang()
	}),
	scripted("farewell", "login_refused", "login as", func(p *sshtest.Peer) {
		p.Version()
		p.KeyExchange()
		p.Service()
		p.Send(farewell)
		p.Hang()
	}),
	scripted("gone", "session_closed", "lost", func(p *sshtest.Peer) {
		p.Shell()
		p.Send(farewell)
		p.Hang()
	}),
}

// floods are hosts that say more than a run may take of memory.
var floods = []troubled{
	scripted("flood", "unreachable", "key exchange with", func(p *sshtest.Peer) {
		for range 10 << 10 {
			p.Write([]byte(strings.Repeat("welcome\r\n", 1000)))
		}
		p.Hang()
	}),
	scripted("banners", "timeout", "login on", func(p *sshtest.Peer) {
		p.Version()
		p.KeyExchange()
		p.Service()
		sendMuch(p, sshtest.Packet(sshtest.MsgUserAuthBanner, strings.Repeat("b\x1b", 100_000), ""))
	}),
	scripted("requests", "timeout", "shell on", func(p *sshtest.Peer) {
		p.Version()
		p.KeyExchange()
		p.Login()
		sendMuch(p, sshtest.Packet(sshtest.MsgGlobalRequest, strings.Repeat("r", 100_000), false))
	}),
}

// sendMuch sends a packet until 64 MiB have gone out.
func sendMuch(p *sshtest.Peer, packet []byte) {
	for range 64 << 20 / len(packet) {
		p.Send(packet)
	}
	p.Hang()
}

// A run over hosts that stall in every phase, and worse: each is given up within
// its phase's limit, which the message names; the others don't suffer; and stdout
// carries the documents alone.
func TestHostsThatStallInEveryPhase(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	hosts := object{}
	add := func(name string, o sshtest.Options) {
		o.Password = stallPassword
		server, err := sshtest.Start(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		known := filepath.Join(folder, name)
		if err := server.WriteKnownHosts(known); err != nil {
			t.Fatal(err)
		}
		hosts[name] = object{"hostname": "127.0.0.1", "user": "me", "ssh": object{
			"port": server.Port(), "known_hosts": known, "use_config": false, "use_agent": false,
			"password": object{"$secret": object{"env": "HOSTKIT_STALL_PASSWORD"}},
		}}
	}
	add("well", sshtest.Options{})
	troubles := slices.Concat(troubles, floods)
	for _, trouble := range troubles {
		add(trouble.name, trouble.options)
	}
	config, err := json.Marshal(object{"schema": "hostkit.config/v1", "project": "stalls", "hosts": hosts, "services": object{}})
	if err != nil {
		t.Fatal(err)
	}
	i := invocation{stdin: config, dir: folder, env: []string{"HOSTKIT_STALL_PASSWORD=" + stallPassword}}
	i.stdin = run(t, i, "hk-eval", "-").stdout
	o, peak := measured(t, i, "hk-facts", "--all", "--parallel", strconv.Itoa(len(hosts)))
	if o.exit != 4 {
		t.Errorf("exit status\n%s", o)
	}
	t.Logf("%d hosts: %d MiB, %s", len(hosts), peak>>20, o.took.Round(time.Millisecond))
	if peak > peakLimit {
		t.Errorf("it takes %d MiB, more than %d", peak>>20, peakLimit>>20)
	}
	errors := map[string]gjson.Result{}
	gjson.ForEachLine(string(o.stdout), func(document gjson.Result) bool {
		name := document.Get("host.name").Str
		errors[name] = document.Get("error")
		if (name == "well") != document.Get("facts.identity").Exists() {
			t.Errorf("facts of %s: %s", name, document.Get("facts").Raw)
		}
		return true
	})
	if len(errors) != len(hosts) || errors["well"].Exists() {
		t.Errorf("%d documents of %d\n%s", len(errors), len(hosts), o)
	}
	for _, trouble := range troubles {
		said := errors[trouble.name]
		if said.Get("code").Str != trouble.code || said.Get("exit").Int() != 4 || !strings.Contains(said.Get("message").Str, trouble.phase) {
			t.Errorf("%s: %s", trouble.name, said.Raw)
		}
		if onStderr(o.stderr, trouble) == "" {
			t.Errorf("stderr says nothing of %s with %q\n%s", trouble.name, trouble.phase, o)
		}
	}
	checkStderr(t, o)
}

// onStderr is the line about a host that names the phase.
func onStderr(stderr string, trouble troubled) string {
	for line := range strings.Lines(stderr) {
		if strings.Contains(line, fmt.Sprintf("%s:", trouble.name)) && strings.Contains(line, trouble.phase) {
			return line
		}
	}
	return ""
}

func checkStderr(t *testing.T, o outcome) {
	t.Helper()
	if strings.Contains(o.String(), stallPassword) {
		t.Errorf("the password is told\n%q", o)
	}
	if strings.ContainsFunc(o.stderr, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		t.Errorf("it would reach the terminal: %q", o.stderr)
	}
	if strings.Contains(o.stderr, "EOF") || len(o.stderr) > 64<<10 {
		t.Errorf("not for people: %q", o.stderr)
	}
}
