package cli

import "strings"

// Variable is an environment variable that commands read.
type Variable struct {
	// Name may end with *, for all that begin so.
	Name string
	// Meaning follows a colon.
	Meaning string
}

// HostVariable stands in for --host of hk-eval and hk-facts.
const HostVariable = "HOSTKIT_HOST"

// Variables are all that commands read of their own environment. None of them
// confirms or weakens anything.
var Variables = []Variable{
	{HostVariable, "stands in for --host of hk-eval and hk-facts, where neither that nor --all is given"},
	{"HOSTKIT_USER", "stands in for --user of the commands that log in"},
	{"HOSTKIT_PORT", "stands in for --port of the commands that log in"},
	{"HOSTKIT_IDENTITY_FILE", "stands in for --identity-file of the commands that log in"},
	{"HOSTKIT_PARALLEL", "stands in for --parallel of the commands that log in"},
	{PackageLockVariable, "stands in for --package-lock; hk-resolve --write-package-lock passes over it"},
	{"HOSTKIT_REPOLOGY_URL", "stands in for --repology-url of hk-resolve"},
	{"HOSTKIT_REPOLOGY_CACHE", "stands in for --repology-cache of hk-resolve"},
	{"HOSTKIT_REPOLOGY_CACHE_TTL", "stands in for --repology-cache-ttl of hk-resolve"},
	{"HOSTKIT_DEBUG", "where it is not empty, an internal error prints where it happened"},
	{"HOSTKIT_SSH_PASSWORD", "the customary name for the password of a login, which a document refers to: `{\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}`"},
	{"HOSTKIT_SUDO_PASSWORD", "the customary name for the password of sudo, likewise"},
	{"HOSTKIT_*", "any other secret that a document refers to; names that begin otherwise take --allow-env"},
	{"HOME", "where ~ in paths leads, and the user's ssh config, known_hosts and cache are"},
	{"USER", "the login name where no config and no user database says one"},
	{"SSH_AUTH_SOCK", "the socket of the SSH agent"},
	{"XDG_CACHE_HOME", "where hk-resolve keeps Repology's answers, below hostkit/repology; ~/.cache where it is empty or not absolute"},
	{"HTTPS_PROXY", "the proxy that hk-resolve asks Repology through; NO_PROXY and HTTP_PROXY count too"},
	{"TERM", "`dumb` means no colours, and no line that moves"},
	{"FORCE_COLOR", "where it is not empty, text is coloured though it goes to no terminal; wins over the next three"},
	{"NO_COLOR", "where it is not empty, nothing is coloured"},
	{"CLICOLOR_FORCE", "where it is neither empty nor 0, text is coloured though it goes to no terminal"},
	{"CLICOLOR", "0 means no colours"},
}

// FlagName is what a hint calls a flag: the variable that its value was had from, where
// it was, since nobody has typed the flag then.
func (s Streams) FlagName(flag string) string {
	return or(s.variables[flag], "--"+flag)
}

// FlagValue begins a message about a value: "--host web", or the variable that it was
// had from.
func (s Streams) FlagValue(flag, value string) string {
	if variable, ok := s.variables[flag]; ok {
		return inEnvironment(variable, flag) + ": " + value
	}
	return "--" + flag + " " + value
}

// OfFlag is an error about the value of a flag. Where that was had from a variable it
// begins with that, since nobody has typed the flag then.
func (s Streams) OfFlag(flag string, err error) error {
	variable, ok := s.variables[flag]
	if err == nil || !ok || listed(err) != nil {
		return err
	}
	d := Describe(err)
	return &Error{Exit: d.Exit, Code: d.Code, Message: inEnvironment(variable, flag) + ": " + d.Message, Hint: s.HintOfFlag(flag, d.Hint), Cause: err}
}

// HintOfFlag is a hint about the value of a flag. Where that was had from a variable, a
// hint to give the flag in another way says that the variable goes first: it would
// speak to the other commands of the pipe too.
func (s Streams) HintOfFlag(flag, hint string) string {
	if variable, ok := s.variables[flag]; ok && strings.Contains(hint, "--"+flag) {
		return "unset " + variable + ", which holds one value, and " + hint
	}
	return hint
}

// SayChosen says how many of the hosts a variable has chosen, where it has left some
// out: nobody has typed that.
func (s Streams) SayChosen(kept, all int) {
	if variable, ok := s.variables["host"]; ok && kept < all {
		s.Say("%s chose %d of %s", inEnvironment(variable, "host"), kept, Count(all, "host"))
	}
}
