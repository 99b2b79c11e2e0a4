/**
 * The arithmetic of evaluations, without a notion of language or answer: Pass@k and the sign test in exact integers, and the bootstrap. Numbers of the
 * size of C(5000, 2500) are no doubles, so ratios are made of BigInts and rounded once.
 */
import { Random } from '../../lib/random.ts';
import type { Estimate } from '../../protocol/evaluation.ts';

/** 1 - C(n-c, k) / C(n, k): the chance that k of n samples, drawn without putting back, hold one of the c right ones. Null for n < k. */
export function passAt(n: number, c: number, k: number): number | null {
  if (n < k) return null;
  if (n - c < k) return 1;
  // C(n-c, k) / C(n, k) = prod (n-k-i)/(n-i) for i < c = prod (n-c-i)/(n-i) for i < k: the shorter of the two.
  const [terms, less] = c < k ? [c, k] : [k, c];
  let [none, all] = [1n, 1n];
  for (let i = 0; i < terms; i++) {
    none *= BigInt(n - less - i);
    all *= BigInt(n - i);
  }
  return ratio(all - none, all);
}

/** Two-sided: how likely as uneven a split of `better + worse` fair coins is, or a more uneven one. */
export function signTest(better: number, worse: number): number {
  const n = better + worse;
  const fewer = Math.min(better, worse);
  if (2 * fewer === n) return 1;
  let [term, sum] = [1n, 1n]; // C(n, 0)
  for (let i = 0; i < fewer; i++) {
    term = (term * BigInt(n - i)) / BigInt(i + 1);
    sum += term;
  }
  return Math.min(1, ratio(2n * sum, 1n << BigInt(n)));
}

/** a / b for 0 <= a and 0 < b, rounded once to the nearest double. */
function ratio(a: bigint, b: bigint): number {
  if (a === 0n) return 0;
  // At least 64 bits of quotient, and a bit for what is left over, so that rounding sees whether it was a tie.
  const shift = Math.max(0, bits(b) - bits(a) + 66);
  const scaled = a << BigInt(shift);
  const quotient = ((scaled / b) << 1n) | (scaled % b === 0n ? 0n : 1n);
  return Number(quotient) * 2 ** -Math.floor((shift + 1) / 2) * 2 ** -Math.ceil((shift + 1) / 2);
}

const bits = (value: bigint): number => value.toString(16).length * 4;

/** A figure of one question as a part of a mean: sum of `value` over sum of `weight`. A weight of 0 leaves the question out. */
export interface Part {
  readonly value: number;
  readonly weight: number;
}

export interface Bootstrap {
  readonly draws: number;
  readonly seed: number;
  /** Share of the resampled means inside the interval. */
  readonly level?: number;
  /** By question, what it is drawn with: those of one name are drawn together. Without it, each question is drawn for itself. */
  readonly together?: readonly string[];
}

/**
 * Means over questions with percentile intervals: `columns[j][i]` is figure j of question i, and a draw takes as many questions as there are, with
 * putting back, the same ones for all figures. A draw in which a figure has no weight counts nothing for it.
 *
 * One question in several languages is no several questions: whether it is hard shows in all of them. Drawn apart they would make the interval too
 * narrow, so they are drawn together (a bootstrap of clusters).
 */
export function bootstrap(questions: readonly (readonly Part[])[], { draws, seed, level = 0.95, together }: Bootstrap): Estimate[] {
  const means = questions.map((parts) => meanOf(parts));
  const columns = together ? questions.map((parts) => joined(parts, together)) : questions;
  const rows = columns[0]?.length ?? 0;
  if (rows === 0) return means.map((mean) => ({ mean, low: null, high: null }));
  const lists = distinctLists(columns);
  const sums = resample(lists.lists, { draws, seed, rows });
  const tail = (1 - level) / 2;
  const ends = new Map<string, Omit<Estimate, 'mean'>>();
  return columns.map((_, j) => {
    const { value, weight } = lists.of[j]!;
    const pair = `${value}/${weight}`;
    const known = ends.get(pair) ?? endsOf(sums[value]!, sums[weight]!, tail);
    ends.set(pair, known);
    return { mean: means[j]!, ...known };
  });
}

/** Sums of the parts of one name, in the order in which names come first. */
function joined(parts: readonly Part[], names: readonly string[]): Part[] {
  const sums = new Map<string, Part>();
  for (const [i, { value, weight }] of parts.entries()) {
    const sum = sums.get(names[i]!);
    sums.set(names[i]!, sum ? { value: sum.value + value, weight: sum.weight + weight } : { value, weight });
  }
  return [...sums.values()];
}

function endsOf(values: Float64Array, weights: Float64Array, tail: number): Omit<Estimate, 'mean'> {
  const resampled = values.map((sum, draw) => sum / weights[draw]!);
  const sorted = resampled.filter((one) => !Number.isNaN(one)).sort();
  return { low: percentile(sorted, tail), high: percentile(sorted, 1 - tail) };
}

function meanOf(parts: readonly Part[]): number | null {
  let [value, weight] = [0, 0];
  for (const part of parts) {
    value += part.value;
    weight += part.weight;
  }
  return weight === 0 ? null : value / weight;
}

/** Figures share much: all weights are 1, the first try of one is the average. Each list of numbers is drawn once. */
function distinctLists(columns: readonly (readonly Part[])[]): { lists: number[][]; of: { value: number; weight: number }[] } {
  const places = new Map<string, number>();
  const lists: number[][] = [];
  const place = (list: number[]): number => {
    const key = list.join();
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, lists.length);
    return lists.push(list) - 1;
  };
  const of = columns.map((parts) => ({ value: place(parts.map(({ value }) => value)), weight: place(parts.map(({ weight }) => weight)) }));
  return { lists, of };
}

/** By list, its sum over every draw. */
function resample(
  lists: readonly (readonly number[])[],
  { draws, seed, rows }: { readonly draws: number; readonly seed: number; readonly rows: number },
): Float64Array[] {
  // Lists of one number need no draws: their sums are the same in all.
  const varying = lists.flatMap((list, at) => (list.every((one) => one === list[0]) ? [] : [at]));
  const sums = lists.map((list) => new Float64Array(draws).fill(list[0]! * rows));
  const width = varying.length;
  // The numbers of one question beside each other: a draw adds whole rows.
  const table = new Float64Array(rows * width);
  for (const [j, at] of varying.entries()) for (let i = 0; i < rows; i++) table[i * width + j] = lists[at]![i]!;
  const random = new Random(seed);
  const sum = new Float64Array(width);
  for (let draw = 0; draw < draws; draw++) {
    sum.fill(0);
    for (let i = 0; i < rows; i++) {
      const from = Math.floor((random.bits() / 2 ** 32) * rows) * width;
      for (let j = 0; j < width; j++) sum[j]! += table[from + j]!;
    }
    for (let j = 0; j < width; j++) sums[varying[j]!]![draw] = sum[j]!;
  }
  return sums;
}

/** Between neighbours by distance, as numpy's default. Null for an empty list. */
function percentile(sorted: Float64Array, share: number): number | null {
  if (sorted.length === 0) return null;
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return low + (high - low) * (place - below);
}
