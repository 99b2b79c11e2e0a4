/**
 * PyTorch's CPU `randperm`: MT19937 and the same swaps, so that a seed means the same order of rows here as in TRL. (randperm draws 32 bits per
 * step and takes them modulo the numbers left; its bias is PyTorch's.)
 */
const SIZE = 624;
const SHIFT = 397;

class MersenneTwister {
  private readonly state = new Uint32Array(SIZE);
  private index = SIZE;

  constructor(seed: number) {
    this.state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const previous = this.state[i - 1]!;
      this.state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** Uniform in 0..2^32-1. */
  next(): number {
    if (this.index === SIZE) this.refill();
    let word = this.state[this.index++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    word ^= word >>> 18;
    return word >>> 0;
  }

  private refill(): void {
    const { state } = this;
    for (let i = 0; i < SIZE; i++) {
      const mixed = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    this.index = 0;
  }
}

/** `torch.randperm(n, generator=torch.Generator().manual_seed(seed))`. */
export function randperm(n: number, seed: number): number[] {
  return permutation(n, new MersenneTwister(seed));
}

/** The same, drawn again and again from one generator. */
export function* randperms(n: number, seed: number): Generator<number[], never> {
  const random = new MersenneTwister(seed);
  while (true) yield permutation(n, random);
}

function permutation(n: number, random: MersenneTwister): number[] {
  const order = Array.from({ length: n }, (_, index) => index);
  for (let i = 0; i < n - 1; i++) {
    const j = i + (random.next() % (n - i));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
