/** Rewards on rows of the dataset before a run: their own answers as the model writes them, and texts in their place. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RewardCell, TriedCell } from '../../protocol/rewards.ts';
import { defaultSettings, type SettingValues, withValues } from '../../protocol/setting-values.ts';
import { openText } from '../chat/open-text.ts';
import { memoryStore } from '../files/byte-store.ts';
import { bytesDirectory } from '../files/source.ts';
import { readDataset } from './data.ts';
import { EngineState } from './engine-state.ts';
import { tryOnRows } from './rewards-on-rows.ts';

const rows = [
  {
    reasoning_language: 'German',
    user: 'Wie viele Kuchen sind 27 und 11?',
    analysis: 'Ich addiere 27 und 11 und erhalte achtunddreißig.',
    final: 'Es sind zusammen \\boxed{38}.',
  },
  { reasoning_language: 'German', user: 'Was ist 2 + 2?', analysis: '', final: 'Four.' },
  { user: 'What is the capital of France?', analysis: 'The capital of France is Paris.', final: 'Paris', tests: ['x'] },
].map((row) => JSON.stringify(row));

const engine = new EngineState({ files: memoryStore() });
const FILES = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja', 'config.json', 'generation_config.json'];
beforeAll(async () => {
  const read = (name: string) => new Uint8Array(readFileSync(new URL(`../../../public/models/mini/${name}`, import.meta.url)));
  const text = await openText(bytesDirectory('mini', new Map(FILES.map((name) => [name, read(name)]))));
  engine.text = { ...text, questions: [], positions: 512 };
  await readDataset(engine, { kind: 'file', name: 'rows.jsonl', file: new Blob([rows.join('\n')]) as File });
}, 60_000);

const settings = (values: SettingValues = {}) =>
  withValues(defaultSettings('2025-08-05', 'grpo'), { 'grpo.reward_funcs': ['harmony', 'language', 'accuracy'], ...values });
const tried = (cells: readonly RewardCell[], values: SettingValues = {}): Promise<TriedCell[]> =>
  tryOnRows(engine, settings(values), cells);
const values = ({ verdicts }: TriedCell) => verdicts.map(({ value }) => value);

describe('a row', () => {
  it('is judged on its own answer, written as the model writes, with what the run reads of it', async () => {
    const [first, second] = await tried([{ index: 0 }, { index: 1 }]);
    expect(values(first!)).toEqual([1, 1, 1]);
    expect(first).toMatchObject({
      row: 1,
      question: 'Wie viele Kuchen sind 27 und 11?',
      gold: 'Es sind zusammen \\boxed{38}.',
      reasoning_language: 'German',
      answer_language: null,
      thinking: 'Ich addiere 27 und 11 und erhalte achtunddreißig.',
      content: 'Es sind zusammen \\boxed{38}.',
      sum: 3,
    });
    expect(first!.completion).toMatch(/^<\|channel\|>analysis<\|message\|>Ich addiere.*<\|return\|>$/s);
    expect(second!.verdicts[1]).toMatchObject({ value: 0 });
    expect(second!.verdicts[1]!.why).toContain('There is no thought');
  });

  it('weighs, and a gate is multiplied into the others', async () => {
    const [first, second] = await tried([{ index: 0 }, { index: 1 }], {
      'grpo.reward_weights': [0.5, 1, 2],
      'grpo.reward_settings': { language: { combine: 'gate' } },
    });
    expect([first!.paid, first!.sum]).toEqual([[0.5, null, 2], 2.5]);
    expect([second!.paid[1], second!.sum]).toEqual([null, 0]);
  });

  it('of which no reward can say anything has no sum', async () => {
    const [cell] = await tried([{ index: 2 }], { 'grpo.reward_funcs': ['language'] });
    expect([values(cell!), cell!.paid, cell!.sum]).toEqual([[null], [null], null]);
    expect(cell!.verdicts[0]!.why).toBe('No language is asked for the thought.');
  });
});

describe('a text in its place', () => {
  const written = '<|channel|>analysis<|message|>I add them.<|end|><|start|>assistant<|channel|>final<|message|>39<|return|>';
  it.each([
    ['in channels', written, [1, 0, 0]],
    ['with tags', '<think>Ich zähle alle Kuchen zusammen.</think>Also \\boxed{38}', [0, 1, 1]],
    ['plain', '38', [0, 0, 1]],
    ['empty', '', [0, 0, 0]],
    ['a box in the thought', '<think>Das sind \\boxed{38} Kuchen zusammen.</think>', [0, 1, 0]],
    ['a word over and over', `<think>${'Kuchen '.repeat(60)}</think>`, [0, 0, 0]],
    ['the question again', '<think>Wie viele Kuchen sind 27 und 11?</think>', [0, 0, 0]],
  ])('%s', async (_, completion, expected) => {
    const [cell] = await tried([{ index: 0, completion }]);
    expect(cell!.completion).toBe(completion);
    expect(cell!.own).toMatch(/<\|channel\|>analysis<\|message\|>Ich addiere/);
    expect(values(cell!).map((value) => (value !== null && value > 0.2 ? 1 : 0))).toEqual(expected);
  });

  it('is counted in the tokens of the model', async () => {
    const [cell] = await tried([{ index: 0, completion: `${written}` }], {
      'grpo.reward_funcs': ['overlong'],
      'grpo.reward_settings': { overlong: { max_completion_len: 5, soft_punish_cache: 0 } },
    });
    expect(cell!.verdicts[0]!.why).toMatch(/^\d\d tokens are longer than 5/);
  });

  it('is refused by name where it cannot be tried', async () => {
    await expect(tried([{ index: 9 }])).rejects.toThrow(/rows.jsonl has 3 rows, not 10/);
    await expect(tried(Array.from({ length: 21 }, () => ({ index: 0 })))).rejects.toThrow(/21 rows are many/);
    await expect(tried([{ index: 0 }], { 'grpo.reward_funcs': ['nothing'] })).rejects.toThrow(/no reward "nothing"/);
  });
});
