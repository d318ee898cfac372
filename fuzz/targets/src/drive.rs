//! Random inputs without a fuzzer: for the stable toolchain, and for CI.

use crate::Target;

/// The longest input made.
const LONGEST: usize = 4096;

/// Runs `target` on its seeds, then on `count` inputs made of them; the same ones for the same `seed`.
pub fn drive(target: &Target, seed: u64, count: usize) {
    let seeds = (target.seeds)();
    for input in &seeds {
        (target.run)(input);
    }
    let mut random = Random(seed ^ 0x9e37_79b9_7f4a_7c15);
    for _ in 0..count {
        (target.run)(&input(&seeds, &mut random));
    }
}

/// An input: a seed, changed in a few places, or noise.
fn input(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = match random.below(12) {
        0 => (0..random.below(64)).map(|_| random.byte()).collect(),
        _ => random.of(seeds).cloned().unwrap_or_default(),
    };
    for _ in 0..random.below(6) {
        let at = random.below(input.len() + 1);
        let end = (at + random.below(16)).min(input.len());
        match random.below(6) {
            0 => drop(input.drain(at..end)),
            1 => input.insert(at, random.byte()),
            2 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            // Something again, elsewhere.
            3 => {
                let part = input[at..end].to_vec();
                let to = random.below(input.len() + 1);
                input.splice(to..to, part);
            }
            4 => {
                let token = random.of(&TOKENS).copied().unwrap_or_default();
                input.splice(at..at, token.bytes());
            }
            _ => {
                let other = random.of(seeds).cloned().unwrap_or_default();
                let from = random.below(other.len() + 1);
                input.splice(at..end, other[from..].iter().take(200).copied());
            }
        }
    }
    input.truncate(LONGEST);
    input
}

/// Pieces that mean something to one or another of the readers.
const TOKENS: [&str; 32] = [
    "\0",
    "\n",
    "\r\n",
    "\n\n",
    "---\n",
    "# ",
    "[[",
    "]]",
    "|",
    "](",
    ")",
    "<",
    ">",
    "\"",
    "`",
    "```\n",
    "*",
    "\\",
    "&#x",
    ";",
    "%2e",
    "../",
    "\u{feff}",
    "e\u{301}",
    "\u{1f44d}\u{1f3fd}",
    "\u{fb01}",
    "\u{4e2d}\u{6587}",
    "- ",
    ": ",
    "{",
    "PACK",
    "\u{0130}",
];

/// A small generator of numbers (xorshift64*, Vigna 2016): the same everywhere for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    fn below(&mut self, end: usize) -> usize {
        let high = self.next() >> 33;
        usize::try_from(high).unwrap_or_default() % end.max(1)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}
