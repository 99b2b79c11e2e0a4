/**
 * Rows that stream through a few columns: each gives the ids that it gives alone in a batch of its own, whichever rows are beside it, in whatever order
 * they begin, and however often the run was interrupted. Sampled, so that every row goes another way.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GenerationRow, Generator } from '../../src/engine/generate/generator.ts';
import { streamRows } from '../../src/engine/generate/streaming.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

const ROWS: GenerationRow[] = Array.from({ length: 21 }, (_, r) => ({
  prompt: Uint32Array.from({ length: 5 + ((17 * r) % 90) }, (_, i) => 3 + ((7 * i + 11 * r) % 40)),
  sampling: { temperature: 1, top_k: 0, top_p: 1, min_p: 0, seed: 5, salt: 100 + r },
  max_new_tokens: [1, 2, 15, 16, 17, 18, 33, 40][r % 8]!,
}));

interface Streamed {
  readonly ids: Map<number, number[]>;
  readonly ends: Map<number, string>;
}

/** `which`: rows in the order in which they begin. `after`: ends of rows after which the run is aborted. */
async function stream(session: Session, which: readonly number[], columns: number, eos: readonly number[], after = 1e9): Promise<Streamed> {
  const ids = new Map<number, number[]>();
  const ends = new Map<number, string>();
  const control = new AbortController();
  await streamRows(
    session,
    { columns, longest: 140 },
    {
      rows: which.map((r) => ROWS[r]!),
      adapter: null,
      vocabulary_with_text: session.config.vocab_size,
      eos,
      signal: control.signal,
      onIds: (i, fresh) => {
        ids.set(which[i]!, [...(ids.get(which[i]!) ?? []), ...fresh]);
        return false;
      },
      onEnd: (i, end) => {
        ends.set(which[i]!, end);
        if (ends.size === after) control.abort();
      },
    },
  );
  return { ids, ends };
}

async function alone(session: Session, row: GenerationRow, eos: readonly number[]): Promise<number[]> {
  const generator = new Generator(session);
  const got: number[] = [];
  await generator.generate({
    rows: [row],
    adapter: null,
    vocabulary_with_text: session.config.vocab_size,
    eos,
    onIds: (_, ids) => {
      got.push(...ids);
      return false;
    },
  });
  generator.free();
  return got;
}

it.each(['public/models/mini', 'e2e/fixtures/dense/qwen3'])('ids are those of rows alone: %s', async (model) => {
  const session = await openSession(gpu, nodeDirectory(model));
  const all = ROWS.map((_, r) => r);
  const free = await stream(session, all, 4, []);
  for (const r of all) {
    expect(free.ends.get(r)).toBe('length');
    expect(free.ids.get(r), `row ${r}`).toEqual(await alone(session, ROWS[r]!, []));
  }
  // Ids that end rows early: at once, within a block, and at its edge.
  const eos = [free.ids.get(0)![0]!, free.ids.get(7)![5]!, free.ids.get(6)![16]!];
  const cut = await stream(session, all, 4, eos);
  for (const r of all) {
    const whole = free.ids.get(r)!;
    const end = whole.findIndex((id) => eos.includes(id));
    expect(cut.ids.get(r)).toEqual(end < 0 ? whole : whole.slice(0, end + 1));
    expect(cut.ends.get(r)).toBe(end < 0 ? 'length' : 'eos');
  }
  expect([...cut.ends.values()].filter((end) => end === 'eos').length).toBeGreaterThan(2);
  // Another order, and gone on with after an abort: the same ids bit by bit.
  const backwards = all.toReversed();
  const first = await stream(session, backwards, 4, eos, 7);
  expect(first.ends.size).toBeLessThan(all.length);
  const rest = await stream(
    session,
    backwards.filter((r) => !first.ends.has(r)),
    4,
    eos,
  );
  for (const r of all) expect((first.ends.has(r) ? first : rest).ids.get(r)).toEqual(cut.ids.get(r));
  session.store.free(() => true);
});
