package resource

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/shell"
)

// Trigger is something done once, behind all the changes that call for it: a
// service is reloaded, a command is run. The name of the member is for people.
//
// That it is called for is noted on the host before the first of these changes is
// made, and until it is done: whatever goes wrong in between, it is not
// forgotten.
type Trigger struct {
	Act
	// On are the addresses of the resources whose changes call for it:
	// "file:/etc/nginx/nginx.conf", "package:nginx". A pattern with *, ? and [a-z]
	// stands for all resources of the host that it matches; * matches no slash:
	// "file:/etc/nginx/conf.d/*".
	On []doc.Address `json:"on"`
	// DependsOn are addresses of resources that must be in place before.
	DependsOn []doc.Address `json:"depends_on,omitzero" called:"dependencies depends needs require requires after"`
}

// Act is what is done. Exactly one of its members is given.
type Act struct {
	// Reload is a service that reads its files again: "nginx". One that does not run
	// is left so; it reads them when it is started.
	Reload string `json:"reload,omitzero" like:"nginx"`
	// Restart is a service that is stopped and started: "app.service". One that does
	// not run is not started.
	Restart string `json:"restart,omitzero" like:"nginx"`
	// Run is a command as an argument list, the absolute path of a program and its
	// arguments, run without a shell, in the folder /. It may be run twice where the
	// host is cut off in the middle of it.
	Run Command `json:"run,omitzero" called:"command cmd exec"`
}

// longestRun is how many bytes a command may have; a host takes 128 KiB at least,
// its environment included (execve(2)).
const longestRun = 64 << 10

// unitName is what a service may be called: what systemd takes for the name of a
// unit (systemd.unit(5)), without a beginning that a command could misunderstand.
// A service of another service manager has a part of these characters.
var unitName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9:_.\\@-]{0,254}$`)

// String is the act for people: "reload nginx", "run /usr/bin/newaliases".
func (a Act) String() string {
	switch {
	case a.Reload != "":
		return "reload " + a.Reload
	case a.Restart != "":
		return "restart " + a.Restart
	}
	text := "run"
	for _, word := range a.Run {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r == '"' || r == '\'' || r == '\\' }) {
			word = strconv.Quote(word)
		}
		text += " " + word
	}
	return text
}

// typed is the command as it is typed into a shell.
func (a Act) typed() string {
	words := make([]string, len(a.Run))
	for i, word := range a.Run {
		words[i] = shell.TypedWord(word)
	}
	return strings.Join(words, " ")
}

// fault is what is wrong with an act, and the member that it is wrong with.
type fault struct{ member, message, hint string }

// given is how many things an act says to do.
func (a Act) given() (n int) {
	for _, there := range []bool{a.Reload != "", a.Restart != "", a.Run != nil} {
		if there {
			n++
		}
	}
	return n
}

// fault is the first that is wrong; its message is empty where nothing is.
func (a Act) fault() fault {
	given := a.given()
	const hint = `give one of "reload", "restart" and "run"`
	switch {
	case given == 0:
		return fault{"", "it does not say what is to be done", hint}
	case given > 1:
		return fault{"", "it says several things to do", "give one of reload, restart and run; another one is a trigger of its own"}
	case a.Reload != "" && !unitName.MatchString(a.Reload):
		return fault{"reload", fmt.Sprintf("%q is not the name of a service", a.Reload), ""}
	case a.Restart != "" && !unitName.MatchString(a.Restart):
		return fault{"restart", fmt.Sprintf("%q is not the name of a service", a.Restart), ""}
	case a.Run != nil:
		return faultOfRun(a.Run)
	}
	return fault{}
}

func faultOfRun(run []string) fault {
	bytes := 0
	for _, word := range run {
		bytes += len(word) + 1
	}
	switch {
	case len(run) == 0:
		return fault{"run", "the command has no words", `give a list like ["/usr/bin/newaliases"]`}
	case strings.Contains(strings.Join(run, ""), "\x00"):
		return fault{"run", "a word of the command holds a NUL byte", ""}
	case bytes > longestRun:
		return fault{"run", fmt.Sprintf("the command has %d bytes, more than %d", bytes, longestRun), "let it stand in a file of the config, and run that"}
	case !strings.HasPrefix(run[0], "/") || path.Clean(run[0]) != run[0] || run[0] == "/":
		return fault{"run", fmt.Sprintf("%q is not the absolute path of a program", run[0]), insteadOf(run)}
	}
	return fault{}
}

// triggerSpec is a trigger in a resource.
type triggerSpec struct {
	Act
	On []doc.Address `json:"on"`
}

// triggers is the kind `trigger`, whose resources are acts.
type triggers struct{}

// triggerKind is its name.
const triggerKind = "trigger"

// callsFor is the reason of an edge from an act to what calls for it.
const callsFor = "calls for it"

func (triggers) Name() string { return triggerKind }

func (triggers) Section() Section {
	return Section{Member: "triggers", Called: "trigger handlers handler", Shape: map[string]Trigger{}, Example: `{"reload-nginx": {"reload": "nginx", "on": ["package:nginx"]}}`}
}

func (triggers) Expand(section doc.Raw, _ Files) ([]Declared, []Problem) {
	common := func(t Trigger) Common { return Common{DependsOn: t.DependsOn} }
	return expandNamed(section, checkTriggerName, common, func(name string, t Trigger, ps *problems) any {
		if f := t.fault(); f.message != "" {
			at := []string{name}
			if f.member != "" {
				at = append(at, f.member)
			}
			ps.add(f.message, f.hint, at...)
		}
		if len(t.On) == 0 {
			ps.add("nothing calls for it", `give the resources whose changes do: "on": ["file:/etc/aliases"]`, name, "on")
		}
		for i, a := range t.On {
			if a.Kind() == triggerKind {
				ps.add("a trigger is called for by changes, not by another trigger",
					"name what calls for the other one; what comes first is for depends_on", name, "on", strconv.Itoa(i))
			}
		}
		return triggerSpec{Act: t.Act, On: t.On}
	})
}

func checkTriggerName(name string) (message, hint string) {
	if name == "" || len(name) > 255 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Sprintf("%q is not a name for a trigger", name), "it is up to 255 bytes of text on one line"
	}
	return "", ""
}

// Ties puts an act behind all that may call for it.
func (triggers) Ties(r doc.Resource) Ties {
	var spec triggerSpec
	_ = decodeSpec(r, &spec)
	return Ties{Follows: Follows{Addresses: spec.On, Member: "on", Reason: callsFor}}
}

// readTrigger reads a resource of a document, which may come from anywhere.
func readTrigger(r doc.Resource) (triggerSpec, error) {
	var spec triggerSpec
	if err := decodeSpec(r, &spec); err != nil {
		return spec, err
	}
	if f := spec.fault(); f.message != "" {
		return spec, fmt.Errorf("%s: %s", r.Address, f.message)
	}
	if strings.Contains(r.Name, "\x00") {
		return spec, fmt.Errorf("%q holds a NUL byte", r.Address)
	}
	return spec, nil
}

// triggerState is a side of a change of an act, and what a probe finds.
type triggerState struct {
	// Pending says that the act is called for and not done.
	Pending bool `json:"pending"`
	Act
	// Causes are the changes of the plan that call for it.
	Causes []doc.Address `json:"causes,omitzero"`
	// GoesWith are the changes of a way back that may remove the service or the program
	// that the act needs. There is nothing to do then.
	GoesWith []doc.Address `json:"goes_with,omitzero"`
}

// uncalls reports whether a change does nothing but take back that its act is called
// for.
func uncalls(c doc.Change) bool { return c.Action == doc.Update }

// readTriggerChange reads the side of a change that says what is to be done: nothing,
// where the change only takes back that the act is called for.
func readTriggerChange(c doc.Change) (triggerState, error) {
	var after triggerState
	if err := jsonx.UnmarshalPart(c.After, "/after", &after); err != nil {
		return after, fmt.Errorf("%s: %w", c.Address, err)
	}
	f := after.fault()
	switch {
	case uncalls(c) && (after.given() > 0 || len(after.Causes) > 0):
		return after, fmt.Errorf("%s: a trigger can be run, not updated", c.Address)
	case f.message != "" && !uncalls(c):
		return after, fmt.Errorf("%s: %s", c.Address, f.message)
	case strings.Contains(string(c.Address), "\x00"):
		return after, fmt.Errorf("%q holds a NUL byte", c.Address)
	case c.Action != doc.Run && !uncalls(c) || after.Pending:
		return after, fmt.Errorf("%s: a trigger can be run, not %sd", c.Address, strings.TrimSuffix(string(c.Action), "e"))
	}
	return after, nil
}
