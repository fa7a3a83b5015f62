//! The border between the module and the worker's JavaScript: functions on either side, over the module's memory.
//!
//! The worker puts text where [`allocate`] says and passes place and length on; what comes from here lies where it
//! is told until the call returns.
#![allow(unsafe_code)]

use std::time::Duration;

use sentra_vm::clock::{self, Clocks};

use crate::program::{self, State};

/// Where text of a program goes.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub enum Stream {
    /// What it prints.
    Output = 1,
    /// Errors and warnings.
    Errors = 2,
}

/// What [`advance`] gives for a program that waits for input only.
const ASKS: f64 = -1.0;
/// What it gives for one that has ended with status 0; less by the status otherwise.
const ENDED: f64 = -2.0;

#[link(wasm_import_module = "page")]
unsafe extern "C" {
    /// Takes text of a stream.
    #[link_name = "write"]
    fn page_write(stream: u32, text: *const u8, length: usize);
    /// Milliseconds since some moment, never going back.
    #[link_name = "monotonic"]
    safe fn page_monotonic() -> f64;
    /// Milliseconds since 1970.
    #[link_name = "of_day"]
    safe fn page_of_day() -> f64;
    /// Fills a place with unguessable bytes.
    #[link_name = "random"]
    fn page_random(to: *mut u8, length: usize);
    /// Takes the message of a panic, after which the module is not called any more.
    #[link_name = "panicked"]
    fn page_panicked(text: *const u8, length: usize);
}

/// Gives text to the page.
pub fn write(stream: Stream, text: &[u8]) {
    // SAFETY: the page reads these bytes before it returns, and writes to no memory.
    unsafe { page_write(stream as u32, text.as_ptr(), text.len()) }
}

/// The source of `getrandom`, by the name that it looks for.
///
/// # Safety
/// There are `length` bytes to be written at `to`.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(to: *mut u8, length: usize) -> Result<(), getrandom::Error> {
    // SAFETY: the page writes to these bytes only, and the caller says that they are there.
    unsafe { page_random(to, length) }
    Ok(())
}

/// Makes ready what all programs share; called once, before anything else.
#[unsafe(no_mangle)]
extern "C" fn prepare() {
    clock::set(Clocks {
        monotonic: || Duration::try_from_secs_f64(page_monotonic() / 1000.0).unwrap_or_default(),
        of_day: || (page_of_day() * 1e6) as i128,
    });
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string();
        // SAFETY: as of `write`.
        unsafe { page_panicked(text.as_ptr(), text.len()) }
    }));
}

/// A place for so many bytes, which the next call of [`begin`] or [`answer`] takes back.
#[unsafe(no_mangle)]
extern "C" fn allocate(length: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; length].into_boxed_slice()).cast()
}

/// The bytes at a place.
///
/// # Safety
/// `allocate` gave it for this length, and it was not taken back before.
unsafe fn taken(at: *mut u8, length: usize) -> Vec<u8> {
    // SAFETY: `allocate` made it of a boxed slice of that length, as the caller says.
    unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(at, length)) }.into_vec()
}

/// Compiles the program whose text `allocate` has made room for; whether it compiles.
#[unsafe(no_mangle)]
extern "C" fn begin(at: *mut u8, length: usize, most_memory: usize) -> bool {
    // SAFETY: the worker passes what `allocate` gave, once.
    program::begin(unsafe { taken(at, length) }, most_memory)
}

/// Runs the program for about so many milliseconds: after how many it wants to run again, or one of the marks.
#[unsafe(no_mangle)]
extern "C" fn advance(milliseconds: f64) -> f64 {
    match program::advance(milliseconds) {
        State::Waits(time) => time,
        State::Asks => ASKS,
        State::Ended(status) => ENDED - f64::from(status),
    }
}

/// Whether the program waits for a line of input.
#[unsafe(no_mangle)]
extern "C" fn is_asking() -> bool {
    program::is_asking()
}

/// Gives it the line that `allocate` has made room for.
#[unsafe(no_mangle)]
extern "C" fn answer(at: *mut u8, length: usize) {
    // SAFETY: the worker passes what `allocate` gave, once.
    program::answer(Some(&unsafe { taken(at, length) }));
}

/// Says that there is no more input.
#[unsafe(no_mangle)]
extern "C" fn end_input() {
    program::answer(None);
}
