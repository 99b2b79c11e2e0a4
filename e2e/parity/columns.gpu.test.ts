/**
 * Draws of many columns that share a prompt's cache: the first ids follow the model's distribution after the prompt, the second ones that after
 * the prompt and the first (logits by a forward of whole rows), and columns and seeds know nothing of each other. Seeds are fixed, so the outcome is too.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Generator, sharedSizes } from '../../src/engine/generate/generator.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { computeLogits } from '../../src/engine/models/logits.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { count, deviation, ONE_IN_A_THOUSAND } from '../fixtures/sampling/chi-square.ts';

const COLUMNS = 64;
const SEEDS = 48;
/** Flat enough that several ids are drawn often. */
const TEMPERATURE = 1.5;
const PROMPTS = [7, 12].map((length, p) => Uint32Array.from({ length }, (_, i) => 300 + ((37 * i + 211 * p) % 900)));

let gpu: Gpu;
let session: Session;
/** By prompt, by seed, by column: two ids. */
let drawn: number[][][][];
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  session = await openSession(gpu, nodeDirectory('public/models/mini'));
  const each = COLUMNS / PROMPTS.length;
  const sizes = sharedSizes(COLUMNS, { longest: 12, prompts: 19, new_tokens: 2 }, session.config.max_position_embeddings);
  const generator = new Generator(session);
  drawn = PROMPTS.map(() => []);
  for (let seed = 0; seed < SEEDS; seed++) {
    const ids: number[][] = Array.from({ length: COLUMNS }, () => []);
    await generator.generate({
      rows: ids.map((_, c) => ({
        prompt: PROMPTS[Math.floor(c / each)]!,
        sampling: { temperature: TEMPERATURE, top_k: 0, top_p: 1, min_p: 0, seed, salt: c },
        max_new_tokens: 2,
      })),
      ...{ adapter: null, vocabulary_with_text: session.config.vocab_size, eos: [], sizes },
      onIds: (r, fresh) => {
        ids[r]!.push(...fresh);
        return false;
      },
    });
    for (const p of PROMPTS.keys()) drawn[p]!.push(ids.slice(p * each, (p + 1) * each));
  }
  generator.free();
});
afterAll(() => gpu.device.destroy());

/** After these ids. */
async function probabilities(ids: Uint32Array): Promise<number[]> {
  const logits = [...(await computeLogits(session, [...ids])).slice(-session.config.vocab_size)].map((value) => value / TEMPERATURE);
  const most = Math.max(...logits);
  const weights = logits.map((value) => Math.exp(value - most));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

it('of each prompt, the first ids follow the distribution after it, and not that after the other', async () => {
  const wanted = [await probabilities(PROMPTS[0]!), await probabilities(PROMPTS[1]!)];
  for (const p of PROMPTS.keys()) {
    const counts = count(
      drawn[p]!.flat().map(([first]) => first!),
      session.config.vocab_size,
    );
    expect(deviation(counts, wanted[p]!)).toBeLessThan(ONE_IN_A_THOUSAND);
    expect(deviation(counts, wanted[1 - p]!)).toBeGreaterThan(ONE_IN_A_THOUSAND);
  }
});

it('the second ids follow the distribution after prompt and first id', async () => {
  for (const [p, prompt] of PROMPTS.entries()) {
    const pairs = drawn[p]!.flat();
    const firsts = count(
      pairs.map(([first]) => first!),
      session.config.vocab_size,
    );
    const often = firsts.indexOf(Math.max(...firsts));
    const seconds = pairs.filter(([first]) => first === often).map(([, second]) => second!);
    expect(seconds.length).toBeGreaterThan(60);
    const counts = count(seconds, session.config.vocab_size);
    expect(deviation(counts, await probabilities(Uint32Array.from([...prompt, often])))).toBeLessThan(ONE_IN_A_THOUSAND);
    expect(deviation(counts, await probabilities(prompt))).toBeGreaterThan(ONE_IN_A_THOUSAND);
  }
});

it('neighbouring columns, and neighbouring seeds, draw independently', async () => {
  const wanted = await probabilities(PROMPTS[0]!);
  const likely = wanted
    .map((p, id) => ({ p, id }))
    .sort((a, b) => b.p - a.p)
    .slice(0, 5);
  /** The likely ids by themselves, all others as one. */
  const binOf = (id: number): number => likely.findIndex((one) => one.id === id) + 1;
  const shares = [1 - likely.reduce((sum, { p }) => sum + p, 0), ...likely.map(({ p }) => p)];
  const products = shares.flatMap((a) => shares.map((b) => a * b));
  const first = drawn[0]!.map((columns) => columns.map(([id]) => binOf(id!)));
  const code = (a: number, b: number): number => a * shares.length + b;
  const beside = first.flatMap((columns) => columns.filter((_, c) => c % 2 === 0).map((bin, i) => code(bin, columns[2 * i + 1]!)));
  const after = first.filter((_, s) => s % 2 === 0).flatMap((columns, s) => columns.map((bin, c) => code(bin, first[2 * s + 1]![c]!)));
  for (const pairs of [beside, after]) {
    expect(deviation(count(pairs, products.length), products)).toBeLessThan(ONE_IN_A_THOUSAND);
    expect(new Set(pairs).size).toBeGreaterThan(shares.length);
  }
});
