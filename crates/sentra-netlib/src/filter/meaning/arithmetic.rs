//! Numbers that are computed from a frame, and comparisons of them. Bytes of a protocol exist
//! only in its frames: that becomes a condition beside the comparison.

use super::{Reading, Result};
use crate::filter::ast::{Expression, Protocol, Shape};
use crate::filter::graph::Condition;
use crate::filter::layers::{self, asked};
use crate::filter::lex::Mistake;
use crate::filter::value::{Comparison, ValueId};
use crate::wire::bpf::code::{ADD, B, H, W};

/// A number, and the frames in which there is one.
struct Number {
    value: ValueId,
    exists: Option<Condition>,
}

impl Reading<'_> {
    pub(super) fn comparison(
        &mut self,
        comparison: Comparison,
        fails: bool,
        left: &Expression,
        right: &Expression,
    ) -> Result<Condition> {
        let (left, right) = (self.number(left)?, self.number(right)?);
        let condition = asked(&mut self.values, left.value, comparison, right.value);
        let condition = if fails { condition.not() } else { condition };
        let exists = left.exists.into_iter().chain(right.exists).reduce(Condition::and);
        Ok(match exists {
            Some(exists) => exists.and(condition),
            None => condition,
        })
    }

    fn number(&mut self, expression: &Expression) -> Result<Number> {
        let plain = |value| Ok(Number { value, exists: None });
        match &expression.shape {
            Shape::Number(number) => plain(self.values.constant(*number)),
            Shape::Length => plain(self.values.length()),
            Shape::Group(inner) => self.number(inner),
            Shape::Negative(inner) => {
                let inner = self.number(inner)?;
                Ok(Number { value: self.values.negative(inner.value), ..inner })
            }
            Shape::Compute(operation, left, right) => {
                let (left, right) = (self.number(left)?, self.number(right)?);
                let value = self.values.compute(*operation, left.value, right.value);
                let by_zero = || Mistake::new(expression.place.clone(), "this divides by zero");
                let exists = left.exists.into_iter().chain(right.exists).reduce(Condition::and);
                Ok(Number { value: value.ok_or_else(by_zero)?, exists })
            }
            Shape::Bytes { protocol, index, size } => self.bytes(*protocol, index, *size, expression),
            _ => Err(Mistake::new(expression.place.clone(), "expected a number or bytes such as `ip[8]`")),
        }
    }

    fn bytes(&mut self, protocol: Protocol, index: &Expression, size: u32, at: &Expression) -> Result<Number> {
        let size = match size {
            1 => B,
            2 => H,
            4 => W,
            _ => return Err(Mistake::new(at.place.clone(), "one, two or four bytes are a number")),
        };
        let index = self.number(index)?;
        let network = self.layers.network();
        let (exists, base, offset) = match protocol {
            Protocol::Link => (None, None, self.layers.header),
            Protocol::Icmp6 => {
                let exists = self.tests().follows(layers::IP6).and(self.tests().network(6, B, 58));
                (Some(exists), None, network + 40)
            }
            Protocol::Tcp
            | Protocol::Udp
            | Protocol::Sctp
            | Protocol::Icmp
            | Protocol::Igmp
            | Protocol::Igrp
            | Protocol::Pim
            | Protocol::Vrrp
            | Protocol::Carp => {
                let exists = self.transport(protocol).and(self.unfragmented());
                (Some(exists), Some(self.values.header_length(network)), network)
            }
            Protocol::Ah
            | Protocol::Esp
            | Protocol::Iso
            | Protocol::Clnp
            | Protocol::Esis
            | Protocol::Isis
            | Protocol::Stp
            | Protocol::Ipx
            | Protocol::Netbeui
            | Protocol::Aarp => {
                return Err(Mistake::new(at.place.clone(), "the bytes of this protocol cannot be compared"));
            }
            _ => (Some(self.protocol(protocol, &at.place)?), None, network),
        };
        let base = match base {
            Some(base) => self.values.compute(ADD, index.value, base),
            None => Some(index.value),
        };
        let exists = index.exists.into_iter().chain(exists).reduce(Condition::and);
        Ok(Number { value: self.values.load(base, offset, size), exists })
    }
}
