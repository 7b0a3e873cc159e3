# Completion of hk-facts in fish. Made from its flags by make generate.

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

complete -c hk-facts -f
complete -c hk-facts -l all -d 'keep all hosts'
complete -c hk-facts -l allow-env -x -a '(set -nx)' -d 'let secrets come from variable NAME'
complete -c hk-facts -l allow-secret-commands -d 'let secrets come from commands'
complete -c hk-facts -l ask-index -d 'ask package indexes about installed packages too'
complete -c hk-facts -l base -x -a '(__fish_complete_directories (commandline -ct))' -d 'where relative paths begin, DIR'
complete -c hk-facts -l doas -d 'become root with doas'
complete -c hk-facts -l groups -x -a '(__hk_list cpu memory disks users systemd ports runs all)' -d 'gather NAME,... too: cpu, memory, disks, users, systemd, ports, runs, all'
complete -c hk-facts -l help -s h -d 'show the synopsis, the flags and the exit statuses'
complete -c hk-facts -l host -x -a '(__hk_names hosts)' -d 'keep hosts that match GLOB'
complete -c hk-facts -l identity-file -r -F -d 'private key FILE'
complete -c hk-facts -l jump -x -a '(__hk_list (__fish_print_hostnames))' -d 'go through HOST,... as ssh -J does; or none'
complete -c hk-facts -l package-lock -r -F -d 'ask package indexes about the names in the lock FILE too'
complete -c hk-facts -l parallel -x -d 'hosts at once, N'
complete -c hk-facts -l password-env -x -a '(set -nx)' -d 'log in with the password in variable NAME'
complete -c hk-facts -l port -x -d 'connect to port N'
complete -c hk-facts -l secret-dir -x -a '(__fish_complete_directories (commandline -ct))' -d 'let secrets come from files below DIR'
complete -c hk-facts -l silently-accept-hosts -d 'record the keys of unknown hosts'
complete -c hk-facts -l ssh-config -r -F -d 'read ssh\'s config from FILE, or none'
complete -c hk-facts -l sudo -d 'become root with sudo'
complete -c hk-facts -l sudo-password-env -x -a '(set -nx)' -d 'give sudo the password in variable NAME'
complete -c hk-facts -l unordered -d 'write documents as they finish'
complete -c hk-facts -l user -x -a '(__fish_complete_users)' -d 'log in as NAME'
complete -c hk-facts -l version -d 'show the version, what it was built from, and the schemas that the command knows'
