/** reason_first: one analysis a prompt and step by the model without its adapter, behind which the teacher's prompt goes on, within its room. */
import { expect, it } from 'vitest';
import { smallTokenizer } from '../../../../e2e/fixtures/templates/goldens.ts';
import { readSettings } from '../../../headless/read-settings.ts';
import { qwen3 } from '../../chat/qwen/index.ts';
import { openDataset } from '../../data/dataset.ts';
import type { Reply } from '../../generate/answer.ts';
import type { World } from '../method.ts';
import { problemSettings, promptsOfRun } from '../prompts.ts';
import { withAnalyses } from './analyses.ts';
import type { TaughtRow } from './written.ts';

const text = { tokenizer: smallTokenizer('qwen3'), format: qwen3, identity: '' };
const named = { method: 'distillation', target_languages: ['sw'], reason_first: true, max_reasoning_length: 40 };
const { settings } = readSettings(named, 'run.json', '2025-08-05');

async function analysed(content: string, thinking = '') {
  const row = { problem: 'What is 2 + 3?', problem_sw: 'Mbili jumlisha tatu?', solution: '2 + 3 = 5', Answer: '5' };
  const dataset = await openDataset(new Blob([JSON.stringify(row)]), 'rows.jsonl');
  const { rows } = await promptsOfRun(dataset, settings, text, 4000);
  const asked: { salt?: number; text: string; of: unknown }[] = [];
  const answer: World['answer'] = async (prompts, sampling, of) => {
    for (const { ids, salt } of prompts) asked.push({ salt, text: text.tokenizer.decode(ids), of });
    expect(sampling).toMatchObject({ temperature: 1.1, max_new_tokens: 40 });
    return prompts.map((): Reply => ({ content, thinking, rest: '', ids: [1], stop: 'eos', seconds: 0 }));
  };
  const before = rows as TaughtRow[];
  const analysing = { settings: settings.distillation!, problems: problemSettings(settings, 4000), seed: 3, step: 7 };
  const [after] = await withAnalyses(before, { answer, text }, analysing);
  return { asked, before: before[0]!, after: after!, teacher: text.tokenizer.decode(after!.teacher) };
}

it('is asked of the model without its adapter, and its answer stands in front of the teacher’s last turn', async () => {
  const { asked, after, before, teacher } = await analysed('Both are added, which is 5.', 'Let me see.');
  expect(asked).toEqual([{ salt: 7, text: text.tokenizer.decode(before.analysis!), of: 'base' }]);
  expect(asked[0]!.text).toContain('2 + 3 = 5');
  expect(teacher).toContain('Both are added, which is 5.');
  expect(teacher).not.toContain('Let me see.');
  expect([...after.ids]).toEqual([...before.ids]);
  // The same answer follows either prompt: both end with the same first words of it.
  expect(teacher.slice(-40)).toBe(text.tokenizer.decode(before.ids).slice(-40));
});

it('takes a thought that was cut off, and never more than its room', async () => {
  expect((await analysed('', 'Let me see: two and')).teacher).toContain('Let me see: two and');
  const { before, after } = await analysed('word '.repeat(300));
  expect(after.teacher.length).toBeLessThanOrEqual(before.teacher.length + 40);
  expect(after.teacher.length).toBeGreaterThan(before.teacher.length + 20);
});
