# Passes plans on. One that breaks a rule goes on as an error of its host, which
# the commands behind it tell and count.
def broken:
  (select(.host.name | startswith("db")) | .changes[] | select(.kind == "package" and .action == "delete")
   | "\(.address): packages of database hosts stay"),
  (.changes[] | select(.kind == "file" and (.after.mode // "" | test("[2367]$")))
   | "\(.address): everybody could write it");

if .error then . else
  [broken] as $why |
  if $why == [] then . else
    {schema: "hostkit.host/v1", project, host,
     error: {stage: "gate", code: "denied", message: ($why | join("; ")), exit: 3}}
  end
end
