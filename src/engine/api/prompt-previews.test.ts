/** Prompts of student and teacher of one row, piece by piece; the languages of a set; and the prompts of a run with the rows that give none. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { languageStrings } from '../../lib/cross-lingual/index.ts';
import type { PromptTurn } from '../../protocol/prompt-previews.ts';
import { defaultSettings, type SettingValues, withValues } from '../../protocol/setting-values.ts';
import { openText } from '../chat/open-text.ts';
import { memoryStore } from '../files/byte-store.ts';
import { bytesDirectory } from '../files/source.ts';
import { readDataset } from './data.ts';
import { EngineState } from './engine-state.ts';
import { previewPrompts, promptSource } from './prompt-previews.ts';

const engine = new EngineState({ files: memoryStore() });
const FILES = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja', 'config.json', 'generation_config.json'];
beforeAll(async () => {
  const read = (name: string) => new Uint8Array(readFileSync(new URL(`../../../public/models/mini/${name}`, import.meta.url)));
  const text = await openText(bytesDirectory('mini', new Map(FILES.map((name) => [name, read(name)]))));
  engine.text = { ...text, questions: [], positions: 512 };
}, 60_000);

const settings = (values: SettingValues = {}) => withValues(defaultSettings('2025-08-05', 'distillation'), values);
const textOf = (turns: readonly PromptTurn[]) => turns.map(({ role, pieces }) => [role, pieces.map(({ text }) => text).join('')]);
async function open(rows: readonly object[], name = 'rows.jsonl'): Promise<void> {
  const file = new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]) as File;
  await readDataset(engine, { kind: 'file', name, file });
}

const sw = languageStrings.SW!;
const row = { problem: 'What is 1 + 2?', solution: '1 + 2 = \\boxed{3}', problem_sw: 'Moja na mbili?', problem_am: '1 እና 2?', Answer: '3' };

describe('problems in several languages', () => {
  it('one row has a prompt a language, with all that the teacher sees', async () => {
    await open([row]);
    expect(await promptSource(engine)).toEqual({
      languages: ['Swahili', 'Amharic'],
      english: { problem: 'problem', solution: 'solution' },
    });
    const { prompts, problems } = await previewPrompts(engine, settings(), 0);
    expect([prompts.map(({ language }) => language), problems]).toEqual([['Swahili', 'Amharic'], []]);
    const { student, teacher, tokens } = prompts[0]!;
    expect(textOf(student)).toEqual([
      ['user', `Swali: Moja na mbili?\n\n${sw.student_instruction}`],
      ['assistant', sw.think_prefix],
    ]);
    expect(textOf(teacher)[0]![1]).toContain(`${sw.labels.problem_english}: What is 1 + 2?`);
    expect(teacher[0]!.pieces.map(({ part }) => part)).toContain('solution_english');
    expect(tokens.teacher).toBeGreaterThan(tokens.student);
  });

  it('follows switches and edits, and shows where an analysis goes', async () => {
    await open([row]);
    const one = async (values: SettingValues) => (await previewPrompts(engine, settings(values), 0)).prompts[0]!;
    const plain = await one({ 'distillation.include_reference_solution_en': false, 'distillation.student_enable_thinking': false });
    expect(plain.student).toHaveLength(1);
    expect(plain.teacher[0]!.pieces.map(({ part }) => part)).not.toContain('solution_english');
    const first = await one({ 'distillation.reason_first': true });
    expect(first.teacher.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
    const edited = await one({ 'distillation.language_strings': { SWA: { labels: { problem_target: 'Hesabu' } } } });
    expect(textOf(edited.student)[0]![1]).toMatch(/^Hesabu: /);
  });

  it('says why a row has none in a language', async () => {
    await open([row, { ...row, problem_sw: '', problem_am_ok: false }, { ...row, solution: undefined }]);
    const chosen = settings({ 'distillation.target_languages': ['SW', 'AMH'] });
    expect((await previewPrompts(engine, chosen, 1)).problems).toEqual([
      expect.stringMatching(/^Row 2 has no problem in Swahili \(column "problem_sw"\)/),
      expect.stringMatching(/^Row 2 marks its problem in Amharic/),
    ]);
    expect((await previewPrompts(engine, chosen, 2)).problems[0]).toMatch(/^Row 3 has no English solution for the teacher/);
  });

  it('the languages of a column that says each row’s own are found in the rows', async () => {
    await open(['sw', 'yo', 'sw'].map((language) => ({ problem: 'What?', solution: 'So.', problem_translated: 'Nini?', language })));
    expect((await promptSource(engine)).languages).toEqual(['Swahili', 'Yoruba']);
  });
});

describe('any other rows', () => {
  it('have the column that the teacher alone sees in its template; the names in a text are no names of the template', async () => {
    await open([{ question: 'Two {privileged_context}?', answer: '4', hint: 'Add {prompt}.' }]);
    expect((await promptSource(engine)).languages).toBeNull();
    const values = {
      'distillation.privileged_context': 'hint',
      'distillation.teacher_prompt_template': '{prompt}\n\nHint: {privileged_context}',
    };
    const { prompts } = await previewPrompts(engine, settings(values), 0);
    expect(textOf(prompts[0]!.student).at(-1)).toEqual(['user', 'Two {privileged_context}?']);
    expect(textOf(prompts[0]!.teacher).at(-1)).toEqual(['user', 'Two {privileged_context}?\n\nHint: Add {prompt}.']);
    expect(prompts[0]!.teacher.at(-1)!.pieces.map(({ part }) => part)).toEqual(['problem', 'instruction', 'privileged']);
  });

  it('have no prompt while no column is chosen, and say which row lacks it', async () => {
    await open([
      { question: 'Two?', answer: '4', hint: 'Add.' },
      { question: 'Three?', answer: '5', hint: ' ' },
    ]);
    expect(await previewPrompts(engine, settings(), 0)).toEqual({ row: 1, prompts: [], problems: [] });
    expect((await previewPrompts(engine, settings({ 'distillation.privileged_context': 'hint' }), 1)).problems).toEqual([
      expect.stringMatching(/^Row 2 has nothing for the teacher \(column "hint"\)/),
    ]);
  });
});
