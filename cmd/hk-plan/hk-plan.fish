# Completion of hk-plan in fish. Made from its flags by make generate.

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

complete -c hk-plan -f
complete -c hk-plan -l compact -d 'write a plan on one line'
complete -c hk-plan -l exit-code -d 'exit with 10 when changes are pending'
complete -c hk-plan -l help -s h -d 'show the synopsis, the flags and the exit statuses'
complete -c hk-plan -l ignore -x -a '(__hk_names addresses)' -d 'leave KIND:NAME as it is'
complete -c hk-plan -l only -x -a '(__hk_names addresses)' -d 'plan only KIND:NAME, with what it depends on'
complete -c hk-plan -l out -r -F -d 'write the plans to FILE, if no host failed'
complete -c hk-plan -l package-lock -r -F -d 'take package names from the lock in FILE alone'
complete -c hk-plan -l refresh-index -d 'fetch the package index anew before packages are installed'
complete -c hk-plan -l service -x -a '(__hk_names services)' -d 'plan only service NAME, with what it depends on'
complete -c hk-plan -l sign -r -F -d 'sign FILE of --out with the private key in KEY'
complete -c hk-plan -l version -d 'show the version, what it was built from, and the schemas that the command knows'
