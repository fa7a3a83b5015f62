//! Every capability that the chapter and the texts on sockets ask for, by the number that the project's checklist
//! gives it, and the test that shows it. A line that does not hold yet stands in `MISSING` with its reason, so
//! that none can be forgotten.

use std::collections::BTreeMap;
use std::fs;

use sentra::program;

/// The numbers; the file; the test in it, or nothing if the file is a script that `tests/scripts.rs` runs.
type Shown = (&'static [u16], &'static str, &'static str);

const SHOWN: &[Shown] = &[
    // The web server.
    (&[1, 3, 4, 5, 8, 19], "tests/scripts/modules/http-server.sn", ""),
    (&[2, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22], "tests/chapter.rs", "web_server"),
    // TCP.
    (&[23, 24, 25, 26, 27, 28, 29, 30, 31, 32], "tests/chapter.rs", "tcp"),
    // The HTTP client.
    (&[33, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45], "tests/chapter.rs", "http_client"),
    (&[34, 35], "tests/scripts/modules/http-requests.sn", ""),
    (&[46], "tests/scripts/variables/unknown-name-suggests-the-nearest.sn", ""),
    // WebSockets.
    (&[47, 48, 49, 50, 51, 52, 53, 54], "tests/chapter.rs", "websocket"),
    (&[55], "tests/scripts/modules/names-may-be-hidden.sn", ""),
    // The REST API.
    (&[57, 58, 59, 60, 61, 62, 63, 65, 67, 68, 70, 71, 72], "tests/scripts/modules/http-middleware.sn", ""),
    (&[69], "tests/scripts/modules/http-server.sn", ""),
    (&[56, 64, 66], "tests/chapter.rs", "rest_api"),
    // Chat.
    (&[73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86], "tests/chapter.rs", "chat"),
    // The scanner.
    (&[87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99], "tests/chapter.rs", "scanner"),
    (&[100, 101, 102, 103, 104, 105], "tests/chapter.rs", "scanner"),
    // The load balancer.
    (&[106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117], "tests/chapter.rs", "load_balancer"),
    (&[118], "tests/chapter.rs", "a_privileged_port_is_a_clear_error"),
    // Framed packets.
    (&[119, 120, 121, 122, 123, 124], "tests/chapter.rs", "protocol"),
    // The monitor.
    (&[125], "tests/chapter.rs", "what_cannot_be_monitored_is_a_clear_error"),
    (&[126, 127, 128], "tests/chapter.rs", "monitor"),
    // The session.
    (&[129, 130, 131, 132, 133, 134], "tests/chapter.rs", "session"),
    // What the text promises.
    (&[135], "tests/scripts/modules/net-streams.sn", ""),
    (&[136], "tests/examples_http.rs", "reverse_proxy"),
    // The texts on sockets.
    (&[137], "tests/sockets.rs", "host_names_resolve"),
    (&[138, 139, 140, 142], "tests/sockets.rs", "quote_of_the_day"),
    (&[141], "tests/scripts/defer/on-return.sn", ""),
    (&[143], "tests/sockets.rs", "daytime"),
    (&[144, 145], "tests/sockets.rs", "requests_over_a_plain_socket"),
    (&[146], "tests/scripts/lexical/shebang-line-is-skipped.sn", ""),
    (&[147, 148], "tests/sockets.rs", "blocking_echo_server_serves_python_and_sentra"),
    (&[149, 150, 151, 163], "tests/sockets.rs", "many_clients_server_under_the_apache_bench"),
    (&[152], "tests/scripts/modules/net-streams.sn", ""),
    (&[153, 154], "tests/scripts/modules/net-streams.sn", ""),
    (&[155, 156, 157, 159, 160], "tests/sockets.rs", "sample_echo_server_reports_what_it_does"),
    (&[158], "tests/scripts/builtin_strings/format.sn", ""),
    (&[161], "tests/packets.rs", "frames_are_injected_and_sniffed"),
    (&[162], "tests/sockets.rs", "blocking_echo_server_serves_python_and_sentra"),
    (&[164], "tests/workers.rs", "all_workers_serve_one_port_and_end_at_a_signal"),
    (&[165], "tests/examples_net.rs", "select_server"),
];

/// What does not hold yet, and why.
const MISSING: &[(&[u16], &str)] = &[];

#[test]
fn every_line_is_shown_or_known_to_be_missing() {
    let mut places: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    let shown = SHOWN.iter().flat_map(|(numbers, file, _)| numbers.iter().map(move |number| (*number, *file)));
    let missing = MISSING.iter().flat_map(|(numbers, why)| numbers.iter().map(move |number| (*number, *why)));
    for (number, place) in shown.chain(missing) {
        places.entry(number).or_default().push(place);
    }
    let wanted: Vec<u16> = (1..=165).collect();
    let wrong: Vec<_> =
        wanted.iter().filter(|number| places.get(number).is_none_or(|places| places.len() != 1)).collect();
    assert!(wrong.is_empty() && places.len() == wanted.len(), "not exactly once: {wrong:?}");
}

#[test]
fn the_tests_that_are_named_are_there() {
    for (numbers, file, test) in SHOWN {
        let text = fs::read_to_string(program::root().join(file));
        let text = text.unwrap_or_else(|error| panic!("{file}, which shows {numbers:?}: {error}"));
        let runs = test.is_empty() || text.contains(&format!("#[test]\nfn {test}()"));
        let documented = text.contains(&format!("fn {test}()"));
        assert!(runs || documented && text.contains("#[test]"), "{file} has no test `{test}`, which shows {numbers:?}");
    }
}
