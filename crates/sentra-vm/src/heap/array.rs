//! Arrays: values in a row. A literal's elements lie behind the object itself until it grows.

use std::ptr;

use super::object::*;
use super::{Heap, raw_allocate, raw_free, raw_reallocate};
use crate::fault::Fault;
use crate::value::{Tag, Value};

/// The most elements of an array.
pub const MAX_LEN: usize = u32::MAX as usize / 2;

/// An array on the heap.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Array(pub(crate) *mut ArrayObject);

impl Array {
    /// Number of elements.
    #[inline(always)]
    pub fn len(self) -> usize {
        // SAFETY: the object is live.
        unsafe { (*self.0).header.len as usize }
    }

    /// Whether it has no elements.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value.
    #[inline(always)]
    pub fn value(self) -> Value {
        Value::object(Tag::Array, self.0.cast())
    }

    /// The element at `index`.
    #[inline(always)]
    pub fn get(self, index: usize) -> Option<Value> {
        // SAFETY: the object is live and holds `len` elements.
        unsafe { (index < self.len()).then(|| *(*self.0).data.add(index)) }
    }

    /// Replaces the element at `index`, which exists.
    #[inline]
    pub fn set(self, heap: &mut Heap, index: usize, value: Value) {
        assert!(index < self.len());
        heap.barrier(self.0.cast(), value);
        // SAFETY: the object is live and the index within it.
        unsafe { *(*self.0).data.add(index) = value };
    }

    /// The elements in order, read one at a time: what changes meanwhile is seen.
    pub fn iter(self) -> impl Iterator<Item = Value> {
        (0..).map_while(move |index| self.get(index))
    }

    /// A copy of the elements.
    pub fn to_vec(self) -> Vec<Value> {
        self.as_slice().to_vec()
    }

    /// The elements, for reading only as long as nothing changes the array.
    #[inline]
    pub(crate) fn as_slice<'a>(self) -> &'a [Value] {
        // SAFETY: the object is live and holds `len` elements.
        unsafe { std::slice::from_raw_parts((*self.0).data, self.len()) }
    }

    /// Appends an element.
    #[inline(always)]
    pub fn push(self, heap: &mut Heap, value: Value) -> Result<(), Box<Fault>> {
        // SAFETY: the object is live; after `grow` there is room for one more.
        unsafe {
            let array = &mut *self.0;
            if array.header.len == array.capacity {
                self.grow(heap, 1)?;
            }
            heap.barrier(self.0.cast(), value);
            *array.data.add(array.header.len as usize) = value;
            array.header.len += 1;
        }
        Ok(())
    }

    /// Appends several elements, which are not the array's own.
    pub fn extend(self, heap: &mut Heap, values: &[Value]) -> Result<(), Box<Fault>> {
        let len = self.len();
        // SAFETY: the object is live; after `grow` there is room for all of them.
        unsafe {
            if ((*self.0).capacity as usize) < len + values.len() {
                self.grow(heap, values.len())?;
            }
            if (*self.0).header.mark != 0 {
                values.iter().for_each(|&value| heap.barrier(self.0.cast(), value));
            }
            ptr::copy_nonoverlapping(values.as_ptr(), (*self.0).data.add(len), values.len());
            (*self.0).header.len += values.len() as u32;
        }
        Ok(())
    }

    /// Removes the last element.
    #[inline]
    pub fn pop(self) -> Option<Value> {
        let last = self.len().checked_sub(1)?;
        let value = self.get(last);
        // SAFETY: the object is live.
        unsafe { (*self.0).header.len = last as u32 };
        value
    }

    /// Removes the first element; the others stay where they are.
    pub fn shift(self) -> Option<Value> {
        let first = self.get(0)?;
        // SAFETY: the object is live and has at least one element.
        unsafe {
            let array = &mut *self.0;
            array.data = array.data.add(1);
            array.head += 1;
            array.header.len -= 1;
            array.capacity -= 1;
        }
        Some(first)
    }

    /// Puts an element before the one at `index`, which is at most the length.
    pub fn insert(self, heap: &mut Heap, index: usize, value: Value) -> Result<(), Box<Fault>> {
        let len = self.len();
        assert!(index <= len);
        self.push(heap, value)?;
        heap.collector.revisit(self.0.cast());
        // SAFETY: the array now has `len + 1` elements; `index` is one of them.
        unsafe {
            let at = (*self.0).data.add(index);
            ptr::copy(at, at.add(1), len - index);
            *at = value;
        }
        Ok(())
    }

    /// Removes the element at `index`, which exists.
    pub fn remove(self, heap: &mut Heap, index: usize) -> Value {
        let value = self.get(index).expect("the caller checks the index");
        heap.collector.revisit(self.0.cast());
        // SAFETY: the index is within the array.
        unsafe {
            let at = (*self.0).data.add(index);
            ptr::copy(at.add(1), at, self.len() - index - 1);
            (*self.0).header.len -= 1;
        }
        value
    }

    /// Cuts the array to `len` elements if it is longer.
    pub fn truncate(self, len: usize) {
        // SAFETY: the object is live.
        unsafe { (*self.0).header.len = self.len().min(len) as u32 };
    }

    /// Replaces all elements.
    pub fn assign(self, heap: &mut Heap, values: &[Value]) -> Result<(), Box<Fault>> {
        heap.collector.revisit(self.0.cast());
        self.truncate(0);
        self.extend(heap, values)
    }

    /// The elements, to rearrange in place.
    pub(crate) fn rearrange<'a>(self, heap: &mut Heap) -> &'a mut [Value] {
        heap.collector.revisit(self.0.cast());
        // SAFETY: the object is live; the caller does nothing else with the heap meanwhile.
        unsafe { std::slice::from_raw_parts_mut((*self.0).data, self.len()) }
    }

    /// Makes room for `more` elements.
    #[cold]
    #[inline(never)]
    fn grow(self, heap: &mut Heap, more: usize) -> Result<(), Box<Fault>> {
        let len = self.len();
        let capacity = (len + more).max(len + len / 2).max(8);
        if capacity > MAX_LEN {
            return Err(Fault::new("range", format!("an array can have {MAX_LEN} elements at most")));
        }
        heap.reserve(capacity * size_of::<Value>())?;
        let bytes = capacity * size_of::<Value>();
        heap.account(bytes);
        // SAFETY: the object is live; it has elements of its own allocation from its start,
        // which may move with them, or they are copied.
        unsafe {
            let array = &mut *self.0;
            if array.header.flags & ARRAY_INLINE == 0 && array.head == 0 {
                let before = array.capacity as usize * size_of::<Value>();
                array.data = raw_reallocate(array.data.cast(), before, bytes).cast();
                heap.discount(before);
            } else {
                // The elements move to the front of their allocation.
                heap.collector.revisit(self.0.cast());
                let data = raw_allocate(bytes).cast::<Value>();
                ptr::copy_nonoverlapping(array.data, data, len);
                if let Some(bytes) = free_elements(self.0) {
                    heap.discount(bytes);
                }
                (*self.0).data = data;
            }
            let array = &mut *self.0;
            array.capacity = capacity as u32;
            array.head = 0;
            array.header.flags &= !ARRAY_INLINE;
        }
        Ok(())
    }
}

/// Frees an array's elements if they have an allocation of their own; its size in bytes.
///
/// # Safety
/// Nothing uses the elements any more.
pub(super) unsafe fn free_elements(array: *mut ArrayObject) -> Option<usize> {
    // SAFETY: as the caller promises; `head` tells where the allocation starts.
    unsafe {
        let array = &*array;
        if array.header.flags & ARRAY_INLINE != 0 {
            return None;
        }
        let bytes = (array.capacity + array.head) as usize * size_of::<Value>();
        raw_free(array.data.sub(array.head as usize).cast(), bytes);
        Some(bytes)
    }
}

impl Heap {
    /// An array of these elements.
    #[inline]
    pub fn array(&mut self, values: &[Value]) -> Array {
        let array = self.array_with_capacity(values.len());
        // SAFETY: the fresh array has room for that many elements.
        unsafe {
            ptr::copy_nonoverlapping(values.as_ptr(), (*array.0).data, values.len());
            (*array.0).header.len = values.len() as u32;
        }
        array
    }

    /// An empty array with room for `capacity` elements. The caller has reserved the memory
    /// if input decides how much that is.
    pub fn array_with_capacity(&mut self, capacity: usize) -> Array {
        let inline = capacity <= 16;
        let behind = if inline { capacity * size_of::<Value>() } else { 0 };
        let array = self.allocate(size_of::<ArrayObject>() + behind, Kind::Array, 0).cast::<ArrayObject>();
        // SAFETY: the allocation is as large as the object and the elements behind it.
        unsafe {
            (*array).capacity = capacity as u32;
            (*array).head = 0;
            if inline {
                (*array).header.flags = ARRAY_INLINE;
                (*array).data = array.add(1).cast();
            } else {
                (*array).data = raw_allocate(capacity * size_of::<Value>()).cast();
                self.account(capacity * size_of::<Value>());
            }
        }
        Array(array)
    }
}
