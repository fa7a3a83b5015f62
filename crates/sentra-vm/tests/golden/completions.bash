_sentra_vm() {
    local word="${COMP_WORDS[COMP_CWORD]}" words=""
    case "${COMP_WORDS[1]}" in
        run) words="--workers --max-memory --stats --help" ;;
        eval) words="--max-memory --stats --help" ;;
        test) words="--filter --list --jobs --timeout --fail-fast --json --junit --max-memory --help" ;;
        repl) words="--max-memory --help" ;;
        help) words="--help" ;;
        completions) words="bash zsh fish --help" ;;
        man) words="--help" ;;
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then words="run eval test repl help completions man --help --version"; fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _sentra_vm sentra-vm
