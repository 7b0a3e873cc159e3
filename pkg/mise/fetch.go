package mise

import (
	"strings"

	"hostkit/pkg/shell"
)

// Download is a program that a host fetches for itself.
type Download struct {
	Path string
	// Folder is the real folder that Path must be in.
	Folder string
	URL    string
	// Checksum is that of the file, "sha256:…".
	Checksum string
	// Mode is four octal digits.
	Mode string
}

// Fetch returns the script that downloads a file to a new one beside its place,
// and puts it there when its checksum is the one that is wanted. Nothing else is
// changed, whatever happens; it ends like the steps of pkg/shell, and with 69 when
// the file could not be had.
func Fetch(d Download) shell.Script {
	return shell.New(fetchText, d.Path, d.Folder, d.URL, strings.TrimPrefix(d.Checksum, "sha256:"), d.Mode)
}

// fetchText downloads with curl, or else with wget, whichever the host has; both
// take the proxies of the host's environment, and check certificates as far as they
// can: BusyBox does not everywhere, and the checksum is what counts. What the
// host's user has configured for them is passed over, since it may send
// credentials. They give up after an hour, and where nothing comes for a minute;
// BusyBox's wget, which dies of the option for that in some builds, does not do
// the latter. No file gets larger than a gibibyte.
//
// curl's exit statuses are those of curl(1). It does not try again by itself: what
// has come already would stand before what comes then.
const fetchText = `
hk_get() {
	ulimit -f 2097152
	hk_limit=
	! command -v timeout >/dev/null || hk_limit='timeout 3600'
	if [ "$hk_program" = wget ]; then
		export HOME=/nonexistent
		case $(wget --version 2>&1) in
		*GNU*) exec $hk_limit wget -nv -t 1 -T 60 -O - -- "$1" ;;
		*) exec $hk_limit wget -q -O - -- "$1" ;;
		esac
	fi
	hk_schemes='=http,https'
	case $1 in https:*) hk_schemes='=https' ;; esac
	exec $hk_limit curl -q -g -fsSL --proto "$hk_schemes" --max-redirs 10 \
		--connect-timeout 30 --speed-limit 1 --speed-time 60 -- "$1"
}
hk_lost() {
	hk_said=${hk_said##*'
'}
	case $hk_program$1:$hk_said in
	curl23:* | wget3:*)
		hk_said=$(dd if=/dev/zero bs=4096 count=1 status=none 2>&1 >&3) || hk_refused "$hk_said"
		hk_said='it cannot be written'
		;;
	*:*'No space left on device') hk_refused "$hk_said" ;;
	*153:*) hk_said='it is larger than 1 GiB' ;;
	curl6:*) hk_said='the name of its host is not known' ;;
	curl22:*) hk_said="the server answers ${hk_said##* }" ;;
	curl13[0-9]:* | wget13[0-9]:* | curl14?:* | wget14?:*) hk_said="$hk_program died of signal $(($1 - 128))" ;;
	curl28:* | *124:*) hk_said='it took too long' ;;
	curl35:* | curl60:* | curl77:* | wget5:*)
		hk_said="no trusted connection (${hk_said#*curl: }): are the host's root certificates there, and is its clock right?"
		;;
	esac
	hk_said=${hk_said#curl: }
	hk_fail 69 "cannot be downloaded from $2: ${hk_said#wget: }"
}
hk_begin "$1" "$2" '' '' "$5"
for hk_program in curl wget none; do
	! command -v "$hk_program" >/dev/null || break
done
[ "$hk_program" != none ] || hk_fail 69 'cannot be downloaded: the host has neither curl nor wget'
hk_new
hk_said=$(hk_get "$3" 2>&1 >&3) || hk_lost "$?" "$3"
hk_said=$(sha256sum </proc/self/fd/3) || hk_refused 'cannot be read back'
[ "${hk_said%% *}" = "$4" ] || hk_fail 74 "what $3 gives has the checksum sha256:${hk_said%% *}, and sha256:$4 is wanted"
hk_run dd if=/dev/null of=/proc/self/fd/3 conv=notrunc,fsync status=none
hk_finish
`
