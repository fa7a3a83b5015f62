//! Times and regular expressions against Python's, which others wrote: random moments in many zones,
//! random texts under patterns that both read alike.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use sentra::program;

const PYTHON_TIMES: &str = r#"
import random, sys
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from zoneinfo import ZoneInfo
random.seed(5)
zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "America/St_Johns",
         "Africa/Casablanca", "Pacific/Apia", "Australia/Lord_Howe", "Europe/London", "America/Sao_Paulo"]
epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
for _ in range(3000):
    zone = random.choice(zones)
    # What lies ahead changes from one edition of the database to the next.
    ms = random.randrange(-2000000000000, 1700000000000)
    local = (epoch + timedelta(milliseconds=ms)).astimezone(ZoneInfo(zone))
    # Whole minutes of offset are all that RFC 3339 can write.
    if local.utcoffset().seconds % 60: continue
    whole = local.replace(microsecond=0)
    year, week, day = local.isocalendar()
    wall = local.replace(tzinfo=None)
    back = round((wall.replace(tzinfo=ZoneInfo(zone)).astimezone(timezone.utc) - epoch) / timedelta(milliseconds=1))
    print(ms, zone, local.isoformat(timespec="milliseconds"), format_datetime(whole).replace(" ", "_"),
          f"{year}-W{week:02}-{day}", local.strftime("%j_%a_%b_%H_%p_%U_%W_%Z"), wall.isoformat(timespec="milliseconds"), back)
"#;

const SENTRA_TIMES: &str = r#"
for line in file_lines(args()[0]) {
    let [ms, zone, iso, mail, week, letters, wall, back] = split(line, " ")
    let t = number(ms)
    let utc = zone == "UTC"
    assert_equal(format_time(t, "%FT%T%.3f%:z", zone), iso)
    assert_equal(replace(format_time(t, "rfc2822", zone), " ", "_"), mail)
    assert_equal(format_time(t, "week", zone), week)
    assert_equal(format_time(t, "%j_%a_%b_%H_%p_%U_%W_%Z", zone), letters, line)
    assert_equal(parse_time(iso), t)
    assert_equal(parse_time(replace(mail, "_", " ")), t - (t % 1000 + 1000) % 1000)
    assert_equal(parse_time(wall, nil, zone), number(back), line)
}
log("same")
"#;

const PYTHON_PATTERNS: &str = r#"
import json, random, re, sys
random.seed(6)
patterns = ["a+", "a*?b", "(a|b)+c?", "[^a]b", r"\bab", r"(\w+) (\w+)", r"^\w", r"\d{1,3}(?:\.\d{1,3}){3}", "(?i)AB|c", "é+",
            "(?s)a.b", "(?m)^b", r"(?P<first>a)(?P<rest>.*)", "x{2,3}", "a|ab|abc", r"[\wé]+$", r"\s+", r"(a)|(b)|(c)"]
for _ in range(3000):
    text = "".join(random.choice(["a", "b", "c", "ab", " ", "x", "é", "1", "10.0.0.1", "\n", "A", "_"]) for _ in range(random.randrange(14)))
    pattern = random.choice(patterns)
    found = re.compile(pattern, re.ASCII if "é" not in text + pattern else 0)
    # Python lets `$` match before a last newline.
    if "$" in pattern and text.endswith("\n"): continue
    matches = [m for m in found.finditer(text) if m.group()]
    first = found.search(text)
    print(json.dumps({"pattern": pattern, "text": text, "all": [m.group() for m in matches],
                      "groups": None if first is None else [first.group(0), *first.groups()],
                      "replaced": "".join(found.sub(r"<\g<0>>", text).split("<>"))}))
"#;

const SENTRA_PATTERNS: &str = r#"
for line in file_lines(args()[0]) {
    let case = json_decode(line)
    assert_equal(filter(regex_find_all(case.pattern, case.text), |part| part != ""), case.all, line)
    assert_equal(replace(regex_replace(case.pattern, case.text, "<$0>"), "<>", ""), case.replaced, line)
    let groups = regex_captures(case.pattern, case.text)
    assert_equal(groups == nil, case.groups == nil, line)
    if groups != nil {
        for at, group in case.groups { assert_equal(groups[at], group, line) }
    }
}
log("same")
"#;

/// What Python prints, saved for a Sentra program that checks it.
fn compare(name: &str, python: &str, sentra: &str) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&directory).expect("the target directory can be written");
    let cases = Command::new("python3").args(["-c", python]).output().expect("python3 starts");
    assert!(cases.status.success(), "{}", String::from_utf8_lossy(&cases.stderr));
    let (data, script) = (directory.join("cases"), directory.join("compare.sn"));
    fs::write(&data, cases.stdout).expect("the directory was just made");
    fs::write(&script, sentra).expect("the directory was just made");
    let mut command = program::sentra_vm();
    let outcome = program::run(command.arg("run").arg(&script).arg(&data), b"", Duration::from_secs(120));
    assert_eq!(outcome.output(), "same\n", "{}", outcome.errors());
}

#[test]
fn times() {
    compare("python-times", PYTHON_TIMES, SENTRA_TIMES);
}

#[test]
fn patterns() {
    compare("python-patterns", PYTHON_PATTERNS, SENTRA_PATTERNS);
}
