/**
 * The numbers behind a synthetic checkpoint: 32-bit words as a pure function of (seed, tensor name, word index), so that any byte of 13.76 GB can
 * be had without the bytes before it, and a second language needs 20 lines to make the same ones (lab/synthetic/synthetic.py; goldens of
 * that file hold this one to it). All arithmetic is modulo 2^32.
 *
 *   mix(x)   x ^= x >> 16;  x *= 0x7feb352d;  x ^= x >> 15;  x *= 0x846ca68b;  x ^= x >> 16        (Wellons' lowbias32)
 *   k1       mix(FNV-1a of the UTF-8 bytes of "SEED:NAME");   k2 = mix(k1 + 0x9e3779b9)
 *   word(i)  x = (i * 0x9e3779b9) ^ k1, then mix with k2 added after the first multiplication
 */

export interface Key {
  readonly k1: number;
  readonly k2: number;
}

export function keyOf(seed: number, name: string): Key {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${seed}:${name}`)) h = Math.imul(h ^ byte, 0x01000193);
  const k1 = mix(h);
  return { k1, k2: mix(k1 + 0x9e3779b9) };
}

/** Words `first`, `first` + 1, ... */
export function fillWords({ k1, k2 }: Key, first: number, out: Uint32Array): void {
  let weyl = Math.imul(first, 0x9e3779b9);
  for (let i = 0; i < out.length; i++) {
    let x = weyl ^ k1;
    x ^= x >>> 16;
    x = (Math.imul(x, 0x7feb352d) + k2) | 0;
    x ^= x >>> 15;
    x = Math.imul(x, 0x846ca68b);
    out[i] = x ^ (x >>> 16);
    weyl = (weyl + 0x9e3779b9) | 0;
  }
}

function mix(x: number): number {
  let y = x ^ (x >>> 16);
  y = Math.imul(y, 0x7feb352d);
  y ^= y >>> 15;
  y = Math.imul(y, 0x846ca68b);
  return (y ^ (y >>> 16)) >>> 0;
}
