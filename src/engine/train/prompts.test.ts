/** One dataset as the prompts of a run of distillation and of the run of GRPO beside it: the same; and as any other run of GRPO has it. */
import { describe, expect, it } from 'vitest';
import { smallTokenizer } from '../../../e2e/fixtures/templates/goldens.ts';
import { readSettings } from '../../headless/read-settings.ts';
import { qwen3 } from '../chat/qwen/index.ts';
import { openDataset } from '../data/dataset.ts';
import { promptsOfRun } from './prompts.ts';

const text = { tokenizer: smallTokenizer('qwen3'), format: qwen3, identity: '' };
const rows = [17, 23, 41].map((n) => ({
  problem: `What is ${n} + 25?`,
  problem_sw: `Swali la ${n}?`,
  solution: `${n} + 25 = ${n + 25}`,
  Answer: String(n + 25),
}));

async function prompts(named: object, positions = 4000) {
  const { settings } = readSettings({ ...named }, 'run.json', '2025-08-05');
  const dataset = await openDataset(new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]), 'rows.jsonl');
  return promptsOfRun(dataset, settings, text, positions);
}

describe('problems in two languages', () => {
  it('are the same prompts for the run of GRPO that names the languages, as evaluations ask them: without the label', async () => {
    const taught = await prompts({ method: 'distillation', target_languages: ['sw'] });
    const rewarded = await prompts({ method: 'grpo', target_languages: ['sw'] });
    expect(taught.rows).toHaveLength(3);
    expect(taught.rows.every(({ teacher }) => teacher !== undefined)).toBe(true);
    const asked = (of: typeof taught) => of.rows.map(({ ids }) => text.tokenizer.decode(ids));
    expect(asked(taught).every((one) => one.includes('user\nSwali: Swali la '))).toBe(true);
    expect(asked(rewarded)).toEqual(asked(taught).map((one) => one.replace('Swali: ', '')));
    expect(rewarded.rows.map(({ gold }) => gold)).toEqual(['42', '48', '66']);
    const short = await prompts({ method: 'grpo', target_languages: ['sw'], student_enable_thinking: false });
    expect(text.tokenizer.decode(short.rows[0]!.ids)).toContain('<think>\n\n</think>');
  });

  it('are what the rows say in any other run of GRPO', async () => {
    const { rows: plain } = await prompts({ method: 'grpo' });
    expect(plain.every(({ teacher }) => teacher === undefined)).toBe(true);
    expect(text.tokenizer.decode(plain[0]!.ids)).not.toContain('Swali');
  });

  it('leave room for the method’s own longest answer', async () => {
    const named = { method: 'distillation', target_languages: ['sw'] };
    const { rows: all } = await prompts({ ...named, max_completion_length: 600 }, 4000);
    const longest = Math.max(...all.map(({ teacher }) => teacher!.length));
    const fits = (positions: number) => prompts({ ...named, max_completion_length: 600 }, positions);
    expect((await fits(longest + 600)).rows).toHaveLength(3);
    expect((await fits(longest + 599)).tooLong.length).toBeGreaterThan(0);
  });

  it('have settings that no run of another method may name', () => {
    const read = (named: object) => () => readSettings({ ...named }, 'run.json', '2025-08-05');
    expect(read({ method: 'sft', target_languages: ['sw'] })).toThrow('target_languages is not a setting that is known here');
    expect(read({ method: 'grpo', jsd_token_clip: 0.05 })).toThrow('jsd_token_clip is not a setting that is known here');
    expect(readSettings({ method: 'grpo' }, 'run.json', '2025-08-05').settings.distillation).toBeUndefined();
  });
});
