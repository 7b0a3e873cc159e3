package mise

import (
	"fmt"
	"regexp"
	"strings"
)

// ToolKind is the kind of resource that is one tool at one version.
const ToolKind = "mise_tool"

// Tool is one version of a tool, as mise is told to install it.
type Tool struct {
	// Name is mise's: "erlang", "npm:prettier", "aqua:owner/repo".
	Name string
	// Version is exact.
	Version string
	// Options are those of the tool's backend: "url", "exe".
	Options map[string]string
	// Lock is what a mise.lock says of this version; empty where there is none.
	Lock string
}

// Folder is the tool's folder below "installs".
func (t Tool) Folder() string { return Folder(t.Name) }

func (t Tool) String() string { return t.Name + "@" + t.Version }

var (
	toolName    = regexp.MustCompile(`^(?:([a-z][a-z0-9_]*):)?(@?[A-Za-z0-9][A-Za-z0-9._+~-]*(?:/[A-Za-z0-9_][A-Za-z0-9._+~-]*)*)$`)
	toolVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+_~-]{0,99}$`)
	toolOption  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,49}$`)
	prefix      = regexp.MustCompile(`^v?[0-9]{1,5}$`)
	threeParts  = regexp.MustCompile(`^v?[0-9]+\.[0-9]+\.[0-9]`)
)

// refusedBackends are the words before a colon that are none of a tool that can be
// had for all users of a host, and why not.
var refusedBackends = map[string]string{
	"core": "write what comes after core:, which is what mise calls it too",
	"asdf": "an asdf plugin belongs to the user who installed it",
	"vfox": "a vfox plugin belongs to the user who installed it",
	"path": "path: stands before a version, and then the version is not exact",
	"ref":  "ref: stands before a version, and then the version is not exact",
	"s3":   "it wants credentials on the host",
}

// refusedTools are names that mise takes, and that can't be in the plan.
var refusedTools = map[string]string{
	"nodejs": `mise calls it "node" as well: write that`,
	"golang": `mise calls it "go" as well: write that`,
	"rust":   "mise keeps rust in the home folder of whoever installs it; the distribution's packages rustup or cargo are for all",
	"dotnet": "mise keeps dotnet in the home folder of whoever installs it; the distribution's package is for all",
}

// wholeVersions are the tools of which a version with fewer than three numbers is
// a prefix, which mise takes for the newest that begins so.
var wholeVersions = map[string]bool{
	"bun": true, "deno": true, "elixir": true, "go": true, "node": true, "python": true, "zig": true,
}

// CheckTool returns what is wrong with the name of a tool and a hint, or twice "".
// What passes is one tool to mise, whatever is put behind it.
func CheckTool(name string) (message, hint string) {
	found := toolName.FindStringSubmatch(name)
	switch {
	case found == nil || len(name) > 200 || strings.Contains(name, ".."):
		hint = `names are those of "mise registry", or have their backend before a colon: "npm:prettier"; a version stands in a member of its own`
	case found[1] == "" && strings.ContainsAny(name, "@/"):
		hint = fmt.Sprintf(`which backend has it? "github:%s"`, strings.TrimPrefix(name, "@"))
	case found[1] != "" && found[1] != "npm" && strings.HasPrefix(found[2], "@"):
		hint = "only packages of npm have scopes"
	case found[1] != "":
		hint = refusedBackends[found[1]]
	default:
		hint = refusedTools[name]
	}
	if hint == "" {
		return "", ""
	}
	return fmt.Sprintf("%q can't be a tool for all users of a host", name), hint
}

// CheckToolVersion returns what is wrong with the version of a tool and a hint, or
// twice "". A plan is exact, so nothing passes that mise would look up.
func CheckToolVersion(tool, version string) (message, hint string) {
	hint = fmt.Sprintf(`"mise ls-remote %s" lists them; write the one that you mean`, tool)
	switch {
	case version == "":
		return "the tool has no version", hint
	case !toolVersion.MatchString(version), !strings.ContainsAny(version, "0123456789"), strings.HasPrefix(version, "sub-"),
		strings.HasSuffix(version, "-latest"):
		return fmt.Sprintf("%q is not an exact version", version), hint
	case prefix.MatchString(version),
		(wholeVersions[tool] || backendOf(tool) == "npm") && !threeParts.MatchString(version):
		return fmt.Sprintf("%q is the beginning of a version, not an exact one", version), hint
	}
	return "", ""
}

// CheckToolOption returns what is wrong with an option of a tool's backend, or "".
func CheckToolOption(name, value string) string {
	switch {
	case !toolOption.MatchString(name):
		return fmt.Sprintf("%q is not the name of an option: want lower-case letters, digits and _", name)
	case name == "version":
		return "the version stands beside the options"
	case name == "postinstall" || name == "install_env" || name == "depends" || name == "os":
		return name + " is not an option of a backend, and not for tools of a plan"
	case len(value) > 2000 || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }):
		return "want one line of text, at most 2000 bytes"
	}
	return ""
}

func backendOf(tool string) string {
	backend, _, found := strings.Cut(tool, ":")
	if !found {
		return ""
	}
	return backend
}

// Folder is the name of a tool's folder below "installs" and in mise's cache: its
// words in lower case with hyphens between them, as Rust's heck splits them
// (to_kebab_case): at what is no letter and no digit, before an upper-case letter
// that follows a lower-case one, and before the last of several upper-case letters
// that a lower-case one follows.
func Folder(tool string) string {
	var words []string
	for _, part := range strings.FieldsFunc(tool, func(r rune) bool { return !isLower(r) && !isUpper(r) && (r < '0' || r > '9') }) {
		const nothing, lower, upper = 0, 1, 2
		begin, last := 0, nothing
		runes := []rune(part)
		for i, r := range runes {
			if i == len(runes)-1 {
				break
			}
			next, now := runes[i+1], last
			switch {
			case isLower(r):
				now = lower
			case isUpper(r):
				now = upper
			}
			switch {
			case now == lower && isUpper(next):
				words, begin, last = append(words, string(runes[begin:i+1])), i+1, nothing
			case last == upper && isUpper(r) && isLower(next):
				words, begin, last = append(words, string(runes[begin:i])), i, nothing
			default:
				last = now
			}
		}
		words = append(words, string(runes[begin:]))
	}
	return strings.ToLower(strings.Join(words, "-"))
}

func isLower(r rune) bool { return 'a' <= r && r <= 'z' }
func isUpper(r rune) bool { return 'A' <= r && r <= 'Z' }

// Backend is what the backend of a tool is made of.
type Backend struct {
	// Tools of mise have it, in the order in which mise would take them.
	Tools []string
	// Programs are the ones of which the host needs one.
	Programs []string
}

// backends are those that work with a program of their own, by what mise's
// documentation of each says (https://mise.jdx.dev/dev-tools/backends/), and core
// tools that need another.
var backends = map[string]Backend{
	"cargo":  {Programs: []string{"cargo", "cargo-binstall"}},
	"elixir": {Tools: []string{"erlang"}, Programs: []string{"erl"}},
	"gem":    {Tools: []string{"ruby"}, Programs: []string{"gem"}},
	"go":     {Tools: []string{"go"}, Programs: []string{"go"}},
	"npm":    {Tools: []string{"node"}, Programs: []string{"npm"}},
	"pipx":   {Tools: []string{"uv", "pipx"}, Programs: []string{"uv", "pipx"}},
}

// BackendOf tells what a tool needs beside mise; zero for most, which are
// downloads.
func BackendOf(tool string) Backend {
	if backend := backendOf(tool); backend != "" {
		return backends[backend]
	}
	if tool == "elixir" {
		return backends[tool]
	}
	return Backend{}
}
