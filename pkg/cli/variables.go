package cli

// Variable is an environment variable that commands read.
type Variable struct {
	// Name may end with *, for all that begin so.
	Name string
	// Meaning follows a colon.
	Meaning string
}

// Variables are all that commands read of their own environment. None of them
// confirms or weakens anything.
var Variables = []Variable{
	{"HOSTKIT_HOST", "stands in for --host of hk-eval and hk-facts, where neither that nor --all is given"},
	{"HOSTKIT_USER", "stands in for --user of the commands that log in"},
	{"HOSTKIT_PORT", "stands in for --port of the commands that log in"},
	{"HOSTKIT_IDENTITY_FILE", "stands in for --identity-file of the commands that log in"},
	{"HOSTKIT_PARALLEL", "stands in for --parallel of the commands that log in"},
	{"HOSTKIT_PACKAGE_LOCK", "stands in for --package-lock; hk-resolve --write-package-lock passes over it"},
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
