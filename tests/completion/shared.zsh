# Names of the config: of the files that stand behind hk-eval, in the same command or
# in one before it on the line; where there is none, of the configs in this folder.
(( $+functions[_hk_names] )) ||
_hk_names() { # OPTION-OF-COMPADD... hosts|services|addresses
  local -a line files names
  local word reads
  if [[ ${words[1]:t} == hk-eval ]]; then
    line=($words)
  else
    line=(${(z)${:-$PREBUFFER$LBUFFER}})
  fi
  for word in $line; do
    word=${(Q)word}
    word=${word/#\~\//$HOME/}
    case $word in
      (hk-eval|*/hk-eval) files=() reads=yes ;;
      ([\|\;\&]*) reads= ;;
      (*) [[ -n $reads && -f $word ]] && files+=("$word") ;;
    esac
  done
  names=(${(f)"$(command hk-eval --list $argv[-1] $files 2>/dev/null </dev/null)"})
  compadd "${(@)argv[1,-2]}" -a names
}
