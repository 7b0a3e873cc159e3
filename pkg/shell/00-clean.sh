# shellcheck shell=sh
# The first lines that the host evaluates: they take out of the login shell's
# environment what would change the meaning of those that follow.

set +aefuvxC

# bash takes functions from the environment, also as sh: Fedora's
# /etc/profile.d exports one named which, anybody may export one named stat or
# [. Only special builtins, unset among them, are safe from that.
case ${BASH_VERSION-} in
?*)
	unset -f compgen
	# shellcheck disable=SC2046,SC3044 # one name a word; bash only
	unset -f $(compgen -A function)
	;;
esac

# The login environment must not change what a script means. Only names that
# say who and where we are, and the proxies that package managers need, stay;
# what goes includes ENV, BASH_ENV, CDPATH, TMPDIR, POSIXLY_CORRECT,
# GREP_OPTIONS, LD_PRELOAD and all that nobody has thought of yet. A value that
# holds a line like "export X=1" only unsets one more name.
hkr_clean_environment() {
	hkr_line=$(export -p)
	set -f
	IFS='
'
	# shellcheck disable=SC2086 # one word a line is what is wanted
	set -- $hkr_line
	set +f
	unset IFS
	for hkr_line; do
		case $hkr_line in
		'export '* | 'declare -x '*) ;;
		*) continue ;;
		esac
		hkr_line=${hkr_line#export }
		hkr_line=${hkr_line#declare -x }
		hkr_line=${hkr_line%%=*}
		case $hkr_line in
		'' | [0-9]* | *[!A-Za-z0-9_]*) ;;
		PATH | LC_ALL | HOME | USER | LOGNAME | SHELL | XDG_RUNTIME_DIR) ;;
		SUDO_USER | SUDO_UID | SUDO_GID | DOAS_USER) ;;
		http_proxy | https_proxy | ftp_proxy | all_proxy | no_proxy) ;;
		HTTP_PROXY | HTTPS_PROXY | FTP_PROXY | ALL_PROXY | NO_PROXY) ;;
		*)
			# bash holds SHELLOPTS and BASHOPTS read-only, and a bash that a
			# step starts would take its options from them.
			if [ -n "${BASH_VERSION-}" ]; then
				# shellcheck disable=SC2163,SC3045 # the name it holds; bash only
				export -n "$hkr_line"
			fi
			command unset "$hkr_line" 2>/dev/null || :
			;;
		esac
	done
	unset hkr_line
	# bash leaves POSIX mode when POSIXLY_CORRECT is unset, and it came as sh.
	if [ -n "${BASH_VERSION-}" ]; then
		# shellcheck disable=SC3040 # bash only
		set -o posix
	fi
}
hkr_clean_environment
