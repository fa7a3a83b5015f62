//! Responses of OCSP (RFC 6960): what an authority says of a certificate's revocation. It reads
//! them; that they are signed by whom they should is not its concern.

use crate::certificate::Moment;
use crate::code::der::{BIT_STRING, Der, INTEGER, OBJECT, OCTET_STRING, SEQUENCE};

/// What is said of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is not revoked.
    Good,
    /// It is revoked since then.
    Revoked(Moment),
    /// The responder does not know it.
    Unknown,
}

/// A response about one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// The certificate's number, as in it.
    pub serial: &'a [u8],
    /// What is said.
    pub status: Status,
    /// When that was known to be so.
    pub this_update: Moment,
    /// When there will be newer.
    pub next_update: Option<Moment>,
    /// What is signed.
    pub signed: &'a [u8],
    /// By which algorithm: the name's bytes.
    pub algorithm: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
    /// The responder's own certificate, if it is there.
    pub certificate: Option<&'a [u8]>,
}

const ENUMERATED: u8 = 0x0A;
/// id-pkix-ocsp-basic
const BASIC: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 0x30, 1, 1];

/// Reads a response that is successful and about one certificate at least.
pub fn read(bytes: &[u8]) -> Option<Response<'_>> {
    let mut outer = Der(bytes).sequence()?;
    if outer.take(ENUMERATED)? != [0] {
        return None;
    }
    let mut content = Der(outer.take(0xA0)?).sequence()?;
    if content.take(OBJECT)? != BASIC {
        return None;
    }
    let mut basic = Der(content.take(OCTET_STRING)?).sequence()?;
    let before = basic.0;
    let mut data = basic.sequence()?;
    let signed = &before[..before.len() - basic.0.len()];
    let algorithm = basic.sequence()?.take(OBJECT)?;
    let signature = basic.take(BIT_STRING)?.split_first().filter(|(unused, _)| **unused == 0)?.1;
    let certificate = basic.take(0xA0).and_then(|all| {
        let mut list = Der(all).sequence()?;
        let before = list.0;
        list.take(SEQUENCE)?;
        Some(&before[..before.len() - list.0.len()])
    });
    if data.0.first() == Some(&0xA0) {
        data.take(0xA0)?;
    }
    // Who responds, and when: the certificate's own times count.
    data.element()?;
    data.element()?;
    let mut single = data.sequence()?.sequence()?;
    let serial = serial(single.sequence()?)?;
    let status = status(single.element()?)?;
    let this_update = Moment::read(&mut single)?;
    let next_update = single.take(0xA0).and_then(|inner| Moment::read(&mut Der(inner)));
    Some(Response { serial, status, this_update, next_update, signed, algorithm, signature, certificate })
}

/// The number in a `CertID`.
fn serial(mut id: Der<'_>) -> Option<&[u8]> {
    id.sequence()?;
    id.take(OCTET_STRING)?;
    id.take(OCTET_STRING)?;
    id.take(INTEGER)
}

fn status((tag, content): (u8, &[u8])) -> Option<Status> {
    match tag {
        0x80 => Some(Status::Good),
        0xA1 => Moment::read(&mut Der(content)).map(Status::Revoked),
        0x82 => Some(Status::Unknown),
        _ => None,
    }
}
