/** Questions asked as self-distillation asks them: an instruction in their language, and the first sentence of the thought. */
import { expect, it } from 'vitest';
import { smallTokenizer } from '../../../e2e/fixtures/templates/goldens.ts';
import { languageStrings } from '../../lib/cross-lingual/index.ts';
import { distillationDefaults } from '../../protocol/distillation.ts';
import type { Question } from '../../protocol/evaluation.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import type { TextModel } from '../chat/open-text.ts';
import { qwen3 } from '../chat/qwen/index.ts';
import { reasoningOf } from './asks.ts';
import { promptsOf as promptsOfRun } from './checkpoint-evaluation.ts';
import { promptsOf } from './run.ts';

const text: TextModel = { tokenizer: smallTokenizer('qwen3'), format: qwen3, identity: '' };
const question = (language: string): Question => ({ id: '1', language, question: '17 + 25?', gold: '42', row: 1, file: 'a.jsonl' });
const sw = languageStrings.SW!;
const BEGUN = `<|im_start|>user\n17 + 25?\n\n${sw.student_instruction}<|im_end|>\n<|im_start|>assistant\n<think>\n${sw.think_prefix}`;
const LINE = (language: string) =>
  `<|im_start|>system\nreasoning language: ${language}<|im_end|>\n<|im_start|>user\n17 + 25?<|im_end|>\n<|im_start|>assistant\n`;

it('an evaluation asks so where it is chosen, and by the line where a language has no instructions', async () => {
  const questions = [question('sw'), question('it')];
  const asked = async (thinking?: 'no_think') => {
    const settings = { reasoning: { kind: 'begun' as const }, answer_language: false, date: '2025-08-05', ...(thinking && { thinking }) };
    return [...(await promptsOf(text, questions, settings)).values()].map((ids) => text.tokenizer.decode(ids));
  };
  expect(await asked()).toEqual([BEGUN, LINE('Italian')]);
  expect((await asked('no_think'))[0]).toBe(BEGUN.replace(sw.think_prefix, '\n</think>\n\n'));
  expect(reasoningOf({ ...question('sw'), reasoning_language: 'German' }, { kind: 'begun' })).toBe('Swahili');
});

it('a run of distillation asks so in the languages that it distils', async () => {
  const settings = { ...defaultSettings('2025-08-05'), method: 'distillation' };
  const asked = async (distillation: object | undefined, problems = false) => {
    const run = { ...settings, ...(distillation && { distillation: { ...distillationDefaults, ...distillation } }) };
    return (await promptsOfRun(text, [question('sw'), question('de')], run, problems)).map(({ ids }) => text.tokenizer.decode(ids));
  };
  expect(await asked({ target_languages: ['Swahili'] })).toEqual([BEGUN, LINE('German')]);
  const language_strings = { sw: { think_prefix: 'Haya.' } };
  expect((await asked({ target_languages: ['SWA'], language_strings }))[0]).toBe(BEGUN.replace(sw.think_prefix, 'Haya.'));
  expect(await asked({}), 'rows of another kind').toEqual([LINE('Swahili'), LINE('German')]);
  const all = [BEGUN, expect.stringContaining(languageStrings.DE!.think_prefix)];
  expect(await asked({}, true), 'problems in all their languages').toEqual(all);
  expect(await asked(undefined, true)).toEqual(all);
});
