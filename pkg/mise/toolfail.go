package mise

import (
	"fmt"
	"regexp"
	"strings"

	"hostkit/pkg/shell"
)

// ToolFailure is why one tool was not made, in one line.
type ToolFailure struct {
	// Code is a stable word for programs: "unknown_tool", "unreachable", …;
	// "failed" where the reason is not known to us.
	Code    string
	Message string
}

func (f *ToolFailure) Error() string { return f.Message }

// reasons are what mise and its backends say, as of 2026.9; the first that fits
// counts.
var reasons = []struct {
	code string
	said *regexp.Regexp
	// message may hold $1; empty for mise's own words.
	message string
}{
	{"no_space", regexp.MustCompile(`(?i)no space left on device|\bENOSPC\b|os error 28\b`), "no space left on the device"},
	{"permission_denied", regexp.MustCompile(`(?i)permission denied|\bEACCES\b|os error 13\b`), ""},
	{"dependency_failed", regexp.MustCompile(`Skipped due to failed dependency`), "a tool that it needs could not be had"},
	{"unknown_tool", regexp.MustCompile(`not found in mise tool registry`), `mise knows no such tool; "mise registry" lists them, others have their backend before a colon`},
	{"checksum_mismatch", regexp.MustCompile(`(?s)Checksum mismatch.*?Expected:\s*(\S+)\s+Actual:\s*(\S+)`), "what was downloaded has the checksum $2, and $1 is wanted"},
	{"not_locked", regexp.MustCompile(`is not in the lockfile|No lockfile URL found`), `mise.lock does not have it for this platform; "mise lock" adds it`},
	{"backend_missing", regexp.MustCompile(`failed to execute command: (\S+)[^\n]*No such file or directory`), "the host has no $1, which it is installed with"},
	{"backend_missing", regexp.MustCompile(`(\S+) is required to install \S+ but was not found`), "the host has no $1, which it is installed with"},
	{"version_not_found", regexp.MustCompile(`(?i)\bE404\b|\bETARGET\b|no matching version|HTTP status client error \(404|version \S+ not found|no versions? found|unknown revision|not been released`), ""},
	{"unreachable", regexp.MustCompile(`(?i)dns error|failed to lookup address|error sending request|when talking to the server|network is unreachable|connection (?:refused|reset|timed out)|\bENOTFOUND\b|\bECONNREFUSED\b|\bEAI_AGAIN\b|operation timed out|SELF_SIGNED_CERT|certificate`), "the host can't reach where it is downloaded from"},
	{"build_failed", regexp.MustCompile(`(?i)configure: error|make: \*\*\*|kerl|command not found|no acceptable c compiler|build failed`), ""},
}

var (
	terminalText = regexp.MustCompile(`\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]`)
	failedOne    = regexp.MustCompile(`(?m)^mise ERROR Failed to install (\S+@\S+?): `)
	failedMany   = regexp.MustCompile(`(?m)^mise ERROR Failed to install tools: .*$`)
	endOfReason  = regexp.MustCompile(`(?m)^mise (?:ERROR|WARN|INFO) `)
	plainError   = regexp.MustCompile(`(?m)^mise ERROR (.*)$`)
	aboutMise    = regexp.MustCompile(`^(?:Version: |Run with --verbose|Failed to install |\S+ failed$)`)
	unhelpful    = regexp.MustCompile(`A complete log of this run|^npm error (?:code|errno|A )|^npm (?:warn|notice)`)
)

// ReadInstall judges the result of Install: what failed, by name. The error says
// that nothing was tried.
func ReadInstall(tools []Tool, r shell.Result) (map[string]*ToolFailure, error) {
	said := plain(r.Stderr)
	states := strings.Fields(string(r.Stdout))
	if len(states) != len(tools) {
		if reason, found := strings.CutPrefix(strings.TrimSpace(said), "hostkit: "); found {
			return nil, fmt.Errorf("%s", reason)
		}
		return nil, fmt.Errorf("mise was not run: exit status %d", r.Status)
	}
	failed := make(map[string]*ToolFailure)
	var missing []Tool
	for i, t := range tools {
		if states[i] != ToolPresent {
			missing = append(missing, t)
			failed[t.Name] = &ToolFailure{Code: "failed"}
		}
	}
	for i, t := range tools {
		f, ok := failed[t.Name]
		switch {
		case !ok:
		case states[i] == ToolPrefix:
			f.Code, f.Message = "not_exact", fmt.Sprintf("%s is the beginning of a version, and mise made another one of it: write the exact one", t.Version)
		case r.Status == 0:
			f.Code, f.Message = "not_made", fmt.Sprintf("mise found nothing wrong, and made nothing in the folder of version %s: does it spell that version otherwise?", t.Version)
		default:
			f.Code, f.Message = explain(reasonOf(said, t, len(missing) == 1), r.Status)
		}
	}
	return failed, nil
}

// ReadUninstall judges the result of Uninstall.
func ReadUninstall(r shell.Result) error {
	if r.Status == 0 {
		return nil
	}
	said := plain(r.Stderr)
	if reason, found := strings.CutPrefix(strings.TrimSpace(said), "hostkit: "); found {
		return fmt.Errorf("%s", reason)
	}
	_, message := explain(general(said), r.Status)
	return &ToolFailure{Code: "failed", Message: message}
}

// plain is text without what is meant for a terminal.
func plain(text []byte) string {
	return strings.ToValidUTF8(terminalText.ReplaceAllString(strings.ReplaceAll(string(text), "\r", "\n"), ""), "\uFFFD")
}

// reasonOf is what mise said of a tool; only says that it failed alone.
func reasonOf(said string, t Tool, only bool) string {
	reason := ""
	if at := failedMany.FindStringIndex(said); at != nil {
		reason = paragraphOf(upToNext(said[at[1]:]), t)
	} else if one := failedOne.FindStringSubmatchIndex(said); one != nil && (only || isTool(said[one[2]:one[3]], t)) {
		reason = upToNext(said[one[1]:])
	}
	if reason == "" {
		reason = general(said)
	}
	// Of a program that mise ran, its own words say more than the last line.
	for line := range strings.Lines(said) {
		own, found := strings.CutPrefix(line, "mise "+t.String()+" ")
		if found && !unhelpful.MatchString(own) && strings.Contains(own, "rror") {
			reason = own + reason
			break
		}
	}
	return reason
}

func upToNext(text string) string {
	if end := endOfReason.FindStringIndex(text); end != nil {
		return text[:end[0]]
	}
	return text
}

// paragraphOf finds the tool in "\n\nNAME@VERSION: reason\n\nNAME@VERSION: …".
func paragraphOf(text string, t Tool) string {
	var own strings.Builder
	inside := false
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		name, reason, found := strings.Cut(strings.TrimSpace(paragraph), ": ")
		if found && strings.Contains(name, "@") && !strings.ContainsAny(name, " \n") {
			inside, paragraph = isTool(name, t), reason
		}
		if inside {
			own.WriteString(paragraph + "\n")
		}
	}
	return own.String()
}

// isTool compares mise's "NAME@VERSION", where NAME may have its backend before it.
func isTool(said string, t Tool) bool {
	return said == t.String() || strings.HasSuffix(said, ":"+t.String())
}

// general is an error that mise said of no tool.
func general(said string) string {
	for _, found := range plainError.FindAllStringSubmatch(said, -1) {
		if !aboutMise.MatchString(found[1]) {
			return found[1]
		}
	}
	return ""
}

// explain gives a code and one line for what mise said.
func explain(reason string, status int) (code, message string) {
	first := oneLine(reason)
	for _, r := range reasons {
		found := r.said.FindStringSubmatchIndex(reason)
		switch {
		case found == nil:
		case r.message == "":
			return r.code, first
		case r.code == "unreachable":
			return r.code, r.message + ": " + first
		default:
			return r.code, string(r.said.ExpandString(nil, r.message, reason, found))
		}
	}
	if first == "" {
		first = fmt.Sprintf("mise gave no reason, and ended with status %d", status)
	}
	return "failed", first
}

// oneLine is the first line that says something, shortened.
func oneLine(text string) string {
	const most = 300
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			if runes := []rune(line); len(runes) > most {
				line = string(runes[:most]) + "…"
			}
			return line
		}
	}
	return ""
}
