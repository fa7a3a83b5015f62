//! Powers modulo an odd number (Montgomery's method): raw RSA, for messages whose padding is
//! wrong on purpose. It takes its time and hides nothing by it: only for what is no secret.

/// Numbers with their least digit first.
type Digits = Vec<u32>;

/// Moduli have so many bytes at most.
const LONGEST: usize = 2048;

/// `base` to the power of `exponent` modulo `modulus`, as long as the modulus; the most significant
/// byte is the first. Nothing if the modulus is even or too long, or the base is not below it.
pub fn power(base: &[u8], exponent: u64, modulus: &[u8]) -> Option<Vec<u8>> {
    let n = digits(modulus);
    if modulus.len() > LONGEST || n.first().is_none_or(|first| first % 2 == 0) {
        return None;
    }
    let mut base = digits(base);
    base.resize(base.len().max(n.len()), 0);
    if base[n.len()..].iter().any(|&digit| digit != 0) || !is_less(&base[..n.len()], &n) {
        return None;
    }
    base.truncate(n.len());
    let inverse = inverse(n[0]);
    let mut one = vec![0; n.len()];
    one[0] = 1;
    let one = shifted(one, &n);
    let base = shifted(base, &n);
    let mut result = one;
    for bit in (0..64 - exponent.leading_zeros()).rev() {
        result = product(&result, &result, &n, inverse);
        if exponent >> bit & 1 == 1 {
            result = product(&result, &base, &n, inverse);
        }
    }
    let mut plain = vec![0; n.len()];
    plain[0] = 1;
    let result = product(&result, &plain, &n, inverse);
    let bytes: Vec<u8> = result.iter().rev().flat_map(|digit| digit.to_be_bytes()).collect();
    Some(bytes[bytes.len() - modulus.len()..].to_vec())
}

fn digits(bytes: &[u8]) -> Digits {
    bytes.rchunks(4).map(|chunk| chunk.iter().fold(0, |digit, &byte| digit << 8 | u32::from(byte))).collect()
}

fn is_less(a: &[u32], b: &[u32]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

fn subtract(a: &mut [u32], b: &[u32]) {
    let mut borrow = 0;
    for (a, b) in a.iter_mut().zip(b) {
        let difference = i64::from(*a) - i64::from(*b) - borrow;
        *a = difference as u32;
        borrow = i64::from(difference < 0);
    }
}

/// `a` times 2 to the power of 32 for each digit of `n`, modulo `n`.
fn shifted(mut a: Digits, n: &[u32]) -> Digits {
    for _ in 0..32 * n.len() {
        let mut carry = 0;
        for digit in &mut a {
            let doubled = u64::from(*digit) << 1 | carry;
            (*digit, carry) = (doubled as u32, doubled >> 32);
        }
        if carry == 1 || !is_less(&a, n) {
            subtract(&mut a, n);
        }
    }
    a
}

/// The number whose product with `odd` is -1 modulo 2 to the power of 32.
fn inverse(odd: u32) -> u32 {
    let mut inverse = 1u32;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2u32.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg()
}

/// Montgomery's product.
fn product(a: &[u32], b: &[u32], n: &[u32], inverse: u32) -> Digits {
    let len = n.len();
    let mut sum = vec![0u32; len + 2];
    for &digit in a {
        accumulate(&mut sum, b, digit);
        let factor = sum[0].wrapping_mul(inverse);
        accumulate(&mut sum, n, factor);
        sum.copy_within(1.., 0);
        sum[len + 1] = 0;
    }
    let over = sum[len] != 0;
    sum.truncate(len);
    if over || !is_less(&sum, n) {
        subtract(&mut sum, n);
    }
    sum
}

fn accumulate(sum: &mut [u32], other: &[u32], factor: u32) {
    let mut carry = 0;
    for (index, sum) in sum.iter_mut().enumerate() {
        let other = other.get(index).map_or(0, |&digit| u64::from(digit));
        let total = u64::from(*sum) + other * u64::from(factor) + carry;
        (*sum, carry) = (total as u32, total >> 32);
    }
}

#[cfg(test)]
mod tests {
    use super::power;

    #[test]
    fn powers() {
        assert_eq!(power(&[4], 13, &[0x01, 0xF1]), Some(vec![0x01, 0xBD]));
        assert_eq!(power(&[2], 10, &[0x03, 0xE9]), Some(vec![0, 23]));
        let modulus = [0xFF; 40];
        let mut less = modulus;
        less[39] = 0xFE;
        // (-1)^2 is 1.
        let square = power(&less, 2, &modulus).unwrap();
        assert_eq!((square[39], square[..39].iter().all(|&byte| byte == 0)), (1, true));
        assert_eq!(power(&less, 3, &modulus), Some(less.to_vec()));
        assert_eq!(power(&modulus, 2, &modulus), None);
        assert_eq!(power(&[1], 2, &[4]), None);
        assert_eq!(power(&[5], 0, &[7]), Some(vec![1]));
    }
}
