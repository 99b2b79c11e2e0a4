/** Rows that a run on prompts does not ask stand in its record, the first of them with the reason. */
import { expect, it } from 'vitest';
import { smallTokenizer } from '../../../e2e/fixtures/templates/goldens.ts';
import { grpoDefaults } from '../../protocol/grpo.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import { openDataset } from '../data/dataset.ts';
import type { EngineState } from './engine-state.ts';
import { rowsNotAsked } from './run-source.ts';

const settings = { ...defaultSettings('2025-08-05'), method: 'grpo', grpo: { ...grpoDefaults, max_completion_length: 10 } };
const format = {
  templates: ['hf'],
  render: ({ messages }: { messages: { content?: string }[] }) =>
    messages.map(({ content = '' }, message) => ({ text: content, special: false, channel: 'user', message, assistant: false })),
  openThought: (segments: unknown) => segments,
};

async function engineWith(rows: readonly object[]): Promise<EngineState> {
  const dataset = await openDataset(new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]), 'rows.jsonl');
  return {
    needData: () => ({ dataset }),
    needText: () => ({ tokenizer: smallTokenizer('qwen3'), format, identity: '', positions: 40 }),
    task: (_id: string, _label: string, _unit: string, work: (signal: AbortSignal) => unknown) => work(new AbortController().signal),
  } as unknown as EngineState; // what prompts need of it
}

const short = { question: '2 + 3?', answer: '5' };
const long = { question: 'far too long '.repeat(20), answer: '5' };

it('lists a prompt that is too long, by its row', async () => {
  const left = await rowsNotAsked(await engineWith([short, long, short]), settings);
  expect(left).toEqual({
    count: 1,
    rows: [{ row: 2, sentence: expect.stringMatching(/^Row 2 has \d+ tokens before its answer, and 30 are left/) }],
  });
});

it('lists a hundred and counts the rest; there is nothing to list where all are asked, or where a run learns from rows', async () => {
  const many = await rowsNotAsked(await engineWith([short, ...Array.from({ length: 150 }, () => long)]), settings);
  expect([many?.count, many?.rows.length]).toEqual([150, 100]);
  expect(await rowsNotAsked(await engineWith([short]), settings)).toBeUndefined();
  expect(await rowsNotAsked(await engineWith([long]), { ...settings, method: 'sft' })).toBeUndefined();
});
