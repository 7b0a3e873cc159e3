# The zsh in that terminal: Tab prints what is completed instead of inserting it.
fpath=($COMPLETIONS/*/ $fpath)
autoload -Uz compinit && compinit -u -D
compadd() {
  # With these nothing is added: arrays are made shorter.
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  all+=("$hits[@]")
  builtin compadd "$@"
}
grab() {
  local -a all
  _main_complete
  print -r -- "<BEGIN>${(F)all}<END>"
  compstate[insert]=
  compstate[list]=
}
zle -C grab complete-word grab
bindkey '^I' grab
