#!/bin/sh
# Shows plan.json, and commits the signature that approves of it: approve.sh KEY.
# KEY is a private key, or the public one of a key that an agent or a security key has.
set -eu
hk-show plan.json
printf 'sign it with %s? [y/N] ' "$1" >&2
read -r answer
[ "$answer" = y ]
rm -f plan.json.sig
ssh-keygen -q -Y sign -f "$1" -n hostkit-plan plan.json
git add plan.json plan.json.sig
git commit -q -m 'Approve the plan'
