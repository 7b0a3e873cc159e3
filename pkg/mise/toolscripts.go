package mise

import (
	"maps"
	"slices"
	"strings"

	"hostkit/pkg/shell"
)

// Place is a mise on a host, and where it installs for all users.
type Place struct {
	Program, SystemDataDir string
}

// The states of a tool that LookAtTools and Install print.
const (
	ToolPresent = "present"
	ToolAbsent  = "absent"
	// ToolHalf is one that was begun and not ended: nothing to rely on.
	ToolHalf = "half"
	// ToolPrefix is a link that mise has for the newest version that begins so.
	ToolPrefix = "prefix"
	// ToolDenied says that the folder may not be looked into.
	ToolDenied = "denied"
)

// toolStateText defines hk_tool DIR FOLDER VERSION, which sets hk_root, hk_at and
// hk_state by looking at the folders alone.
//
// mise marks an install that it has not ended by the file "incomplete" in its
// cache: ours, or that of whoever ran it by hand with the home folder that we have.
// Before it does so it makes the folder of the version, so an empty one is
// half-made too, although mise takes it for installed. A link that leads to
// "./VERSION" is its link for a prefix (src/runtime_symlinks.rs); another one was
// made with "mise link".
const toolStateText = `
hk_tool() {
	hk_root=$1/installs/$2
	hk_at=$hk_root/$3
	hk_own=$1/.hostkit/cache/$2/$3/incomplete
	hk_user=${HOME:-/nonexistent}/.cache/mise/$2/$3/incomplete
	hk_state=absent
	if [ -d "$1" ] && [ ! -x "$1" ] || [ -d "$1/installs" ] && [ ! -x "$1/installs" ]; then
		hk_state=denied
	elif [ -h "$hk_at" ]; then
		case $(readlink -- "$hk_at") in
		./*) hk_state=prefix ;;
		*) [ ! -d "$hk_at/" ] || hk_state=present ;;
		esac
	elif [ -d "$hk_at" ]; then
		hk_state=half
		if [ ! -e "$hk_own" ] && [ ! -e "$hk_user" ]; then
			for hk_entry in "$hk_at"/* "$hk_at"/.[!.]*; do
				[ ! -e "$hk_entry" ] && [ ! -h "$hk_entry" ] || hk_state=present
			done
		fi
	fi
}
`

// lookAtToolsText prints a line for each three arguments: the state, and the
// versions that are there.
const lookAtToolsText = toolStateText + `
while [ "$#" -ge 3 ]; do
	hk_tool "$1" "$2" "$3"
	printf '%s' "$hk_state"
	for hk_version in "$hk_root"/*; do
		case ${hk_version##*/} in *[!A-Za-z0-9.+_~-]*) continue ;; esac
		[ ! -d "$hk_version" ] || [ -h "$hk_version" ] || printf ' %s' "${hk_version##*/}"
	done
	echo
	shift 3
done
`

// LookAtTools returns the script that tells which of the tools are there, a line
// for each in their order: its state and the versions in its folder. It starts no
// program but readlink, and mise least of all, which would write caches and go
// online.
func LookAtTools(dirs []string, tools []Tool) shell.Script {
	var args []string
	for i, t := range tools {
		args = append(args, dirs[i], t.Folder(), t.Version)
	}
	return shell.New(lookAtToolsText, args...)
}

// runMiseText defines hk_mise ARGUMENT…, which sets hk_status, and hk_call, with which
// it runs mise in an environment of its
// own, and writes what it says to a file. $program, $dir, $config and $lock say the
// rest.
//
// Nothing that a user of the host has configured counts: no mise.toml, no
// /etc/mise, no .npmrc in a home folder. All that mise leaves beside the tools is
// in one folder, that goes in the end; what is there after a kill tells what was
// not ended. It must exist before mise starts, which passes over its own
// configuration where HOME does not exist.
//
// A shell's own printf calls a full disk an input/output error, and cat by its name.
//
// npm asks a registry that does not answer again for a minute by default.
const runMiseText = toolStateText + `
hk_fail() {
	printf 'hostkit: %s\n' "$2" >&2
	exit "$1"
}
hk_write() {
	hk_said=$({ printf '%s' "$1" | cat >"$2"; } 2>&1) || hk_fail 73 "$2 can't be written: ${hk_said##*: }"
}
hk_prepare() {
	[ -f "$program" ] && [ -x "$program" ] || hk_fail 69 "$program is not there"
	umask 022
	hk_said=$(mkdir -p -- "$dir" 2>&1) || hk_fail 73 "$hk_said"
	run=$dir/.hostkit
	hk_said=$(umask 077 && mkdir -p -- "$run" "$run/config" "$run/home" "$run/tmp" "$run/work" 2>&1) || hk_fail 73 "$hk_said"
	hk_write "$config" "$run/config/config.toml"
	locked=0
	rm -f -- "$run/config/mise.lock"
	if [ -n "$lock" ]; then
		locked=1
		hk_write "$lock" "$run/config/mise.lock"
	fi
}
hk_mise() {
	(: >"$run/log") 2>/dev/null
	${hk_watch-:} "$run/log"
	hk_call "$@"
	hk_status=$?
	${hk_watch-:}
}
hk_call() (
	exec </dev/null >>"$run/log" 2>&1 8<&-
	cd -- "$run/work" || exit
	set -- env -i "PATH=$PATH" LC_ALL=C "HOME=$run/home" "TMPDIR=$run/tmp" \
		"MISE_SYSTEM_DATA_DIR=$dir" "MISE_DATA_DIR=$run/data" "MISE_CACHE_DIR=$run/cache" "MISE_STATE_DIR=$run/state" \
		"MISE_CONFIG_DIR=$run/config" "MISE_GLOBAL_CONFIG_FILE=$run/config/config.toml" "MISE_SYSTEM_CONFIG_DIR=$run/none" \
		"MISE_TRUSTED_CONFIG_PATHS=$run/config" "MISE_CEILING_PATHS=$run" "MISE_LOCKED=$locked" MISE_YES=1 NO_COLOR=1 \
		MISE_SYSTEM_PACKAGES_SUDO=0 MISE_USE_VERSIONS_HOST_TRACK=0 MISE_NPM_PACKAGE_MANAGER=npm \
		npm_config_fetch_retries=1 npm_config_fetch_retry_mintimeout=1000 GOFLAGS=-modcacherw UV_PYTHON_DOWNLOADS=never \
		"$program" "$@"
	for hk_name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR; do
		eval "hk_value=\${$hk_name-}"
		[ -z "$hk_value" ] || set -- env "$hk_name=$hk_value" "$@"
	done
	exec "$@"
)
hk_tell() {
	tail -c 65536 -- "$run/log" >&2
	[ "$hk_status" -eq 0 ] || [ -s "$run/log" ] ||
		hk_said=$({ echo x | cat >"$run/log"; } 2>&1) || printf 'mise ERROR %s\n' "${hk_said##*: }" >&2
}
hk_drop_half() {
	hk_tool "$dir" "$1" "$2"
	[ "$hk_state" = half ] || return 0
	rm -rf -- "$hk_at" && rm -f -- "$hk_own" "$hk_user"
}
hk_clean() {
	chmod -R u+w -- "$run" 2>/dev/null
	rm -rf -- "$run"
}
`

// installText ends with mise's status; what it said last is on stderr, and on
// stdout a line for each tool: its state. Of a tool that mise could not make
// nothing is left.
const installText = runMiseText + `
program=$1 dir=$2 config=$3 lock=$4
shift 4
hk_prepare
for hk_pair; do
	hk_drop_half "${hk_pair%% *}" "${hk_pair#* }" || exit 73
done
hk_mise install --system
hk_tell
for hk_pair; do
	hk_tool "$dir" "${hk_pair%% *}" "${hk_pair#* }"
	echo "$hk_state"
	hk_drop_half "${hk_pair%% *}" "${hk_pair#* }"
done
hk_clean
exit "$hk_status"
`

// Install returns the script that installs the tools in one call of mise; with are
// tools that they need and that are there or among them. A tool that is there is
// left alone. ReadInstall reads its result.
func Install(p Place, tools, with []Tool) shell.Script {
	args := []string{p.Program, p.SystemDataDir, configText(tools, with), lockText(tools, with)}
	for _, t := range tools {
		args = append(args, t.Folder()+" "+t.Version)
	}
	return shell.New(installText, args...)
}

func configText(tools, with []Tool) string {
	all := make(map[string]Tool)
	for _, t := range append(slices.Clone(with), tools...) {
		all[t.Name] = t
	}
	var b strings.Builder
	b.WriteString("[tools]\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.WriteString(tomlString(name) + " = { version = " + tomlString(all[name].Version))
		for _, option := range slices.Sorted(maps.Keys(all[name].Options)) {
			b.WriteString(", " + option + " = " + tomlString(all[name].Options[option]))
		}
		b.WriteString(" }\n")
	}
	return b.String()
}

// tomlString quotes text without control characters.
func tomlString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func lockText(tools, with []Tool) string {
	var texts []string
	for _, t := range append(slices.Clone(tools), with...) {
		if t.Lock != "" {
			texts = append(texts, t.Lock)
		}
	}
	if len(texts) == 0 {
		return ""
	}
	return joinLocks(texts)
}

// uninstallText takes three arguments for each tool: mise's own argument, the
// folder and the version.
const uninstallText = runMiseText + `
program=$1 dir=$2 config='' lock=''
shift 2
hk_prepare
hk_count=$#
while [ "$hk_count" -gt 0 ]; do
	hk_drop_half "$2" "$3" || exit 73
	hk_tool "$dir" "$2" "$3"
	set -- "$@" "$hk_state" "$1"
	shift 3
	hk_count=$((hk_count - 3))
done
hk_count=$#
while [ "$hk_count" -gt 0 ]; do
	[ "$1" != present ] || set -- "$@" "$2"
	shift 2
	hk_count=$((hk_count - 2))
done
hk_status=0
if [ "$#" -gt 0 ]; then
	hk_mise uninstall "$@"
	hk_tell
fi
hk_clean
exit "$hk_status"
`

// Uninstall returns the script that removes the versions, and no others, of the
// tools.
func Uninstall(p Place, tools []Tool) shell.Script {
	args := []string{p.Program, p.SystemDataDir}
	for _, t := range tools {
		args = append(args, t.String(), t.Folder(), t.Version)
	}
	return shell.New(uninstallText, args...)
}

// backendsText prints a line for each two arguments, a tool and the programs of
// which it needs one, where the host has none of them.
const backendsText = `
while [ "$#" -ge 2 ]; do
	hk_lacks=$2
	for hk_program in $2; do
		! command -v "$hk_program" >/dev/null || hk_lacks=
	done
	[ -z "$hk_lacks" ] || printf '%s %s\n' "$1" "$hk_lacks"
	shift 2
done
`

// LookForBackends returns the script that names the tools whose backend the host
// does not have, a line for each: the tool and the programs of which it needs one.
// Those that come with one of the tools in with are not asked about.
func LookForBackends(tools, with []Tool) shell.Script {
	var args []string
	for _, t := range tools {
		backend := BackendOf(t.Name)
		comes := slices.ContainsFunc(with, func(w Tool) bool { return slices.Contains(backend.Tools, w.Name) })
		if len(backend.Programs) > 0 && !comes {
			args = append(args, t.Name, strings.Join(backend.Programs, " "))
		}
	}
	return shell.New(backendsText, args...)
}
