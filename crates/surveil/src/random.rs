//! Pseudo-random numbers that depend on a stated seed and on nothing else (可复算的伪随机数).
//!
//! xoshiro256++ seeded by SplitMix64 (Blackman & Vigna, public domain algorithms). Each stream of a seed is independent of
//! how many threads draw, so that a Monte-Carlo answer can be computed again. Not for secrets, and not for the draw of
//! inspections (`crates/draw` has its own protocol). Called by `scan`, `near_duplicate` and `priority`.

/// A generator.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

/// One step of SplitMix64: scatters a number over 64 bits.
#[must_use]
pub fn scatter(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Random {
    /// Stream number `stream` of `seed`.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut at = scatter(seed) ^ scatter(stream.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(1));
        let mut next = || {
            at = at.wrapping_add(0x9E37_79B9_7F4A_7C15);
            scatter(at)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    /// The next 64 bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in 0..n; the bias is below n / 2^64.
    #[inline]
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }
}
