//! Clocks and the calendar. Dates and times of day are in UTC. What waits is in `fibers`.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::builtin::Arguments;
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "time" in ["time"] () -> "number",
        faults [], Nothing,
        "Milliseconds since 1970-01-01 UTC.",
        "log(time() > 1700000000000) // expect: true" => Native(time_ms);
    "time_ms" in ["time", "time:ms"] () -> "number",
        faults [], Nothing,
        "Milliseconds since 1970-01-01 UTC; the same as `time`.",
        "log(abs(time_ms() - time()) < 1000) // expect: true" => Native(time_ms);
    "current_time_ms" in ["time"] () -> "number",
        faults [], Nothing,
        "Milliseconds since 1970-01-01 UTC; the same as `time`.",
        "log(abs(current_time_ms() - time()) < 1000) // expect: true" => Native(time_ms);
    "time_ns" in ["time", "time:ns"] () -> "number",
        faults [], Nothing,
        "Nanoseconds since 1970-01-01 UTC, exactly.",
        "log(abs(time_ns() / 1000000 - time()) < 1000) // expect: true" => Native(time_ns);
    "monotonic_ms" in ["time"] () -> "number",
        faults [], Nothing,
        "Milliseconds, with fractions, since some moment; never goes back.",
        "let start = monotonic_ms()\nlog(monotonic_ms() - start >= 0) // expect: true" => Native(monotonic_ms);
    "now" in ["time"] () -> "string",
        faults [], Nothing,
        "The date and time in UTC as ISO 8601 says, with milliseconds.",
        "log(len(now()), now()[10]) // expect: 24 T" => Native(now);
    "date" in ["time"] () -> "string",
        faults [], Nothing,
        "The date in UTC, as in 2025-12-31.",
        "log(len(date()), date()[4]) // expect: 10 -" => Native(date);
    "datetime" in ["time"] () -> "string",
        faults [], Nothing,
        "The date and time of day in UTC, as in 2025-12-31 23:59:59.",
        "log(len(datetime()), datetime()[13]) // expect: 19 :" => Native(datetime);
    "current_datetime" in ["time"] () -> "string",
        faults [], Nothing,
        "The date and time of day in UTC; the same as `datetime`.",
        "log(len(current_datetime())) // expect: 19" => Native(datetime);
}

/// A moment in the calendar, UTC.
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    millisecond: i64,
}

impl Moment {
    /// The moment so many milliseconds after 1970-01-01.
    fn of(milliseconds: i64) -> Self {
        let days = milliseconds.div_euclid(86_400_000);
        let rest = milliseconds.rem_euclid(86_400_000);
        // Years that start in March put the leap day last; eras of 400 years repeat exactly.
        let from_march = days + 719_468;
        let era = from_march.div_euclid(146_097);
        let day_of_era = from_march.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            millisecond: rest % 1000,
        }
    }

    fn date(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    fn time_of_day(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }
}

/// Nanoseconds since 1970, negative before.
fn nanoseconds() -> i128 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}

fn present() -> Moment {
    Moment::of((nanoseconds().div_euclid(1_000_000)) as i64)
}

fn time_ms(_: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    Ok(Value::number(nanoseconds().div_euclid(1_000_000) as f64))
}

fn time_ns(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    let nanoseconds = nanoseconds();
    Ok(i64::try_from(nanoseconds).map_or(Value::number(nanoseconds as f64), |exact| vm.heap.integer(exact)))
}

fn monotonic_ms(_: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    static START: OnceLock<Instant> = OnceLock::new();
    Ok(Value::number(START.get_or_init(Instant::now).elapsed().as_nanos() as f64 / 1e6))
}

fn now(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    let moment = present();
    let text = format!("{}T{}.{:03}Z", moment.date(), moment.time_of_day(), moment.millisecond);
    Ok(vm.heap.text(text.as_bytes()))
}

fn date(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    Ok(vm.heap.text(present().date().as_bytes()))
}

fn datetime(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    let moment = present();
    Ok(vm.heap.text(format!("{} {}", moment.date(), moment.time_of_day()).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn moments_of_the_calendar() {
        for (milliseconds, date, time) in [
            (0, "1970-01-01", "00:00:00"),
            (951_782_400_000, "2000-02-29", "00:00:00"),
            (1_709_251_199_999, "2024-02-29", "23:59:59"),
            (-1, "1969-12-31", "23:59:59"),
            (4_102_444_800_000, "2100-01-01", "00:00:00"),
        ] {
            let moment = Moment::of(milliseconds);
            assert_eq!((moment.date().as_str(), moment.time_of_day().as_str()), (date, time));
        }
    }
}
