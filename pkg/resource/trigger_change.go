package resource

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// Causes are those that the config names.
func (triggers) Causes(r doc.Resource) ([]doc.Address, error) {
	spec, err := readTrigger(r)
	return spec.On, err
}

// Command is that of an act which is one.
func (triggers) Command(r doc.Resource) string {
	if spec, err := readTrigger(r); err == nil && spec.Run != nil {
		return spec.typed()
	}
	return ""
}

// Compare finds what an earlier run has left undone.
func (t triggers) Compare(r doc.Resource, w World) (Difference, error) { return t.React(r, nil, w) }

// React is the act where causes call for it, or an earlier run does.
func (triggers) React(r doc.Resource, causes []doc.Address, w World) (Difference, error) {
	spec, err := readTrigger(r)
	if err != nil {
		return Difference{}, err
	}
	seen, observed := w.Facts.Observed[r.Address]
	switch {
	case !observed:
		return Difference{}, ErrNotObserved
	case seen.Error != nil:
		return Difference{}, seen.Error
	}
	found, err := readAttributes[triggerState](seen.Attributes)
	if err != nil {
		return Difference{}, fmt.Errorf("%s: its observation: %w", r.Address, err)
	}
	if len(causes) == 0 && !found.Pending {
		return Difference{}, nil
	}
	return Difference{
		Action: doc.Run, Reason: calledBy(causes, found.Pending),
		Before: attributes(triggerState{Pending: found.Pending}),
		After:  attributes(triggerState{Act: spec.Act, Causes: causes}),
	}, nil
}

// calledBy words what calls for an act.
func calledBy(causes []doc.Address, pending bool) string {
	const since = "pending since an earlier run"
	if len(causes) == 0 {
		return since
	}
	text := "called for by " + string(causes[0])
	if more := len(causes) - 1; more > 0 {
		text += fmt.Sprintf(", %d more", more)
	}
	if pending {
		text += ", and " + since
	}
	return text
}

// CausesOf are those that stand in the plan.
func (triggers) CausesOf(c doc.Change) ([]doc.Address, error) {
	after, err := readTriggerChange(c)
	return after.Causes, err
}

// CalledBy names the causes in what people read, too.
func (triggers) CalledBy(c doc.Change, causes []doc.Address) (doc.Change, error) {
	after, err := readTriggerChange(c)
	if err != nil {
		return c, err
	}
	after.Causes, after.GoesWith = causes, nil
	c.After, c.Reason = attributes(after), calledBy(causes, false)
	return c, nil
}

// Uncalled finds the act called for and leaves it so that it is not.
func (triggers) Uncalled(c doc.Change) doc.Change {
	c = turned(c, attributes(triggerState{Pending: true}), attributes(triggerState{}))
	c.Reason = "left out on the way back"
	return c
}

// Steps does each act by itself.
func (triggers) Steps(cs []doc.Change, _ Site) ([]Work, error) {
	var works []Work
	for _, c := range cs {
		after, err := readTriggerChange(c)
		if err != nil {
			return nil, err
		}
		if uncalls(c) {
			works = append(works, uncall(c.Address))
			continue
		}
		act, leaving := after.Act, ""
		if len(after.GoesWith) > 0 {
			leaving = "leaving"
		}
		args := []string{string(c.Address), leaving, "run"}
		switch {
		case act.Reload != "":
			args = append(args[:2], "reload", act.Reload)
		case act.Restart != "":
			args = append(args[:2], "restart", act.Restart)
		default:
			args = append(args, act.Run...)
		}
		works = append(works, Work{
			Name: act.String(), Changes: []doc.Address{c.Address}, Alone: true,
			Script: shell.New(actScript, args...),
			Read: func(r shell.Result) (Outcome, error) {
				if r.Status == actGone {
					return Outcome{Remarks: map[doc.Address]string{c.Address: after.gone()}}, nil
				}
				remark, err := act.outcome(r)
				return Outcome{Remarks: map[doc.Address]string{c.Address: remark}}, err
			},
		})
	}
	return works, nil
}

// uncall removes the mark of an act.
func uncall(a doc.Address) Work {
	return Work{
		Name: "call off " + string(a), Changes: []doc.Address{a}, Alone: true,
		Script: shell.New(`hk_mark_path "$1" && rm -f -- "$hk_mark"`, string(a)),
		Read: func(r shell.Result) (Outcome, error) {
			if r.Status != 0 {
				return Outcome{}, &Refusal{Code: "mark_stays", Message: "that it is called for can't be taken back: " + lastLine(r.Stderr)}
			}
			return Outcome{}, nil
		},
	}
}

// Undo does the act again, behind the changes that take its causes back: what reads
// them has to read what they were. What nothing but an earlier run called for has
// nothing to come behind. Of a command nobody knows what else it has done, so that is
// named as what stays.
func (triggers) Undo(c doc.Change, r *doc.ChangeReport) ([]doc.Change, error) {
	after, err := readTriggerChange(c)
	if err != nil || uncalls(c) {
		return nil, err
	}
	if begun := r == nil || r.Status == doc.ChangeDone || r.Status == doc.ChangeFailed || r.Status == doc.ChangeUnknown; begun && after.Run != nil {
		err = fmt.Errorf("no reverse of its command is known, so what that has done stays: %s", after.Act)
	}
	if len(after.Causes) == 0 {
		return nil, err
	}
	back := turned(c, attributes(triggerState{}), c.After)
	back.Action, back.Reason = doc.Run, calledBy(after.Causes, false)
	return []doc.Change{back}, err
}

// stillCalled is why nothing is lost when an act fails.
const stillCalled = "it stays called for: mend the cause, then apply the same plan again, or a new one"

// outcome reads what became of an act. The remark is what a person should know of
// one that went well.
func (a Act) outcome(r shell.Result) (remark string, err error) {
	service := a.Reload + a.Restart
	said := lastLine(r.Stderr)
	refused := func(code, message string) (string, error) {
		return "", &Refusal{Code: code, Message: message, Hint: stillCalled}
	}
	switch {
	case r.Status == 0:
		return "", nil
	case r.Status == actUnmarked && strings.HasPrefix(said, "rm:"):
		return refused("mark_stays", "it is done, and can't be noted as done: "+said)
	case service == "" || r.Status < actIdle || r.Status > actRefused:
		if said == "" {
			return refused("act_failed", fmt.Sprintf("exit status %d", r.Status))
		}
		return refused("act_failed", fmt.Sprintf("exit status %d: %s", r.Status, said))
	case r.Status == actIdle:
		return fmt.Sprintf("%s does not run (%s), so there was nothing to %s", service, lastLine(r.Stdout), a.verb()), nil
	case r.Status == actNoManager:
		return refused("no_service_manager", "the host has neither systemd, OpenRC nor the command service to "+a.verb()+" "+service)
	case r.Status == actNoService:
		return refused("no_service", "the host has no service "+service)
	}
	why := managersReason(r.Stderr)
	if why == "" {
		why = "the service manager did not say why"
	}
	hint := stillCalled
	if test := settingsTest[strings.TrimSuffix(service, ".service")]; test != "" {
		hint += "; " + test + " on the host tests its files"
	}
	hint += fmt.Sprintf("; with systemd, systemctl status %[1]s and journalctl -u %[1]s on the host tell more", service)
	return "", &Refusal{Code: "act_failed", Message: "it can't " + a.String() + ": " + why, Hint: hint}
}

// settingsTest is what tells which line of its files a service does not take, of those
// whose service manager as a rule does not.
var settingsTest = map[string]string{
	"apache2": "apachectl configtest",
	"bind9":   "named-checkconf",
	"haproxy": "haproxy -c -f /etc/haproxy/haproxy.cfg",
	"httpd":   "apachectl configtest",
	"named":   "named-checkconf",
	"nginx":   "nginx -t",
	"postfix": "postfix check",
	"ssh":     "sshd -t",
	"sshd":    "sshd -t",
	"unbound": "unbound-checkconf",
}

// verb is what happens to a service.
func (a Act) verb() string {
	if a.Reload != "" {
		return "reload"
	}
	return "restart"
}

// managersReason is the last line that says why: systemctl ends with where to look
// ("See system logs and …", "See "systemctl status …" and …").
func managersReason(stderr []byte) string {
	lines := bytes.Split(bytes.TrimSpace(stderr), []byte("\n"))
	for len(lines) > 1 && bytes.HasPrefix(lines[len(lines)-1], []byte("See ")) {
		lines = lines[:len(lines)-1]
	}
	return lastLine(bytes.Join(lines, []byte("\n")))
}

// lastLine is the last line of an output that says something.
func lastLine(output []byte) string {
	lines := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
	return strings.ToValidUTF8(string(bytes.TrimSpace(lines[len(lines)-1])), "\uFFFD")
}

// Unforeseen is what becomes of the act.
func (triggers) Unforeseen(cs []doc.Change) map[doc.Address]string {
	return ofEach(slices.DeleteFunc(slices.Clone(cs), uncalls), "whether it succeeds is known when it is done")
}
