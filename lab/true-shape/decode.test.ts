/**
 * `npm run check:scale -- decode`: two layers of gpt-oss-20b's own widths, one sliding, one full, with a cache that is long enough to be attended over in
 * spans: what rows of 290 and 40 tokens decode together, and one alone, is what whole-row logits say at every place.
 */
import { expect, it } from 'vitest';
import { Generator } from '../../src/engine/generate/generator.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { computeLogits } from '../../src/engine/models/logits.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { openTrueWidth } from '../bench/true-width.ts';

const VOCABULARY = 4096;
const NEW = 6;
/** Room for so many makes a cache of three spans. */
const ROOM = 400;

async function decode(session: Session, prompts: readonly number[][]): Promise<number[][]> {
  const generator = new Generator(session);
  const got = prompts.map((): number[] => []);
  await generator.generate({
    rows: prompts.map((prompt) => ({
      prompt: Uint32Array.from(prompt),
      sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 },
      max_new_tokens: ROOM,
    })),
    adapter: null,
    vocabulary_with_text: VOCABULARY,
    eos: [],
    onIds: (row, ids) => {
      got[row]!.push(...ids.slice(0, NEW - got[row]!.length));
      return got[row]!.length === NEW && ids.length;
    },
  });
  generator.free();
  return got;
}

/** The id that whole-row logits choose after each of the last `n` ids but the newest. */
async function chosen(session: Session, ids: readonly number[], n: number): Promise<number[]> {
  const logits = await computeLogits(session, ids.slice(0, -1));
  return Array.from({ length: n }, (_, i) => {
    const at = (ids.length - 1 - n + i) * VOCABULARY;
    const row = logits.subarray(at, at + VOCABULARY);
    return row.indexOf(row.reduce((m, v) => Math.max(m, v)));
  });
}

it('decodes what whole-row logits say at true width', async () => {
  const gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  const session = await openTrueWidth(gpu, ['sliding_attention', 'full_attention'], VOCABULARY);
  const prompts = [290, 40].map((length, r) => Array.from({ length }, (_, t) => (r * 131 + t * t * 7 + t) % VOCABULARY));
  for (const rows of [prompts, prompts.slice(1)]) {
    const got = await decode(session, rows);
    for (const [r, prompt] of rows.entries()) {
      expect(got[r]).toHaveLength(NEW);
      expect(await chosen(session, [...prompt, ...got[r]!], NEW), `a row of ${prompt.length}`).toEqual(got[r]);
    }
    console.log(`${rows.length} rows: ${got.map((ids) => ids.join(' ')).join(' | ')}`);
  }
  session.store.free(() => true);
  gpu.close();
});
