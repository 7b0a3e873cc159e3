package resource

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The service managers of these tests are scripts that record how they are called
// and answer as the real ones do; systemctl's answers are those of systemd 252.
const (
	fakeSystemctl = `#!/bin/sh
echo "systemctl $*" >>"$0.calls"
for unit; do :; done
case "$1 $unit" in
daemon-reload*) echo yes >"$0.reloaded" ;;
*bus*) echo 'Failed to connect to bus: No such file or directory' >&2; exit 1 ;;
show*)
	load=loaded active=active sub=running changed=no
	case $unit in
	nginx) [ -e "$0.reloaded" ] || changed=yes ;;
	new.service) [ -e "$0.reloaded" ] || { load=not-found active=inactive; } ;;
	typo) load=not-found active=inactive ;;
	stopped) active=inactive ;;
	crashed) active=failed ;;
	masked) load=masked ;;
	dies) [ ! -e "$0.begun" ] || active=failed sub=failed ;;
	again) [ ! -e "$0.begun" ] || active=activating sub=auto-restart ;;
	esac
	printf 'LoadState=%s\nActiveState=%s\nSubState=%s\nNeedDaemonReload=%s\n' "$load" "$active" "$sub" "$changed"
	;;
status*) echo 'app.service: main process exited'; echo 'Warning: some logs are missing' >&2; exit 3 ;;
*fails*)
	echo 'Job for fails.service failed because the control process exited with error code.' >&2
	echo 'See "systemctl status fails.service" and "journalctl -xeu fails.service" for details.' >&2
	exit 1
	;;
restart*) rm -f "$0.begun" ;;
try-restart*) echo yes >"$0.begun" ;;
esac
`
	fakeService = `#!/bin/sh
echo "${0##*/} $*" >>"$0.calls"
[ "$1" != --exists ] || case $2 in typo) exit 1 ;; *) exit 0 ;; esac
case "$1 $2" in
'stopped status') echo ' * status: stopped'; exit 3 ;;
'fails reload') echo 'invalid configuration' >&2; exit 1 ;;
esac
`
)

// served is what becomes of an act, and how the service manager was called for it.
type served struct{ act, message, code, calls string }

func TestServicesOfATrigger(t *testing.T) {
	needRoot(t)
	const show = "systemctl show --property=LoadState --property=ActiveState --property=SubState --property=NeedDaemonReload --property=MainPID -- "
	const gone = "the host has the service typo no more, since the plan removes package:app and 1 more, so there was nothing to reload"
	const status = "systemctl status --no-pager --full --lines=10 -- "
	for name, test := range map[string]struct {
		prepare, tool, fake string
		served              []served
	}{
		"systemd": {
			`mkdir -p /run/systemd/system /run/openrc`, "systemctl", fakeSystemctl, []served{
				{"reload nginx", "", "", show + "nginx\nsystemctl daemon-reload\n" + show + "nginx\nsystemctl reload -- nginx\n" + show + "nginx\n"},
				{"restart app.service", "", "", show + "app.service\nsystemctl try-restart -- app.service\n" + show + "app.service\n"},
				{"restart new.service", "", "", show + "new.service\nsystemctl daemon-reload\n" + show + "new.service\nsystemctl try-restart -- new.service\n" + show + "new.service\n"},
				{"reload stopped", "stopped does not run (inactive), so there was nothing to reload", "", show + "stopped\n"},
				{"restart crashed", "crashed does not run (failed), so there was nothing to restart", "", show + "crashed\n"},
				{"reload typo", "the host has no service typo", "no_service", show + "typo\nsystemctl daemon-reload\n" + show + "typo\n"},
				{"reload typo on the way back", gone, "", show + "typo\nsystemctl daemon-reload\n" + show + "typo\n"},
				{
					"reload fails", "it can't reload fails: Job for fails.service failed because the control process exited with error code.", "act_failed",
					show + "fails\nsystemctl reload -- fails\n" + status + "fails\n",
				},
				{"restart masked", "it can't restart masked: the unit is masked", "act_failed", show + "masked\n"},
				{
					"restart dies", "it can't restart dies: it failed as soon as it was begun", "act_failed",
					show + "dies\nsystemctl try-restart -- dies\n" + show + "dies\n" + status + "dies\n",
				},
				{
					"restart again", "it can't restart again: it failed as soon as it was begun", "act_failed",
					show + "again\nsystemctl try-restart -- again\n" + show + "again\n" + status + "again\n",
				},
				{"reload bus", "it can't reload bus: Failed to connect to bus: No such file or directory", "act_failed", show + "bus\n"},
			},
		},
		"OpenRC": {
			`mkdir /run/openrc`, "rc-service", fakeService, []served{
				{"reload nginx", "", "", "rc-service --exists nginx\nrc-service nginx status\nrc-service nginx reload\n"},
				{"restart app.service", "", "", "rc-service --exists app\nrc-service app status\nrc-service app restart\n"},
				{"restart stopped", "stopped does not run (stopped), so there was nothing to restart", "", "rc-service --exists stopped\nrc-service stopped status\n"},
				{"reload typo", "the host has no service typo", "no_service", "rc-service --exists typo\n"},
				{"reload typo on the way back", gone, "", "rc-service --exists typo\n"},
				{"reload fails", "it can't reload fails: invalid configuration", "act_failed", "rc-service --exists fails\nrc-service fails status\nrc-service fails reload\n"},
			},
		},
		"System V": {
			`mount -t tmpfs none /etc/init.d; for name in nginx stopped fails; do : >/etc/init.d/$name; chmod +x /etc/init.d/$name; done`, "service", fakeService, []served{
				{"reload nginx.service", "", "", "service nginx status\nservice nginx reload\n"},
				{"reload stopped", "stopped does not run (stopped), so there was nothing to reload", "", "service stopped status\n"},
				{"reload typo", "the host has no service typo", "no_service", ""},
				{"reload typo on the way back", gone, "", ""},
				{"reload fails", "it can't reload fails: invalid configuration", "act_failed", "service fails status\nservice fails reload\n"},
			},
		},
		"nobody": {
			`:`, "nothing", fakeService, []served{
				{"reload nginx", "the host has neither systemd, OpenRC nor the command service to reload nginx", "no_service_manager", ""},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, sh := range wantedShells() {
				t.Run(sh, func(t *testing.T) {
					t.Parallel()
					tool := filepath.Join(publicFolder(t), test.tool)
					if err := os.WriteFile(tool, []byte(test.fake), 0o755); err != nil {
						t.Fatal(err)
					}
					// This machine's own service managers are not looked for.
					path := filepath.Dir(tool) + ":" + shellFolder(t, "busybox")
					h := newTestHostIn(t, sh, path, "/usr/bin/unshare", "--mount")
					stateOf(h)
					h.mustRun("mount -t tmpfs none /run; " + test.prepare)
					for _, s := range test.served {
						h.serves(s, tool)
					}
				})
			}
		})
	}
}

// serves does an act that is called for and compares what becomes of it.
func (h *testHost) serves(want served, tool string) {
	h.t.Helper()
	act, leaving := strings.CutSuffix(want.act, " on the way back")
	verb, service, _ := strings.Cut(act, " ")
	more := ""
	if leaving {
		more = `,"goes_with":["package:app","package:more"]`
	}
	c := runChange(want.act, `{"pending":false,"`+verb+`":"`+service+`"`+more+`}`)
	h.mark(c.Address)
	_, _, _ = os.Remove(tool+".calls"), os.Remove(tool+".reloaded"), os.Remove(tool+".begun")
	o, err := h.act(c)
	calls, _ := os.ReadFile(tool + ".calls")
	got := served{want.act, o.Remarks[c.Address], code(err), string(calls)}
	if err != nil {
		got.message = err.Error()
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(served{})); diff != "" {
		h.t.Error(diff)
	}
	var refusal *Refusal
	if want.code == "act_failed" && (!errors.As(err, &refusal) || !strings.Contains(refusal.Hint, "journalctl -u "+strings.Fields(want.act)[1]+" ")) {
		h.t.Errorf("%s: the hint does not say where to look: %v", want.act, refusal)
	}
	if stays := h.pendingOn(c); stays != (want.code != "") {
		h.t.Errorf("%s: it stays pending: %t", want.act, stays)
	}
}

// A service that an act has failed to restart is down for it: the act does not take
// that for one that nobody wants to run, and the mark that stays says so.
func TestAServiceThatFailedToRestartIsBegunAgain(t *testing.T) {
	needRoot(t)
	for _, sh := range wantedShells() {
		t.Run(sh, func(t *testing.T) {
			t.Parallel()
			tool := filepath.Join(publicFolder(t), "systemctl")
			if err := os.WriteFile(tool, []byte(fakeSystemctl), 0o755); err != nil {
				t.Fatal(err)
			}
			h := newTestHostIn(t, sh, filepath.Dir(tool)+":"+shellFolder(t, "busybox"), "/usr/bin/unshare", "--mount")
			stateOf(h)
			h.mustRun("mount -t tmpfs none /run; mkdir -p /run/systemd/system")
			c := runChange("restart dies", `{"pending":false,"restart":"dies"}`)
			h.mark(c.Address)
			if _, err := h.act(c); code(err) != "act_failed" {
				t.Fatal(err)
			}
			o, err := h.act(c)
			calls, _ := os.ReadFile(tool + ".calls")
			if err != nil || o.Remarks[c.Address] != "" || !strings.Contains(string(calls), "\nsystemctl restart -- dies\n") || h.pendingOn(c) {
				t.Errorf("%v %q\n%s", err, o.Remarks[c.Address], calls)
			}
		})
	}
}
