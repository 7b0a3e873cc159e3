#!/bin/sh
# Makes the plan and commits it, where no CI does.
set -eu
"$(dirname "$0")/plan.sh"
# What was approved is another plan.
git rm -q --ignore-unmatch plan.json.sig
git add config.json host_kit.package.lock plan.json
git commit -q -m 'Plan the change'
