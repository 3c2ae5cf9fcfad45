//! Seeded random numbers, the same on every machine and with every compiler.

/// A small generator (xoshiro256++, seeded through SplitMix64). Not for secrets.
#[derive(Clone, Debug)]
pub struct Rng([u64; 4]);

impl Rng {
    /// A generator whose whole sequence follows from the seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let mut state = seed;
        Self(std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }))
    }

    /// A generator of its own for a named part, so that parts don't move when others are left out.
    #[must_use]
    pub fn for_part(seed: u64, name: &str) -> Self {
        // FNV-1a: the standard library's hashes may change between versions.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self::seeded(seed ^ hash)
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let out = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (mixed_c, mixed_d) = (c ^ a, d ^ b);
        self.0 = [
            a ^ mixed_d,
            b ^ mixed_c,
            mixed_c ^ (b << 17),
            mixed_d.rotate_left(45),
        ];
        out
    }

    /// Uniform in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `0..n`; 0 where `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        (self.unit() * n as f64) as u64
    }

    /// A number of events where `mean` are expected.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean <= 0.0 {
            return 0;
        }
        if mean > 30.0 {
            // Large counts: the normal approximation is far finer than any test's tolerance.
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let limit = (-mean).exp();
        let mut product = self.unit();
        let mut count = 0;
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// How many of `n` independent events with probability `p` happen.
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if n == 0 || p <= 0.0 {
            return 0;
        }
        if p >= 1.0 {
            return n;
        }
        if n <= 32 {
            return (0..n).filter(|_| self.unit() < p).count() as u64;
        }
        let (mean, rest) = (n as f64 * p, n as f64 * (1.0 - p));
        if mean < 10.0 {
            return self.poisson(mean).min(n);
        }
        if rest < 10.0 {
            return n - self.poisson(rest).min(n);
        }
        let drawn = mean + (mean * (1.0 - p)).sqrt() * self.normal();
        drawn.round().clamp(0.0, n as f64) as u64
    }

    /// Standard normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_and_variance(draw: impl FnMut() -> u64) -> (f64, f64) {
        const N: usize = 20_000;
        let drawn: Vec<f64> = std::iter::repeat_with(draw)
            .take(N)
            .map(|n| n as f64)
            .collect();
        let mean = drawn.iter().sum::<f64>() / N as f64;
        let variance = drawn.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / N as f64;
        (mean, variance)
    }

    #[test]
    fn the_sequence_is_xoshiro256_plus_plus() {
        // First outputs of the reference algorithm from the state 1, 2, 3, 4.
        let mut rng = Rng([1, 2, 3, 4]);
        assert_eq!(rng.next_u64(), 41_943_041);
        assert_eq!(rng.next_u64(), 58_720_359);
        assert_eq!(rng.next_u64(), 3_588_806_011_781_223);
    }

    #[test]
    fn poisson_has_its_mean_as_variance() {
        let mut rng = Rng::seeded(7);
        for expected in [0.02, 0.7, 12.0, 400.0] {
            let (mean, variance) = mean_and_variance(|| rng.poisson(expected));
            assert!(
                (mean / expected - 1.0).abs() < 0.15,
                "{mean} for {expected}"
            );
            assert!(
                (variance / expected - 1.0).abs() < 0.15,
                "{variance} for {expected}"
            );
        }
    }

    #[test]
    fn binomial_has_its_moments_in_every_branch() {
        let mut rng = Rng::seeded(8);
        for (n, p) in [(20, 0.3), (1_000, 0.004), (1_000, 0.996), (5_000, 0.4)] {
            let (mean, variance) = mean_and_variance(|| rng.binomial(n, p));
            let expected = n as f64 * p;
            assert!((mean / expected - 1.0).abs() < 0.05, "{mean} for {n}, {p}");
            let spread = expected * (1.0 - p);
            assert!(
                (variance / spread - 1.0).abs() < 0.15,
                "{variance} for {n}, {p}"
            );
        }
        assert_eq!(rng.binomial(9, 1.0), 9);
        assert_eq!(rng.binomial(9, 0.0), 0);
    }

    #[test]
    fn parts_are_independent_of_each_other() {
        let draw = |part| Rng::for_part(1, part).next_u64();
        assert_eq!(draw("a"), draw("a"));
        assert_ne!(draw("a"), draw("b"));
    }
}
