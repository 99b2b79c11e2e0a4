/**
 * Several rows a prompt: a prompt whose keys lie in the cache once gives the ids that it gives when every row has its own, and a batch from which
 * ended rows leave gives the ids of one in which they stay. Sampled, so that every row goes another way.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GenerationSizes, Generator, sharedSizes } from '../../src/engine/generate/generator.ts';
import { cacheLines } from '../../src/engine/generate/programs.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';

const PROMPTS = [5, 23, 12].map((length, p) => Uint32Array.from({ length }, (_, i) => 3 + ((7 * i + 11 * p) % 40)));
const EACH = 8;
const NEW = 40;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

/** The ids of all rows, and how many columns were decoded. */
async function generate(
  session: Session,
  eos: readonly number[],
  options: { sizes?: GenerationSizes; block?: number },
): Promise<number[][]> {
  const generator = new Generator(session);
  const rows = PROMPTS.flatMap((prompt) => Array.from({ length: EACH }, () => prompt)).map((prompt, salt) => ({
    prompt,
    sampling: { temperature: 1, top_k: 0, top_p: 1, min_p: 0, seed: 5, salt },
    max_new_tokens: NEW,
  }));
  const got: number[][] = rows.map(() => []);
  const vocabulary_with_text = session.config.vocab_size;
  const ends = await generator.generate({
    rows,
    adapter: null,
    vocabulary_with_text,
    eos,
    ...options,
    onIds: (r, ids) => {
      got[r]!.push(...ids);
      return false;
    },
  });
  expect(ends).toEqual(got.map((ids) => (eos.includes(ids.at(-1)!) ? 'eos' : 'length')));
  generator.free();
  return got;
}

it.each(['public/models/mini', 'e2e/fixtures/dense/qwen3'])(
  'ids are those of rows with prompts of their own, that all stay: %s',
  async (model) => {
    const session = await openSession(gpu, nodeDirectory(model));
    const sizes = sharedSizes(
      PROMPTS.length * EACH,
      { longest: 23, prompts: 5 + 23 + 12, new_tokens: NEW },
      session.config.max_position_embeddings,
    );
    expect(cacheLines(sizes.shape)).toBeLessThan(cacheLines({ ...sizes.shape, shared: 0 }));
    const free = await generate(session, [], {});
    expect(new Set(free.map(String)).size).toBe(free.length);
    // Ids that end rows early, some soon and some late, so that the batch shrinks twice.
    const eos = [free[0]![3]!, free[9]![6]!, free[17]![2]!, free[20]![9]!];
    const plain = await generate(session, eos, {});
    expect(plain.filter((ids) => ids.length < NEW).length).toBeGreaterThan(12);
    expect(await generate(session, eos, { sizes })).toEqual(plain);
    expect(await generate(session, eos, { sizes, block: 4 })).toEqual(plain);
    session.store.free(() => true);
  },
);
