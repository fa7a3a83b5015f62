//! Results: rows as one block of cells, which a thread fills and the loop makes maps of.

use std::collections::HashMap;

use crate::builtins::json;
use crate::database::failure::Failure;
use crate::fault::Fault;
use crate::heap::{Heap, Map};
use crate::value::Value;

/// What a row costs beside its cells.
const ROW: usize = 64;

/// A cell. Of bytes it says where they end; they begin where those before end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Bytes(usize),
    /// JSON whose value it is.
    Json(usize),
}

/// Rows of one result.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    columns: Vec<String>,
    cells: Vec<Cell>,
    bytes: Vec<u8>,
    count: usize,
    /// Bytes that may still be added.
    room: usize,
}

impl Rows {
    /// None yet, of these columns, that may take so many bytes.
    pub fn new(columns: Vec<String>, room: usize) -> Self {
        Self { columns, room, ..Self::default() }
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Begins a row.
    pub fn begin_row(&mut self) -> Result<(), Failure> {
        self.count += 1;
        self.take(ROW + self.columns.len() * 2 * size_of::<Cell>())
    }

    /// Adds a cell to it.
    #[inline]
    pub fn push(&mut self, cell: Cell) {
        self.cells.push(cell);
    }

    /// Adds a cell of bytes to it.
    pub fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        // Here and in the heap.
        self.take(bytes.len().saturating_mul(2))?;
        self.bytes.extend_from_slice(bytes);
        self.cells.push(Cell::Bytes(self.bytes.len()));
        Ok(())
    }

    /// Adds a cell that is the value of some JSON.
    pub fn push_json(&mut self, json: &[u8]) -> Result<(), Failure> {
        // Values take more room than their text.
        self.take(json.len().saturating_mul(8))?;
        self.bytes.extend_from_slice(json);
        self.cells.push(Cell::Json(self.bytes.len()));
        Ok(())
    }

    /// The texts of the first column with the truths of the second.
    pub fn names_and_marks(&self) -> Vec<(String, bool)> {
        let mut start = 0;
        let mut found = Vec::new();
        for row in self.cells.chunks(2) {
            if let [Cell::Bytes(end), Cell::Boolean(mark)] = *row {
                let name = &self.bytes[std::mem::replace(&mut start, end)..end];
                found.push((String::from_utf8_lossy(name).into_owned(), mark));
            }
        }
        found
    }

    /// The first cell of the first row, or nil.
    pub fn cell(&self, heap: &mut Heap) -> Result<Value, Box<Fault>> {
        self.cells.first().map_or(Ok(Value::NIL), |&cell| self.value(heap, cell, &mut 0))
    }

    /// The value of a cell whose bytes begin at `start`, which is moved to their end.
    fn value(&self, heap: &mut Heap, cell: Cell, start: &mut usize) -> Result<Value, Box<Fault>> {
        Ok(match cell {
            Cell::Null => Value::NIL,
            Cell::Boolean(truth) => Value::boolean(truth),
            Cell::Integer(integer) => heap.integer(integer),
            Cell::Real(number) => Value::number(number),
            Cell::Bytes(end) => heap.checked_text(&self.bytes[std::mem::replace(start, end)..end])?,
            Cell::Json(end) => json::decode(heap, &self.bytes[std::mem::replace(start, end)..end])?,
        })
    }

    fn take(&mut self, bytes: usize) -> Result<(), Failure> {
        self.room = self.room.checked_sub(bytes).ok_or_else(Failure::memory)?;
        Ok(())
    }

    /// An array of maps.
    pub fn array(&self, heap: &mut Heap) -> Result<Value, Box<Fault>> {
        let mut maps = Vec::with_capacity(self.count);
        self.each(heap, |map| maps.push(map.value()))?;
        Ok(heap.array(&maps).value())
    }

    /// The first row as a map, or nil.
    pub fn first(&self, heap: &mut Heap) -> Result<Value, Box<Fault>> {
        let mut first = Value::NIL;
        self.each(heap, |map| first = map.value())?;
        Ok(first)
    }

    fn each(&self, heap: &mut Heap, mut take: impl FnMut(Map)) -> Result<(), Box<Fault>> {
        heap.reserve(self.bytes.len() + self.count * (ROW + self.width() * 2 * size_of::<Value>()))?;
        let (keys, places) = self.keys(heap);
        let mut values = vec![Value::NIL; keys.len()];
        let mut start = 0;
        for row in self.cells.chunks(self.width().max(1)).take(self.count) {
            for (cell, &place) in row.iter().zip(&places) {
                values[place] = self.value(heap, *cell, &mut start)?;
            }
            take(heap.map_of(keys.iter().copied().zip(values.iter().copied()))?);
        }
        Ok(())
    }

    /// The distinct names of columns, and the place among them of each column: the last of several columns of
    /// one name counts.
    fn keys(&self, heap: &mut Heap) -> (Vec<Value>, Vec<usize>) {
        let mut known = HashMap::new();
        let mut keys = Vec::new();
        let mut places = Vec::new();
        for name in &self.columns {
            let place = *known.entry(name.as_str()).or_insert_with(|| {
                keys.push(heap.intern(name.as_bytes()));
                keys.len() - 1
            });
            places.push(place);
        }
        (keys, places)
    }
}
