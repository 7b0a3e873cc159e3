# Completion of hk-apply in fish. Made from its flags by make generate.

# Names of the config: of the files that stand behind hk-eval, in the same command or
# in one before it in the pipe; where there is none, of the configs in this folder.
function __hk_names # hosts|services|addresses
    command -q hk-eval; or return
    set -l line (commandline -jco)
    if test (commandline -po)[1] = hk-eval
        set line (commandline -po)
    end
    set -l files
    set -l reads
    for word in $line
        set word (string replace -r '^~/' $HOME/ -- $word)
        switch $word
            case hk-eval '*/hk-eval'
                set files
                set reads yes
            case 'hk-*'
                set reads
            case '*'
                if set -q reads[1]; and test -f $word
                    set -a files $word
                end
        end
    end
    command hk-eval --list $argv[1] $files 2>/dev/null </dev/null
end

# Words with commas between them: what is written stays before each.
function __hk_list
    set -l before (commandline -ct | string replace -r '^--[^=]*=' '' | string replace -r '[^,]*$' '')
    for word in $argv
        contains -- $word (string split , -- $before); or printf '%s\n' $before$word
    end
end

complete -c hk-apply -f
complete -c hk-apply -l allow-env -x -a '(set -nx)' -d 'let secrets come from variable NAME'
complete -c hk-apply -l allow-secret-commands -d 'let secrets come from commands'
complete -c hk-apply -l allowed-signers -r -F -d 'apply only what one of FILE has signed (ssh-keygen(1))'
complete -c hk-apply -l base -x -a '(__fish_complete_directories (commandline -ct))' -d 'where relative paths begin, DIR'
complete -c hk-apply -l confirm -d 'change the hosts'
complete -c hk-apply -l doas -d 'become root with doas'
complete -c hk-apply -l dry-run -d 'look at the hosts and change nothing'
complete -c hk-apply -l events -r -F -d 'write events to FILE or fd:N'
complete -c hk-apply -l help -s h -d 'show the synopsis, the flags and the exit statuses'
complete -c hk-apply -l identity-file -r -F -d 'private key FILE'
complete -c hk-apply -l jump -x -a '(__hk_list (__fish_print_hostnames))' -d 'go through HOST,... as ssh -J does; or none'
complete -c hk-apply -l max-failures -x -d 'begin with no other host when N have failed'
complete -c hk-apply -l on-error -x -a 'stop continue' -d 'DO stop (send nothing further) or continue after a failure'
complete -c hk-apply -l parallel -x -d 'work on N hosts at once'
complete -c hk-apply -l password-env -x -a '(set -nx)' -d 'log in with the password in variable NAME'
complete -c hk-apply -l plan -r -F -d 'read the plans from FILE instead of stdin'
complete -c hk-apply -l port -x -d 'connect to port N'
complete -c hk-apply -l quiet -s q -d 'say only what goes wrong'
complete -c hk-apply -l rollback-after -x -a '10s 30s 1m 5m 10m 30m 1h' -d 'put back what the login stands on when nobody is heard from for DURATION'
complete -c hk-apply -l secret-dir -x -a '(__fish_complete_directories (commandline -ct))' -d 'let secrets come from files below DIR'
complete -c hk-apply -l signature -r -F -d 'the signature of the plans is FILE, by default the plan\'s with .sig'
complete -c hk-apply -l signer -x -d 'PRINCIPAL of the allowed signers must have signed'
complete -c hk-apply -l ssh-config -r -F -d 'read ssh\'s config from FILE, or none'
complete -c hk-apply -l sudo -d 'become root with sudo'
complete -c hk-apply -l sudo-password-env -x -a '(set -nx)' -d 'give sudo the password in variable NAME'
complete -c hk-apply -l timeout -x -a '10s 30s 1m 5m 10m 30m 1h' -d 'give a host up whose changes take longer than DURATION'
complete -c hk-apply -l trust-plan-host-key -d 'take the plan\'s host key as known'
complete -c hk-apply -l user -x -a '(__fish_complete_users)' -d 'log in as NAME'
complete -c hk-apply -l verbose -s v -d 'tell each change and what its commands print'
complete -c hk-apply -l version -d 'show the version, what it was built from, and the schemas that the command knows'
complete -c hk-apply -l wait -x -a '10s 30s 1m 5m 10m 30m 1h' -d 'wait for DURATION for another apply that holds a host'
