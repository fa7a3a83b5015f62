#compdef sentra-vm
_arguments -C \
    '1: :->command' \
    '*:: :->rest'
case $state in
command)
    local -a commands=(
        'run:Run a program'
        'eval:Run a program given as text and print the value of its last expression'
        'test:Run tests'
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
    run) _arguments '--workers=[Run the program in N processes that share the ports it listens on; one that dies is started again]:N:' '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G; three quarters of what there is if not given]:SIZE:' '--stats[Print figures about collections, memory and the event loop to standard error at the end]' '*: :_files' ;;
    eval) _arguments '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G; three quarters of what there is if not given]:SIZE:' '--stats[Print figures about collections, memory and the event loop to standard error at the end]' '*: :_files' ;;
    test) _arguments '--filter=[Run only tests whose FILE\:\:NAME contains TEXT]:TEXT:' '--list[Print the tests’ names, one FILE\:\:NAME a line, and run none]' '--jobs=[How many tests run at a time; as many as there are cores if not given]:N:' '--timeout=[How long each test may take, 60 if not given]:SECONDS:' '--fail-fast[Stop at the first failure]' '--json[Print one JSON object a line\: each test as it ends, then a summary]' '--junit=[Write a report in JUnit’s XML to FILE as well]:FILE:_files' '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G; three quarters of what there is if not given]:SIZE:' '*: :_files' ;;
    repl) _arguments '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G; three quarters of what there is if not given]:SIZE:' '*: :' ;;
    help) _arguments '*: :' ;;
    completions) _arguments '*: :(bash zsh fish)' ;;
    man) _arguments '*: :' ;;
    *) _files ;;
    esac
    ;;
esac
