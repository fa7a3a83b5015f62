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
        'debug:Run a program step by step'
        'help:Describe a builtin, or list all of them'
        'completions:Print a completion script for a shell'
        'man:Print the man page'
    )
    _describe command commands
    _files
    ;;
rest)
    case $words[1] in
    run) _arguments '--workers=[Run the program in N processes that share the ports it listens on; one that dies is started again]:N:' '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G; three quarters of what there is if not given]:SIZE:' '--stats=-[Print figures about collections, memory and the event loop to standard error at the end, with =json as JSON]::FORMAT:' '--profile=[Write to FILE where processor time went, by fiber, function and line\: folded stacks, or a flame graph if it ends in .svg]:FILE:_files' '--trace=[Write to FILE when fibers ran and what they waited for, as Chrome’s and Perfetto’s trace viewers read it]:FILE:_files' '--sandbox[Allow the program nothing but what further flags allow]' '--allow-net=-[Allow connecting\: hosts, addresses or prefixes, each with or without \:PORT; all if none is named]::HOSTS:' '--allow-listen=-[Allow listening\: PORT, FROM-TO or ADDRESS\:PORT]::PORTS:' '--allow-read=-[Allow reading files and folders, with all below them]::PATHS:' '--allow-write=-[Allow changing files and folders, with all below them]::PATHS:' '--allow-exec=-[Allow starting programs]::NAMES:' '--allow-env=-[Allow reading and setting variables of the environment]::NAMES:' '--allow-raw[Allow capturing and sending raw packets]' '--max-time=[End the program with status 124 after so long]:SECONDS:' '--max-fibers=[The most fibers that may live at a time]:N:' '--max-open=[The most sockets and files that may be open at a time]:N:' '*: :_files' ;;
    eval) _arguments '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G; three quarters of what there is if not given]:SIZE:' '--stats=-[Print figures about collections, memory and the event loop to standard error at the end, with =json as JSON]::FORMAT:' '--profile=[Write to FILE where processor time went, by fiber, function and line\: folded stacks, or a flame graph if it ends in .svg]:FILE:_files' '--trace=[Write to FILE when fibers ran and what they waited for, as Chrome’s and Perfetto’s trace viewers read it]:FILE:_files' '--sandbox[Allow the program nothing but what further flags allow]' '--allow-net=-[Allow connecting\: hosts, addresses or prefixes, each with or without \:PORT; all if none is named]::HOSTS:' '--allow-listen=-[Allow listening\: PORT, FROM-TO or ADDRESS\:PORT]::PORTS:' '--allow-read=-[Allow reading files and folders, with all below them]::PATHS:' '--allow-write=-[Allow changing files and folders, with all below them]::PATHS:' '--allow-exec=-[Allow starting programs]::NAMES:' '--allow-env=-[Allow reading and setting variables of the environment]::NAMES:' '--allow-raw[Allow capturing and sending raw packets]' '--max-time=[End the program with status 124 after so long]:SECONDS:' '--max-fibers=[The most fibers that may live at a time]:N:' '--max-open=[The most sockets and files that may be open at a time]:N:' '*: :_files' ;;
    test) _arguments '--filter=[Run only tests whose FILE\:\:NAME contains TEXT]:TEXT:' '--list[Print the tests’ names, one FILE\:\:NAME a line, and run none]' '--jobs=[How many tests run at a time; as many as there are cores if not given]:N:' '--timeout=[How long each test may take, 60 if not given]:SECONDS:' '--fail-fast[Stop at the first failure]' '--json[Print one JSON object a line\: each test as it ends, then a summary]' '--junit=[Write a report in JUnit’s XML to FILE as well]:FILE:_files' '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G; three quarters of what there is if not given]:SIZE:' '*: :_files' ;;
    repl) _arguments '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G; three quarters of what there is if not given]:SIZE:' '--sandbox[Allow the program nothing but what further flags allow]' '--allow-net=-[Allow connecting\: hosts, addresses or prefixes, each with or without \:PORT; all if none is named]::HOSTS:' '--allow-listen=-[Allow listening\: PORT, FROM-TO or ADDRESS\:PORT]::PORTS:' '--allow-read=-[Allow reading files and folders, with all below them]::PATHS:' '--allow-write=-[Allow changing files and folders, with all below them]::PATHS:' '--allow-exec=-[Allow starting programs]::NAMES:' '--allow-env=-[Allow reading and setting variables of the environment]::NAMES:' '--allow-raw[Allow capturing and sending raw packets]' '--max-time=[End the program with status 124 after so long]:SECONDS:' '--max-fibers=[The most fibers that may live at a time]:N:' '--max-open=[The most sockets and files that may be open at a time]:N:' '*: :' ;;
    debug) _arguments '--dap[Speak the Debug Adapter Protocol on standard input and output]' '--max-memory=[The most that the program’s values may take, as in 512K, 64M or 2G; three quarters of what there is if not given]:SIZE:' '--sandbox[Allow the program nothing but what further flags allow]' '--allow-net=-[Allow connecting\: hosts, addresses or prefixes, each with or without \:PORT; all if none is named]::HOSTS:' '--allow-listen=-[Allow listening\: PORT, FROM-TO or ADDRESS\:PORT]::PORTS:' '--allow-read=-[Allow reading files and folders, with all below them]::PATHS:' '--allow-write=-[Allow changing files and folders, with all below them]::PATHS:' '--allow-exec=-[Allow starting programs]::NAMES:' '--allow-env=-[Allow reading and setting variables of the environment]::NAMES:' '--allow-raw[Allow capturing and sending raw packets]' '--max-time=[End the program with status 124 after so long]:SECONDS:' '--max-fibers=[The most fibers that may live at a time]:N:' '--max-open=[The most sockets and files that may be open at a time]:N:' '*: :_files' ;;
    help) _arguments '*: :' ;;
    completions) _arguments '*: :(bash zsh fish)' ;;
    man) _arguments '*: :' ;;
    *) _files ;;
    esac
    ;;
esac
