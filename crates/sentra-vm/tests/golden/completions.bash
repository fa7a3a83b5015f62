_sentra_vm() {
    local word="${COMP_WORDS[COMP_CWORD]}" words=""
    case "${COMP_WORDS[1]}" in
        run) words="--workers --max-memory --stats --profile --trace --sandbox --allow-net --allow-listen --allow-read --allow-write --allow-exec --allow-env --allow-raw --max-time --max-fibers --max-open --help" ;;
        eval) words="--max-memory --stats --profile --trace --sandbox --allow-net --allow-listen --allow-read --allow-write --allow-exec --allow-env --allow-raw --max-time --max-fibers --max-open --help" ;;
        test) words="--filter --list --jobs --timeout --fail-fast --json --junit --max-memory --help" ;;
        repl) words="--max-memory --sandbox --allow-net --allow-listen --allow-read --allow-write --allow-exec --allow-env --allow-raw --max-time --max-fibers --max-open --help" ;;
        debug) words="--dap --max-memory --sandbox --allow-net --allow-listen --allow-read --allow-write --allow-exec --allow-env --allow-raw --max-time --max-fibers --max-open --help" ;;
        help) words="--help" ;;
        completions) words="bash zsh fish --help" ;;
        man) words="--help" ;;
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then words="run eval test repl debug help completions man --help --version"; fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _sentra_vm sentra-vm
