# Completion of hk-apply in bash. Made from its flags by make generate.
# shellcheck shell=bash

# The words up to the cursor, put together where bash has taken them apart (":" and
# "="), the flag whose value is being written, and how much of that is there.
__hk_line() { # FLAGS-WITH-A-VALUE config|''
	local i word glue='' skip=''
	COMPREPLY=() hk_words=() hk_files=() hk_flag='' hk_value='' hk_operands=''
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word && -z ${word//[:=@]/} && ${#hk_words[@]} -gt 1 ]]; then
			hk_words[${#hk_words[@]} - 1]+=$word
			glue=yes
		elif [[ $glue ]]; then
			hk_words[${#hk_words[@]} - 1]+=$word
			glue=''
		else
			hk_words+=("$word")
		fi
	done
	for ((i = 1; i < ${#hk_words[@]} - 1; i++)); do
		word=${hk_words[i]}
		if [[ $skip ]]; then
			skip=''
		elif [[ $word == -?* && ! $hk_operands ]]; then
			__hk_valued "$word" "$1" && skip=yes
		else
			hk_operands=yes
		fi
	done
	hk_value=${hk_words[${#hk_words[@]} - 1]}
	if [[ $skip ]]; then
		hk_flag=${hk_words[${#hk_words[@]} - 2]}
	elif [[ $hk_value == -*=* && ! $hk_operands ]]; then
		hk_flag=${hk_value%%=*}
		hk_value=${hk_value#*=}
	fi
	if [[ $hk_flag ]]; then
		hk_flag=${hk_flag#-}
		hk_flag=--${hk_flag#-}
	fi
	if [[ $2 ]]; then
		for word in "${COMP_WORDS[@]:1}"; do
			word=$(__hk_plain "$word")
			if [[ -f $word ]]; then hk_files+=("$word"); fi
		done
	fi
}

# Whether the value of a flag stands in the next word.
__hk_valued() { # WORD FLAGS-WITH-A-VALUE
	local name=${1#-}
	[[ " $2 " == *" --${name#-} "* ]]
}

# A word without the quotes that it is typed with.
__hk_plain() {
	local word=$1
	case $word in
	\'*) word=${word#\'} word=${word%\'} ;;
	\"*) word=${word#\"} word=${word%\"} ;;
	*) word=${word//\\/} ;;
	esac
	printf '%s' "${word/#\~\//$HOME/}"
}

# Those of the lines that begin as what is written. Bash replaces only what stands
# behind the last character at which it breaks words.
__hk_reply() { # LINES
	local line typed cut=''
	typed=$(__hk_plain "$hk_value")
	if [[ $hk_value != [\'\"]* ]]; then
		if [[ $COMP_WORDBREAKS == *:* && $typed == *:* ]]; then cut=${typed%"${typed##*:}"}; fi
	fi
	while IFS= read -r line; do
		if [[ $line && $line == "$typed"* ]]; then
			line=${line#"$cut"}
			if [[ $hk_value != [\'\"]* && $line == *[!A-Za-z0-9_.,:/@%+=-]* ]]; then printf -v line %q "$line"; fi
			COMPREPLY+=("$line")
		fi
	done <<<"$1"
}

# The same of values with commas between them.
__hk_list() { # LINES
	local line lines='' before=${hk_value%"${hk_value##*,}"}
	while IFS= read -r line; do
		if [[ $line && ,$before != *,"$line",* ]]; then lines+=$before$line$'\n'; fi
	done <<<"$1"
	__hk_reply "$lines"
	compopt -o nospace 2>/dev/null
}

# Names of the config.
__hk_names() { # hosts|services|addresses
	__hk_reply "$(command hk-eval --list "$1" ${hk_files[@]+"${hk_files[@]}"} 2>/dev/null </dev/null)"
}

# Files and folders, as bash itself completes them where it can be asked to.
__hk_files() {
	if ! compopt -o default 2>/dev/null; then __hk_reply "$(compgen -f -- "$hk_value")"; fi
}

__hk_folders() {
	if ! compopt -o dirnames 2>/dev/null; then __hk_reply "$(compgen -d -- "$hk_value")"; fi
}

# A flag, or else an operand. No flag may stand behind an operand.
__hk_free() { # DO-WITH-OPERANDS FLAGS
	if [[ $hk_value != -* ]]; then
		"$1"
	elif [[ ! $hk_operands ]]; then
		__hk_reply "${2// /$'\n'}"
	fi
}

_hk_apply() {
	local hk_words hk_files hk_flag hk_value hk_operands
	__hk_line '--allow-env --allowed-signers --base --events --identity-file --jump --max-failures --on-error --parallel --password-env --plan --port --rollback-after --secret-dir --signature --signer --ssh-config --sudo-password-env --timeout --user --wait' ''
	case $hk_flag in
	--allow-env) __hk_reply "$(compgen -e)" ;;
	--allowed-signers) __hk_files ;;
	--base) __hk_folders ;;
	--events) __hk_files ;;
	--identity-file) __hk_files ;;
	--jump) __hk_list "$(compgen -A hostname)" ;;
	--on-error) __hk_reply 'stop
continue' ;;
	--password-env) __hk_reply "$(compgen -e)" ;;
	--plan) __hk_files ;;
	--rollback-after) __hk_reply '10s
30s
1m
5m
10m
30m
1h' ;;
	--secret-dir) __hk_folders ;;
	--signature) __hk_files ;;
	--ssh-config) __hk_files ;;
	--sudo-password-env) __hk_reply "$(compgen -e)" ;;
	--timeout) __hk_reply '10s
30s
1m
5m
10m
30m
1h' ;;
	--user) __hk_reply "$(compgen -u)" ;;
	--wait) __hk_reply '10s
30s
1m
5m
10m
30m
1h' ;;
	'') __hk_free : '--allow-env --allow-secret-commands --allowed-signers --base --confirm --doas --dry-run --events --help -h --identity-file --jump --max-failures --on-error --parallel --password-env --plan --port --quiet -q --rollback-after --secret-dir --signature --signer --ssh-config --sudo --sudo-password-env --timeout --trust-plan-host-key --user --verbose -v --version --wait' ;;
	esac
}

complete -F _hk_apply hk-apply
