//! What a server complains of, in the words of this program.

use sentra_netlib::exchange::postgres::Complaint;

use crate::database::failure::Failure;

/// The failure of a statement. Kinds are those of SQLite's failures where they mean the same.
pub(super) fn failure(complaint: &Complaint) -> Failure {
    let code = complaint.code.as_str();
    let kind = match code {
        "57014" => "interrupted",
        "42601" => "syntax",
        "42P01" | "42703" | "42883" | "42P02" | "42704" | "42P07" | "42701" | "42702" | "3F000" => "schema",
        "42501" => "permission",
        "55P03" | "40001" | "40P01" | "53300" => "busy",
        "25006" => "readonly",
        "53100" => "full",
        "53200" => "memory",
        "25P02" => "closed",
        _ => match code.get(..2) {
            Some("23") => "constraint",
            Some("22") => "range",
            Some("08") | Some("57") => "connection",
            Some("28") | Some("3D") => "login",
            _ => "sql",
        },
    };
    Failure::new(kind, message(complaint))
}

/// The failure of a login.
pub(super) fn refusal(complaint: &Complaint) -> Failure {
    let kind = if complaint.code.starts_with("53") || complaint.code.starts_with("57") { "busy" } else { "login" };
    Failure::new(kind, format!("the server refuses the login: {}", message(complaint)))
}

fn message(complaint: &Complaint) -> String {
    let mut message = complaint.message.clone();
    if let Some(position) = complaint.position {
        message.push_str(&format!(" (at character {})", position.saturating_sub(1)));
    }
    for more in [&complaint.detail, &complaint.hint] {
        if !more.is_empty() {
            message.push_str("; ");
            message.push_str(more);
        }
    }
    message
}
