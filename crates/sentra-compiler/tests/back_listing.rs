//! The code that is emitted for typical programs, against golden listings. `BLESS=1` writes them anew.

use std::path::Path;

use sentra_compiler::compile::{CompileOptions, compile};
use sentra_compiler::load::NoLoader;

#[test]
fn listings_are_as_stored() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/listing");
    let mut different = Vec::new();
    for entry in std::fs::read_dir(&directory).expect("the goldens are there") {
        let program = entry.expect("a directory entry").path();
        if program.extension().is_none_or(|extension| extension != "sn") {
            continue;
        }
        let text = std::fs::read_to_string(&program).expect("a golden program");
        let name = program.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let compiled = compile(&name, text.as_bytes(), &mut NoLoader, &CompileOptions::default());
        let compiled = compiled.unwrap_or_else(|rejected| panic!("{name}: {:?}", rejected.diagnostics));
        let listing = sentra_bytecode::list(&compiled.module, &|_| Some(text.clone()));
        let golden = program.with_extension("txt");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&golden, &listing).expect("a golden listing can be written");
        }
        if std::fs::read_to_string(&golden).unwrap_or_default() != listing {
            different.push(name);
        }
    }
    assert!(different.is_empty(), "other code than stored (BLESS=1 accepts it): {different:?}");
}
