#compdef sentra-vm
_arguments -C \
    '1: :->command' \
    '*:: :->rest'
case $state in
command)
    local -a commands=(
        'run:Run a program'
        'eval:Run a program given as text and print the value of its last expression'
        'repl:Evaluate input line by line'
        'help:Describe a builtin, or list all of them'
        'completions:Print a completion script for a shell'
        'man:Print the man page'
    )
    _describe command commands
    _files
    ;;
rest)
    case $words[1] in
    run) _arguments '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G]:SIZE:' '--stats[Print figures about collections, memory and the event loop to standard error at the end]' '*: :_files' ;;
    eval) _arguments '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G]:SIZE:' '--stats[Print figures about collections, memory and the event loop to standard error at the end]' '*: :_files' ;;
    repl) _arguments '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G]:SIZE:' '*: :' ;;
    help) _arguments '*: :' ;;
    completions) _arguments '*: :(bash zsh fish)' ;;
    man) _arguments '*: :' ;;
    *) _files ;;
    esac
    ;;
esac
