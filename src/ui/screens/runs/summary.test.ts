/** What Runs says of adapters: of their own run, not of the one that happens to be shown. */
import { expect, it } from 'vitest';
import type { KeptRun } from '../../../protocol/kept-runs.ts';
import type { AdapterSummary, KeptAdapter } from '../../../protocol/model.ts';
import { defaultSettings } from '../../../protocol/setting-values.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import { libraryEntries } from '../../../state/library.ts';
import { adapterSentence, entryLine } from './summary.ts';

const trained = { run: 'a', dataset: 'd.jsonl', steps: 20, total_steps: 20, loss: [2.9, 0.7] as [number, number], languages: 5 };
const adapter: AdapterSummary = {
  name: 'x',
  origin: 'trained',
  r: 8,
  lora_alpha: 16,
  target_modules: [],
  target_parameters: [],
  parameters: 1,
  bytes: 4,
  base_model: 'mini',
  trained,
};
const kept: KeptAdapter = {
  id: '1',
  name: 'x',
  origin: 'trained',
  kept: '',
  model: 'mini',
  bytes: 2048,
  trained,
  standing: true,
  fits: true,
  tab_only: false,
};

it('tells the adapter’s own run; a failed run that is shown beside it is another one', () => {
  const other = {
    id: 'b',
    metrics: [
      { step: 1, loss: 3 },
      { step: 2, loss: Number.NaN },
    ],
  } as unknown as RunRecord;
  expect(adapterSentence(adapter, other)).toBe('LoRA r 8 on mini, 20 steps, loss 2.90 to 0.700, 5 languages.');
  const own = {
    id: 'a',
    metrics: [
      { step: 1, loss: 3 },
      { step: 30, loss: 0.5 },
    ],
  } as unknown as RunRecord;
  expect(adapterSentence(adapter, own)).toBe('LoRA r 8 on mini, 30 steps, loss 3.00 to 0.500, 5 languages.');
  const { trained: _, ...imported } = { ...adapter, origin: 'imported' as const };
  expect(adapterSentence(imported, own)).toBe('LoRA r 8 on mini, imported.');
});

it('lists steps, data, model and settings, and whose another model’s is', () => {
  const [entry] = libraryEntries([], [kept], null);
  expect(entryLine(entry!)).toBe('20 steps on d.jsonl · mini');
  const [other] = libraryEntries([], [{ ...kept, fits: false, trained: { ...trained, steps: 3 } }], null);
  expect(entryLine(other!)).toBe('3 of 20 steps on d.jsonl · belongs to mini');
  const settings = defaultSettings('2026-11-28');
  const run = { id: 'a', name: 'x', started: '', model: 'mini', dataset: 'd.jsonl', settings, steps: 20, total_steps: 20 } as KeptRun;
  const [whole] = libraryEntries([run], [kept, { ...kept, id: '2', checkpoint: true, trained: { ...trained, steps: 10 } }], null);
  expect(entryLine(whole!)).toBe('20 steps on d.jsonl · mini · sft, lr 2e-5, r 8 · 1 checkpoint');
});
