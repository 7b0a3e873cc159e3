# usage: driver.zsh LINE...
# Writes what a zsh at a terminal of its own (zsh/zpty) completes in each line, and
# then a line with a dot.
zmodload zsh/zpty
zpty -b z zsh -f -i
zpty -w z "PS1= PROMPT=; source ${(q)0:h}/inner.zsh; print REA''DY"
zpty -r z got '*READY*'
for line in "$@"; do
  zpty -w -n z "$line"$'\t'
  zpty -r z got '*<END>*'
  got=${got##*<BEGIN>}
  print -r -- "${got%%<END>*}"$'\n.'
  zpty -w -n z $'\x15'
done
zpty -d z
