//! A moment: microseconds since 1970-01-01 UTC, within the years -9999 to 9999. Scripts see
//! milliseconds, with a fraction where a moment has more.

use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::clock;
use crate::fault::Fault;
use crate::heap::Heap;
use crate::value::Value;

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

#[derive(Clone, Copy)]
pub(super) struct Moment(i64);

/// A moment as the clocks of a zone show it.
pub(super) struct Local {
    pub clock: DateTime,
    pub offset: Offset,
    pub abbreviation: String,
    pub is_dst: bool,
}

impl Moment {
    /// The present.
    pub fn now() -> Self {
        Self((clock::nanoseconds() / 1000) as i64)
    }

    /// The moment of so many milliseconds.
    pub fn of(milliseconds: Value) -> Result<Self, Box<Fault>> {
        let exact = milliseconds.as_integer().map(|whole| whole.saturating_mul(1000));
        // What is no number and what is infinite ends up out of range.
        let moment = Self(exact.unwrap_or_else(|| match milliseconds.as_number() {
            Some(number) if !number.is_nan() => (number * 1000.0).round() as i64,
            _ => i64::MAX,
        }));
        moment.clock(Offset::UTC).map(|_| moment)
    }

    /// Milliseconds.
    pub fn value(self, heap: &mut Heap) -> Value {
        if self.0 % 1000 == 0 { heap.integer(self.0 / 1000) } else { Value::number(self.0 as f64 / 1000.0) }
    }

    /// What clocks show that are so far from UTC.
    fn clock(self, offset: Offset) -> Result<DateTime, Box<Fault>> {
        let since = SignedDuration::from_micros(self.0) + SignedDuration::from_secs(i64::from(offset.seconds()));
        EPOCH.checked_add(since).map_err(|_| Fault::range("a time is within the years -9999 to 9999"))
    }

    /// The moment in a zone.
    pub fn local(self, zone: &TimeZone) -> Result<Local, Box<Fault>> {
        let info = zone.to_offset_info(self.timestamp());
        let offset = info.offset();
        let (abbreviation, is_dst) = (info.abbreviation().to_string(), info.dst().is_dst());
        Ok(Local { clock: self.clock(offset)?, offset, abbreviation, is_dst })
    }

    /// The timestamp; at the very ends of the range, the nearest one there is.
    pub fn timestamp(self) -> Timestamp {
        let end = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_microsecond(self.0).unwrap_or(end)
    }

    /// The moment of a timestamp.
    pub fn at(timestamp: Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }

    /// Everything that a format may ask of the moment in a zone.
    pub fn broken_down(self, zone: &TimeZone) -> Result<BrokenDownTime, Box<Fault>> {
        let timestamp = self.timestamp();
        if timestamp.as_microsecond() == self.0 {
            return Ok(BrokenDownTime::from(&timestamp.to_zoned(zone.clone())));
        }
        let local = self.local(zone)?;
        let mut broken_down = BrokenDownTime::from(local.clock);
        broken_down.set_offset(Some(local.offset));
        Ok(broken_down)
    }

    /// When clocks that are so far from UTC show this.
    pub fn with_offset(clock: DateTime, offset: Offset) -> Self {
        let since = clock.duration_since(EPOCH) - SignedDuration::from_secs(i64::from(offset.seconds()));
        Self(since.as_micros() as i64)
    }

    /// When clocks of a zone show this. What they show twice is the first of both; what
    /// they leave out is so much later as they are put forward.
    pub fn in_zone(clock: DateTime, zone: &TimeZone) -> Self {
        let offset = match zone.to_ambiguous_timestamp(clock).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
        };
        Self::with_offset(clock, offset)
    }

    /// A second later, as a leap second needs it.
    pub fn plus_second(self) -> Self {
        Self(self.0 + 1_000_000)
    }

    /// Whether a leap second may end here: leap seconds are the last of a month in UTC.
    pub fn is_within_first_second_of_a_month(self) -> bool {
        let clock = self.clock(Offset::UTC);
        clock.is_ok_and(|clock| clock.day() == 1 && (clock.hour(), clock.minute(), clock.second()) == (0, 0, 0))
    }
}
