//! The `sentra-vm` command; all it does is in `sentra_vm::command`.

fn main() {
    let status = sentra_vm::command::run(std::env::args_os());
    // Not a return: a large heap need not be taken apart when the process ends anyway.
    std::process::exit(status)
}
