//! Generates the parser of filters from its grammar; a conflict in it stops the build here.

fn main() {
    if std::env::var_os("CARGO_FEATURE_SYSTEM").is_none() {
        return;
    }
    lalrpop::Configuration::new()
        .use_cargo_dir_conventions()
        .emit_rerun_directives(true)
        .process_dir("src")
        .expect("the grammar is LR(1)");
}
