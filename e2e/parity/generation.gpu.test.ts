/**
 * Generation against whole-row logits (themselves equal to transformers'): rows of different length decoded together through the caches give the
 * ids that argmax over the whole row gives one by one; rows end on their own; the adapter can be switched per request.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdapter, layoutAdapter, uploadAdapter, withLora } from '../../src/engine/adapters/lora.ts';
import { readAdapter } from '../../src/engine/files/adapter.ts';
import { Generator } from '../../src/engine/generate/generator.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { computeLogits } from '../../src/engine/models/logits.ts';
import { openSession } from '../../src/engine/models/session.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

const greedy = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 1, salt: 0 };
const NEW = 9;

describe.each(['both-experts', 'patterns'])('%s', (name) => {
  it('decodes what whole-row logits say, base and adapter, rows of different length together', async () => {
    const { model } = JSON.parse(readFileSync(`e2e/fixtures/peft/${name}/case.json`, 'utf8')) as { model: string };
    const session = await openSession(gpu, nodeDirectory(`e2e/fixtures/models/${model}`));
    const adapter = await readAdapter(nodeDirectory(`e2e/fixtures/peft/${name}/adapter`), adaptableWeights(session.config));
    const layout = layoutAdapter(adapter.targets);
    createAdapter(session.store, layout, { training: false });
    uploadAdapter(session.store, layout, adapter.tensors);
    const { input_ids } = JSON.parse(readFileSync(`e2e/fixtures/models/${model}/ids.json`, 'utf8')) as { input_ids: number[][] };
    const prompts = input_ids.slice(1, 4);
    const vocabulary = session.config.vocab_size;
    const text = vocabulary - 10;
    const generator = new Generator(session);
    for (const use of [null, layout]) {
      const want = await Promise.resolve(prompts.map((p) => [...p]));
      for (const row of want) {
        for (let n = 0; n < NEW; n++) {
          const logits = await computeLogits(session, row, (t, w) => (use ? withLora(t, w, use) : w));
          const last = logits.subarray(logits.length - vocabulary, logits.length - vocabulary + text);
          row.push(last.indexOf(last.reduce((m, v) => Math.max(m, v))));
        }
      }
      const expected = want.map((row, r) => row.slice(prompts[r]!.length));
      const eos = expected[1]![4]!; // the second row must end there, or earlier where the id came before
      const got: number[][] = prompts.map(() => []);
      const ends = await generator.generate({
        rows: prompts.map((p) => ({ prompt: Uint32Array.from(p), sampling: greedy, max_new_tokens: NEW })),
        adapter: use,
        vocabulary_with_text: text,
        eos: [eos],
        onIds: (r, ids) => {
          got[r]!.push(...ids);
          return false;
        },
      });
      const cut = expected.map((ids) => (ids.includes(eos) ? ids.slice(0, ids.indexOf(eos) + 1) : ids));
      expect(got).toEqual(cut);
      expect(ends).toEqual(cut.map((ids) => (ids.at(-1) === eos ? 'eos' : 'length')));
    }
    generator.free();
    session.store.free(() => true);
  });
});
