//! Generates the parser from its grammar; a conflict in the grammar stops the build here.

fn main() {
    lalrpop::Configuration::new()
        .use_cargo_dir_conventions()
        .emit_rerun_directives(true)
        .process_dir("src")
        .expect("the grammar is LR(1)");
}
