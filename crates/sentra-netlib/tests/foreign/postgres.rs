//! What holds for any bytes that a PostgreSQL server says. The fuzz targets run the same.

use sentra_netlib::exchange::postgres::{Broken, Event, Login, Session};
use sentra_netlib::wire::postgres::{kind, places};

/// What servers say: a login and a result, a refusal, a login by SCRAM, a row with everything wrong about it.
#[allow(dead_code)] // Fuzzing finds its own.
pub const SEEDS: &[&[u8]] = &[
    b"R\0\0\0\x08\0\0\0\0S\0\0\0\x13TimeZone\0Etc/UTC\0K\0\0\0\x0c\0\0\0\x01\0\0\0\x02Z\0\0\0\x05IT\0\0\0\x1a\0\x01a\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0D\0\0\0\x0c\0\x01\0\0\0\x0242C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I",
    b"E\0\0\0\x1cSFATAL\0VFATAL\0C28P01\0Mno\0\0",
    b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0R\0\0\0\x1f\0\0\0\x0br=x,s=AAAA,i=2147483647",
    b"R\0\0\0\x0c\0\0\0\x05saltR\0\0\0\x08\0\0\0\0R\0\0\0\x08\0\0\0\x03",
    b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05IA\0\0\0\x10\0\0\0\x01news\0text\0t\0\0\0\x0a\0\x01\0\0\0\x17n\0\0\0\x041\0\0\0\x042\0\0\0\x04G\0\0\0\x07\0\0\0Z\0\0\0\x05EN\0\0\0\x05\0",
    b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05TD\0\0\0\x0a\0\x09\xff\xff\xff\xfeD\0\0\0\x0a\0\x01\x7f\xff\xff\xff",
    b"D\x7f\xff\xff\xff",
    b"{1,NULL,\"a \\\"b\\\"\",{2}}",
    b"[0:1]={t,f}",
    b"SELECT E'\\'?', $tag$ ? $tag$, \"?\" /* ? /* ? */ */ -- ?\n ?",
];

/// What a session makes of bytes in pieces of a size.
fn converse(bytes: &[u8], piece: usize) -> (Vec<String>, Option<Broken>) {
    let login =
        Login { user: "me".into(), password: Some("secret".into()), database: "mine".into(), ..Login::default() };
    let mut session = Session::new(login, 4096).expect("the names are fine");
    let mut seen = Vec::new();
    for piece in bytes.chunks(piece) {
        session.take(piece);
        loop {
            match session.event() {
                Ok(Some(event)) => seen.push(shown(&event)),
                Ok(None) => break,
                Err(broken) => return (seen, Some(broken)),
            }
        }
    }
    (seen, None)
}

fn shown(event: &Event) -> String {
    match event {
        Event::Ready { in_transaction, failed } => format!("ready {in_transaction} {failed}"),
        Event::Parameters(kinds) => format!("parameters {kinds:?}"),
        Event::Columns(columns) => format!("columns {columns:?}"),
        Event::Row(row) => {
            let mut cells = Vec::new();
            let read = row.cells::<Broken>(|cell| {
                cells.push(cell.map(<[u8]>::to_vec));
                Ok(())
            });
            format!("row {cells:?} {read:?}")
        }
        Event::Completed(count) => format!("completed {count}"),
        Event::Failed(complaint) => format!("failed {complaint:?}"),
        Event::Notified { channel, payload } => format!("notified {channel} {payload}"),
    }
}

/// A session ends or goes on, the same however its bytes are cut, and keeps no more than it is told to. Values of
/// any type are read, and places of parameters numbered.
pub fn postgres(bytes: &[u8]) {
    assert_eq!(converse(bytes, usize::MAX), converse(bytes, 1));
    assert_eq!(converse(bytes, usize::MAX), converse(bytes, 7));
    for of in [16, 17, 20, 114, 700, 1000, 1007, 1009, 1016, 1231, 3807] {
        let _ = kind::read(of, bytes);
    }
    if let Ok(sql) = std::str::from_utf8(bytes) {
        assert!(places::numbered(sql).len() <= sql.len() * 11);
    }
}
