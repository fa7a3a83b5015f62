//! The checksum of a `.sbc` file: CRC-32 (IEEE 802.3), which finds every single damaged
//! run of up to 32 bits. It guards against accidents; against malice there is `verify`.

const POLYNOMIAL: u32 = 0xEDB8_8320;

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut remainder = index as u32;
        let mut bit = 0;
        while bit < 8 {
            remainder = (remainder >> 1) ^ (POLYNOMIAL & (remainder & 1).wrapping_neg());
            bit += 1;
        }
        table[index] = remainder;
        index += 1;
    }
    table
};

/// The CRC-32 of some bytes.
pub const fn checksum(bytes: &[u8]) -> u32 {
    extend(0, bytes)
}

/// The CRC-32 of some bytes that follow others with the CRC-32 `before`.
pub const fn extend(before: u32, bytes: &[u8]) -> u32 {
    let mut remainder = !before;
    let mut index = 0;
    while index < bytes.len() {
        let low = (remainder as u8 ^ bytes[index]) as usize;
        remainder = TABLE[low] ^ (remainder >> 8);
        index += 1;
    }
    !remainder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_of_the_standard_check_string() {
        assert_eq!(checksum(b"123456789"), 0xCBF4_3926);
        assert_eq!(extend(checksum(b"1234"), b"56789"), 0xCBF4_3926);
    }
}
