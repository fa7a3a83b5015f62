//! Random work on arrays, maps and texts beside the same on collections of the standard
//! library, with pieces of collection in between. What differs is a bug of the heap.

use std::collections::VecDeque;

use super::collect::Stress;
use super::{Array, Heap, Map, Marker};
use crate::value::Value;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// A key as both sides know it.
#[derive(Clone, Debug, PartialEq)]
enum Key {
    Text(String),
    Number(f64),
    Large(i64),
    Nil,
}

/// Collections on the heap, each beside its model. The elements are texts, which only the
/// collections keep alive.
struct World {
    random: Random,
    heap: Heap,
    arrays: Vec<(Value, VecDeque<u32>)>,
    maps: Vec<(Value, Vec<(Key, u32)>)>,
    texts: Vec<(Value, Vec<u8>)>,
}

fn element(heap: &mut Heap, number: u32) -> Value {
    heap.text(format!("element {number}").as_bytes())
}

fn assert_element(value: Value, number: u32) {
    assert_eq!(value.as_bytes(), Some(format!("element {number}").as_bytes()));
}

impl World {
    fn new(seed: u64) -> Self {
        let mut heap = Heap::new(None);
        heap.collect_always(Stress::Piece);
        let arrays = (0..4).map(|_| (heap.array(&[]).value(), VecDeque::new())).collect();
        let maps = (0..4).map(|_| (heap.map(0).value(), Vec::new())).collect();
        let texts = (0..4).map(|_| (heap.text(b""), Vec::new())).collect();
        Self { random: Random(seed), heap, arrays, maps, texts }
    }

    fn collect(&mut self) {
        let Self { heap, arrays, maps, texts, .. } = self;
        let mut roots = |marker: &mut Marker| {
            arrays.iter().for_each(|(value, _)| marker.mark(*value));
            maps.iter().for_each(|(value, _)| marker.mark(*value));
            texts.iter().for_each(|(value, _)| marker.mark(*value));
        };
        match self.random.below(500) {
            0 => heap.collect_fully(&mut roots),
            _ => heap.step(&mut roots),
        }
    }

    fn array(&mut self) {
        let (which, kind, number) = (self.random.below(4), self.random.below(16), self.random.next() as u32);
        let value = element(&mut self.heap, number);
        let (object, model) = &mut self.arrays[which];
        let array: Array = object.as_array().expect("it is one");
        let at = self.random.below(model.len() + 1);
        match kind {
            0..6 => {
                array.push(&mut self.heap, value).expect("there is memory");
                model.push_back(number);
            }
            6..9 => assert_eq!(array.shift().is_some(), model.pop_front().is_some()),
            9 => assert_eq!(array.pop().is_some(), model.pop_back().is_some()),
            10 => {
                array.insert(&mut self.heap, at, value).expect("there is memory");
                model.insert(at, number);
            }
            11 if at < model.len() => {
                assert_element(array.remove(&mut self.heap, at), model.remove(at).expect("it is there"));
            }
            12 if at < model.len() => {
                array.set(&mut self.heap, at, value);
                model[at] = number;
            }
            13 => {
                array.rearrange(&mut self.heap).reverse();
                model.make_contiguous().reverse();
            }
            14 if self.random.below(10) == 0 => {
                let slice = array.as_slice()[at..].to_vec();
                *object = self.heap.array(&slice).value();
                model.drain(..at);
            }
            15 if self.random.below(20) == 0 => {
                array.truncate(at);
                model.truncate(at);
            }
            _ => {}
        }
    }

    fn key(&mut self) -> Key {
        let number = self.random.below(60);
        match self.random.below(8) {
            0 => Key::Nil,
            1 => Key::Large(i64::MAX - number as i64),
            2 | 3 => Key::Number(number as f64 - 30.0),
            _ => Key::Text(format!("key {number}")),
        }
    }

    /// A fresh value of the key, not the one that is in a map.
    fn key_value(&mut self, key: &Key) -> Value {
        match key {
            Key::Text(text) if self.random.below(2) == 0 => self.heap.intern(text.as_bytes()),
            Key::Text(text) => self.heap.text(text.as_bytes()),
            Key::Number(0.0) if self.random.below(2) == 0 => Value::number(-0.0),
            Key::Number(number) => Value::number(*number),
            Key::Large(integer) => self.heap.integer(*integer),
            Key::Nil => Value::NIL,
        }
    }

    fn map(&mut self) {
        let (which, number, key) = (self.random.below(4), self.random.next() as u32, self.key());
        let (name, value) = (self.key_value(&key), element(&mut self.heap, number));
        let (object, model) = &mut self.maps[which];
        let map: Map = object.as_map().expect("it is one");
        let known = model.iter().position(|(other, _)| *other == key);
        match self.random.below(10) {
            0..5 => {
                map.set(&mut self.heap, name, value).expect("there is memory");
                match known {
                    Some(at) => model[at].1 = number,
                    None => model.push((key, number)),
                }
            }
            5..7 => {
                assert_eq!(map.remove(&mut self.heap, name).is_some(), known.is_some(), "{key:?}");
                known.into_iter().for_each(|at| drop(model.remove(at)));
            }
            7 if self.random.below(60) == 0 => {
                map.clear(&mut self.heap);
                model.clear();
            }
            8 if self.random.below(20) == 0 => self.iterate(which),
            _ => match (map.get(&self.heap, name), known) {
                (Some(value), Some(at)) => assert_element(value, model[at].1),
                (found, known) => assert_eq!(found.is_some(), known.is_some(), "{key:?}"),
            },
        }
    }

    /// Goes through a map that changes meanwhile: what it meets is in the map then.
    fn iterate(&mut self, which: usize) {
        let mut position = 0;
        for _ in 0..200 {
            let (object, model) = &self.maps[which];
            let Some((at, key, value)) = object.as_map().and_then(|map| map.next_from(position)) else { break };
            let known = model.iter().find(|(other, _)| same(key, other));
            assert_element(value, known.expect("it is in the map").1);
            position = at + 1;
            self.map();
            self.collect();
        }
    }

    fn text(&mut self) {
        let (which, other) = (self.random.below(4), self.random.below(4));
        let (value, model) = self.texts[which].clone();
        let text = value.as_text().expect("it is one");
        let (value, model) = match self.random.below(8) {
            0 if !model.is_empty() => {
                let from = self.random.below(model.len());
                let to = from + self.random.below(model.len() - from + 1);
                (self.heap.slice_text(text, from, to), model[from..to].to_vec())
            }
            1 if model.len() < 20_000 => {
                let (right, bytes) = self.texts[other].clone();
                let right = right.as_text().expect("it is one").bytes();
                (self.heap.concat(text, right).expect("there is memory"), [model, bytes].concat())
            }
            _ if model.len() < 40_000 => {
                let bytes = vec![self.random.next() as u8; self.random.below(100)];
                (self.heap.concat(text, &bytes).expect("there is memory"), [model, bytes].concat())
            }
            _ => (self.heap.text(b""), Vec::new()),
        };
        // Sometimes both go on, sharing a buffer.
        let place = if self.random.below(4) == 0 { other } else { which };
        self.texts[place] = (value, model);
    }

    fn check(&self) {
        for (value, model) in &self.arrays {
            let array = value.as_array().expect("it is one");
            assert_eq!(array.len(), model.len());
            array.iter().zip(model).for_each(|(value, &number)| assert_element(value, number));
        }
        for (value, model) in &self.maps {
            let map = value.as_map().expect("it is one");
            assert_eq!((map.len(), map.iter().count()), (model.len(), model.len()));
            for ((key, value), (known, number)) in map.iter().zip(model) {
                assert!(same(key, known), "{known:?}");
                assert_element(value, *number);
            }
        }
        for (value, model) in &self.texts {
            assert_eq!(value.as_bytes(), Some(&model[..]));
        }
    }
}

fn same(value: Value, key: &Key) -> bool {
    match key {
        Key::Text(text) => value.as_bytes() == Some(text.as_bytes()),
        Key::Number(number) => value.as_double() == Some(*number),
        Key::Large(integer) => value.as_large_integer() == Some(*integer),
        Key::Nil => value.is_nil(),
    }
}

#[test]
fn collections_do_as_those_of_the_standard_library() {
    for seed in 0..12 {
        let mut world = World::new(seed);
        for step in 0..10_000 {
            match world.random.below(3) {
                0 => world.array(),
                1 => world.map(),
                _ => world.text(),
            }
            // Different paces, so that the program runs far within each phase.
            if world.random.below(1 + seed as usize) == 0 {
                world.collect();
            }
            if step % 50 == 0 {
                world.check();
            }
        }
        world.check();
    }
}
