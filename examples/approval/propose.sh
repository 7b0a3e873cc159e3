#!/bin/sh
# Makes the plan of config.json for all hosts, and commits it.
set -eu
facts=$(mktemp)
trap 'rm -f "$facts"' EXIT
hk-eval config.json | hk-facts --all >"$facts"
hk-plan --out plan.json <"$facts"
# What was approved is another plan.
git rm -q --ignore-unmatch plan.json.sig
git add config.json plan.json
git commit -q -m 'Plan the change'
