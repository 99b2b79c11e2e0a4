/** The prompts of a dataset are read once for all who ask with the same settings; an older read that ends changes nothing about it. */
import { expect, it } from 'vitest';
import { nodeDirectory } from '../../headless/node-files.ts';
import { grpoDefaults } from '../../protocol/grpo.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import type { TrainingSettings } from '../../protocol/training.ts';
import { openText } from '../chat/open-text.ts';
import { memoryStore } from '../files/byte-store.ts';
import { readDataset } from './data.ts';
import { EngineState } from './engine-state.ts';
import { promptsOf } from './prompts.ts';

const rows = Array.from({ length: 30 }, (_, i) => JSON.stringify({ question: `What is ${i} + ${i}?`, answer: String(2 * i) }));
const settings = (max_completion_length: number): TrainingSettings => ({
  ...defaultSettings('2025-08-05', 'grpo'),
  method: 'grpo',
  grpo: { ...grpoDefaults, max_completion_length },
});

/** Red before: the older read that was cancelled took the newer one away, and whoever asked again cancelled that. */
it('a read that was cancelled by a newer one does not take that away', async () => {
  const engine = new EngineState({ files: memoryStore() });
  await readDataset(engine, { kind: 'file', name: 'r.jsonl', file: new Blob([rows.join('\n')]) });
  Object.assign(engine, { text: { ...(await openText(nodeDirectory('public/models/mini'))), questions: [], positions: 2048 } });
  const older = promptsOf(engine, settings(100));
  const newer = promptsOf(engine, settings(101));
  await expect(older).rejects.toThrow('cancelled');
  expect(promptsOf(engine, settings(101))).toBe(newer);
  expect((await newer).rows).toHaveLength(30);
});
