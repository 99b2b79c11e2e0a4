/** Lengths of rows in tokens -> a maximum length that keeps nearly all of them whole. 0 stands for a row that is not counted. */

/** Rows that the default keeps whole. */
const KEPT_SHARE = 0.99;

/** Up to the next multiple of 64, of 256 above 1,024 tokens, of 1,024 above 8,192. */
export function roundLength(tokens: number): number {
  const step = tokens <= 1024 ? 64 : tokens <= 8192 ? 256 : 1024;
  return Math.max(step, Math.ceil(tokens / step) * step);
}

/** The same steps downwards, from `length` to `least`: lengths to try, longest first. */
export function lengthsBelow(length: number, least: number): number[] {
  const lengths = [length];
  for (let next = length; next > least; ) {
    const step = next <= 1024 ? 64 : next <= 8192 ? 256 : 1024;
    next = Math.max(least, (Math.ceil(next / step) - 1) * step);
    lengths.push(next);
  }
  return lengths;
}

export interface KeepingLengths {
  /** Keeps 99 % of the rows whole. */
  most: number;
  /** Keeps all of them whole. */
  all: number;
}

/** Both rounded, and at most the positions of the model; null where no row is counted. */
export function keepingLengths(lengths: Uint32Array, positions = Number.POSITIVE_INFINITY): KeepingLengths | null {
  const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
  if (longest === 0) return null;
  const counts = new Uint32Array(longest + 1);
  for (const length of lengths) counts[length]! += 1;
  const counted = lengths.length - counts[0]!;
  let kept = 0;
  let most = 0;
  while (kept < KEPT_SHARE * counted) kept += counts[++most]!;
  return { most: Math.min(positions, roundLength(most)), all: Math.min(positions, roundLength(longest)) };
}

export function countLonger(lengths: Uint32Array, than: number): number {
  return lengths.reduce((count, length) => count + (length > than ? 1 : 0), 0);
}
