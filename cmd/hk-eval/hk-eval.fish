# Completion of hk-eval in fish. Made from its flags by make generate.

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

complete -c hk-eval -l check -d 'look for mistakes only and write nothing on stdout'
complete -c hk-eval -l help -s h -d 'show the synopsis, the flags and the exit statuses'
complete -c hk-eval -l host -x -a '(__hk_names hosts)' -d 'write the hosts that match GLOB alone'
complete -c hk-eval -l init -d 'write a config to begin with, to a new FILE or stdout'
complete -c hk-eval -l list -x -a 'hosts services addresses' -d 'write the names of WHAT alone, a line each: hosts, services or addresses; without FILE, of the configs in this folder'
complete -c hk-eval -l schema -x -a 'config host package-lock plan report event' -d 'write the JSON schema of DOCUMENT, for editors: config, host, package-lock, plan, report, event'
complete -c hk-eval -l service -x -a '(__hk_names services)' -d 'write service NAME alone, with what it depends on'
complete -c hk-eval -l version -d 'show the version, what it was built from, and the schemas that the command knows'
