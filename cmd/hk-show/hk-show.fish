# Completion of hk-show in fish. Made from its flags by make generate.

complete -c hk-show -l color -x -a 'auto always never' -d 'colour the output: auto, always or never (WHEN); auto minds FORCE_COLOR, NO_COLOR, CLICOLOR_FORCE, CLICOLOR and TERM'
complete -c hk-show -l full -d 'leave nothing out: whole contents, digests, and the names of what stays unchanged'
complete -c hk-show -l help -s h -d 'show the synopsis, the flags and the exit statuses'
complete -c hk-show -l summary -d 'of each document only what it is, how it ends and what it destroys'
complete -c hk-show -l version -d 'show the version, what it was built from, and the schemas that the command knows'
