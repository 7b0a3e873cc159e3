# Completion of hk-resolve in fish. Made from its flags by make generate.

complete -c hk-resolve -f
complete -c hk-resolve -l help -s h -d 'show the synopsis, the flags and the exit statuses'
complete -c hk-resolve -l offline -d 'ask nobody: of Repology, use cached answers of any age'
complete -c hk-resolve -l package-lock -r -F -d 'take package names from the lock in FILE alone'
complete -c hk-resolve -l pin -d 'pin what the lock gets to the version that the host\'s index offers'
complete -c hk-resolve -l repology-cache -x -a '(__fish_complete_directories (commandline -ct))' -d 'cache its answers in DIR, not in ~/.cache'
complete -c hk-resolve -l repology-cache-ttl -x -a '10s 30s 1m 5m 10m 30m 1h' -d 'confirm answers that are older than DUR'
complete -c hk-resolve -l repology-url -x -d 'ask Repology, or a mirror, at URL'
complete -c hk-resolve -l repository -x -d 'resolve for repository NAME, like debian_12, where facts know none'
complete -c hk-resolve -l update -x -d 'resolve package NAME, or all, without the lock, and replace it there'
complete -c hk-resolve -l version -d 'show the version, what it was built from, and the schemas that the command knows'
complete -c hk-resolve -l write-package-lock -r -F -d 'take names from the lock in FILE first, and add what it lacks'
