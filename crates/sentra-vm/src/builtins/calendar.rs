//! The calendar: moments to text and back, their parts, and sums, in any time zone.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Zoned};

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

use super::settings::Settings;

mod format;
mod iso;
mod mail;
mod moment;
mod scanner;
mod zone;

use format::Format;
use moment::Moment;

builtins! { TABLE:
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
    "format_time" in ["time:format", "time"] (ms: Types::NUMBER, format: Types::STRING => "\"rfc3339\"", zone: Types::STRING => "\"UTC\"") -> "string",
        faults ["time", "range"], Nothing,
        "A time by the letters of strftime, or in a known format: rfc3339, iso, week, http, rfc1123, rfc2822, rfc850, asctime. A zone is a name as Europe/Berlin, UTC, local or an offset.",
        "log(format_time(0, \"%d.%m.%Y %H:%M %Z\", \"Europe/Berlin\"))\nlog(format_time(1700000000000, \"http\"))\n// expect: 01.01.1970 01:00 CET\n// expect: Tue, 14 Nov 2023 22:13:20 GMT" => Native(format_time);
    "parse_time" in ["time:parse", "time"] (text: Types::STRING, format: Types::STRING => "any known one", zone: Types::STRING => "\"UTC\"") -> "number",
        faults ["parse", "time"], Nothing,
        "The time that a text means, in milliseconds since 1970-01-01 UTC: RFC 3339, ISO 8601 dates, the dates of mail and HTTP, or by the letters of strftime. The zone is for texts that name none.",
        "log(parse_time(\"2026-W47-6\"), parse_time(\"1970-01-01T01:00:00+01:00\"))\nlog(parse_time(\"31.12.1969\", \"%d.%m.%Y\"))\n// expect: 1795219200000 0\n// expect: -86400000" => Native(parse_time);
    "time_parts" in ["time:parts", "time"] (ms: Types::NUMBER, zone: Types::STRING => "\"UTC\"") -> "map",
        faults ["time", "range"], Nothing,
        "A time's year, month, day, hour, minute, second, millisecond, weekday (1 is Monday), yearday, week, week_year, offset_seconds, zone and dst.",
        "let p = time_parts(951782400000)\nlog(p.year, p.month, p.day, p.weekday, p.week) // expect: 2000 2 29 2 9" => Native(time_parts);
    "time_from_parts" in ["time:from_parts", "time"] (parts: Types::MAP, zone: Types::STRING => "UTC, or as offset_seconds says") -> "number",
        faults ["range", "time"], Nothing,
        "The time whose parts a map gives as `time_parts` does; only the year is needed. What a zone's clocks show twice is the first of both, what they leave out is an hour later.",
        "log(time_from_parts({year: 2000, month: 2, day: 29})) // expect: 951782400000" => Native(time_from_parts);
    "time_add" in ["time:add", "time"] (ms: Types::NUMBER, amounts: Types::MAP, zone: Types::STRING => "\"UTC\"") -> "number",
        faults ["range", "time"], Nothing,
        "A time so many years, months, weeks, days, hours, minutes, seconds and milliseconds later, as a zone's calendar counts.",
        "let t = time_add(parse_time(\"2024-01-31\"), {months: 1})\nlog(format_time(t, \"%F\")) // expect: 2024-02-29" => Native(time_add);
}

/// The zone that an argument names, UTC without one.
fn zone_of(args: Arguments, index: usize) -> Result<TimeZone, Box<Fault>> {
    args.optional(index).map_or(Ok(TimeZone::UTC), |_| zone::zone(args.bytes(index)))
}

fn present(vm: &mut Vm, format: &Format) -> Result<Value, Box<Fault>> {
    let text = format.write(Moment::now(), &TimeZone::UTC)?;
    Ok(vm.heap.text(text.as_bytes()))
}

fn now(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    present(vm, &Format::Iso)
}

fn date(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    present(vm, &Format::Pattern("%F"))
}

fn datetime(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    present(vm, &Format::Pattern("%F %T"))
}

fn format_time(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let format = args.optional(1).map_or(Ok(Format::Rfc3339), |_| Format::parse(args.bytes(1)))?;
    let text = format.write(Moment::of(args.value(0))?, &zone_of(args, 2)?)?;
    vm.heap.checked_text(text.as_bytes())
}

fn parse_time(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let zone = zone_of(args, 2)?;
    let moment = match args.optional(1) {
        Some(_) => Format::parse(args.bytes(1))?.read(args.bytes(0), &zone)?,
        None => format::read_any(args.bytes(0), &zone)?,
    };
    Ok(moment.value(&mut vm.heap))
}

fn time_parts(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let zone = zone_of(args, 1)?;
    let local = Moment::of(args.value(0))?.local(&zone)?;
    let (clock, week) = (local.clock, local.clock.date().iso_week_date());
    let numbers = [
        ("year", i32::from(clock.year())),
        ("month", clock.month().into()),
        ("day", clock.day().into()),
        ("hour", clock.hour().into()),
        ("minute", clock.minute().into()),
        ("second", clock.second().into()),
        ("millisecond", clock.millisecond().into()),
        ("weekday", clock.weekday().to_monday_one_offset().into()),
        ("yearday", clock.day_of_year().into()),
        ("week", week.week().into()),
        ("week_year", week.year().into()),
        ("offset_seconds", local.offset.seconds()),
    ];
    let parts = vm.heap.map(numbers.len() + 2);
    for (name, number) in numbers {
        parts.set_text(&mut vm.heap, name, Value::small(number))?;
    }
    let abbreviation = vm.heap.text(local.abbreviation.as_bytes());
    parts.set_text(&mut vm.heap, "zone", abbreviation)?;
    parts.set_text(&mut vm.heap, "dst", local.is_dst.into())?;
    Ok(parts.value())
}

/// What `time_from_parts` reads; what else `time_parts` gives follows from these.
const PARTS: [&str; 14] = [
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "millisecond",
    "offset_seconds",
    "weekday",
    "yearday",
    "week",
    "week_year",
    "zone",
    "dst",
];

fn time_from_parts(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let parts = Settings::new("time_from_parts", args.optional(0), &PARTS)?;
    let part = |name: &str, least: i64, most: i64| parts.integer(name, least, most);
    let year = part("year", -9999, 9999)?.ok_or_else(|| Fault::range("`time_from_parts` needs a year"))?;
    let month = part("month", 1, 12)?.unwrap_or(1);
    let first = DateTime::constant(year as i16, month as i8, 1, 0, 0, 0, 0);
    let clock = first
        .with()
        .day(part("day", 1, first.date().days_in_month().into())?.unwrap_or(1) as i8)
        .hour(part("hour", 0, 23)?.unwrap_or(0) as i8)
        .minute(part("minute", 0, 59)?.unwrap_or(0) as i8)
        .second(part("second", 0, 59)?.unwrap_or(0) as i8)
        .millisecond(part("millisecond", 0, 999)?.unwrap_or(0) as i16)
        .build()
        .map_err(|error| Fault::range(error.to_string()))?;
    let offset = part("offset_seconds", -93_599, 93_599)?.unwrap_or(0) as i32;
    let moment = match args.optional(1) {
        Some(_) => Moment::in_zone(clock, &zone_of(args, 1)?),
        None => Moment::with_offset(clock, Offset::from_seconds(offset).unwrap_or(Offset::UTC)),
    };
    Ok(moment.value(&mut vm.heap))
}

const AMOUNTS: [&str; 8] = ["years", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds"];
/// What each amounts to: so many months, days or milliseconds.
const SUMS: [(usize, i64); 8] = [(0, 12), (0, 1), (1, 7), (1, 1), (2, 3_600_000), (2, 60_000), (2, 1000), (2, 1)];

fn time_add(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let amounts = Settings::new("time_add", args.optional(1), &AMOUNTS)?;
    let mut sums = [0_i64; 3];
    for (name, (sum, unit)) in AMOUNTS.iter().zip(SUMS) {
        let amount = amounts.integer(name, i64::MIN, i64::MAX)?.unwrap_or(0);
        sums[sum] = sums[sum].saturating_add(amount.saturating_mul(unit));
    }
    let [months, days, milliseconds] = sums;
    let start: Zoned = Moment::of(args.value(0))?.timestamp().to_zoned(zone_of(args, 2)?);
    // Each of the three has a sign of its own.
    let end = Span::new()
        .try_months(months)
        .and_then(|months| start.checked_add(months))
        .and_then(|later| later.checked_add(Span::new().try_days(days)?))
        .and_then(|later| later.checked_add(SignedDuration::from_millis(milliseconds)))
        .map_err(|error| Fault::range(format!("`time_add` leaves the range of times: {error}")))?;
    Ok(Moment::at(end.timestamp()).value(&mut vm.heap))
}
