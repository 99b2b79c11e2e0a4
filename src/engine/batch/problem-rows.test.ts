/** Rows of problems in several languages as prompts of student and teacher: both layouts, columns by hand, what is listed, and rows with something for the teacher alone. */
import { describe, expect, it } from 'vitest';
import { realTokenizer } from '../../../e2e/fixtures/chat/real-tokenizer.ts';
import { smallTokenizer } from '../../../e2e/fixtures/templates/goldens.ts';
import { languageStrings } from '../../lib/cross-lingual/index.ts';
import { languageShare } from '../../lib/language/index.ts';
import type { ColumnMapping } from '../../protocol/dataset.ts';
import { distillationDefaults } from '../../protocol/distillation.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import { harmony } from '../chat/harmony/index.ts';
import type { TextModel } from '../chat/open-text.ts';
import { qwen3, qwen25 } from '../chat/qwen/index.ts';
import { openDataset } from '../data/dataset.ts';
import { type ProblemSettings, problemRows, teacherAfter } from './problem-rows.ts';

const { encoding } = defaultSettings('2025-08-05');
const settings: ProblemSettings = { ...encoding, ...distillationDefaults, longest: 4000 };
const qwen: TextModel = { tokenizer: smallTokenizer('qwen3'), format: qwen3, identity: '' };
const gptOss: TextModel = { tokenizer: realTokenizer(), format: harmony, identity: 'You are ChatGPT.' };

const row = {
  source: 'openthoughts',
  problem: 'What is 17 + 25?',
  problem_sw: 'Kumi na saba jumlisha ishirini na tano ni ngapi?',
  problem_am: '17 ሲደመር 25 ስንት ነው?',
  solution: '17 + 25 = 42, so \\boxed{42}.',
  Answer: '42',
};

async function prompts(
  rows: readonly object[],
  more: Partial<ProblemSettings> = {},
  model = qwen,
  mapping?: ColumnMapping,
  name = 'rows.jsonl',
) {
  const file = new Blob([rows.map((one) => JSON.stringify(one)).join('\n')]);
  const found = await problemRows(await openDataset(file, name, { mapping }), { ...settings, ...more }, model);
  const text = (ids: Uint32Array | undefined): string | undefined => ids && model.tokenizer.decode(ids);
  return {
    made: found.rows.map(({ ids, teacher, completion, analysis, ...rest }) => ({
      ...rest,
      student: text(ids)!,
      teacher: text(teacher),
      completion: text(completion),
      analysis: text(analysis),
    })),
    rows: found.rows,
    problems: found.problems.map(({ message }) => message),
    tooLong: found.tooLong,
  };
}

const sw = languageStrings.SW!;
const SHOWN = [
  `Swali: ${row.problem_sw}`,
  `Swali kwa Kiingereza: ${row.problem}`,
  `Suluhisho kwa Kiingereza:\n${sw.labels.ref_begin}\n${row.solution}\n${sw.labels.ref_end}`,
].join('\n\n');

describe('a problem in two languages', () => {
  it('is asked of the student in one, and of the teacher with its English problem and solution: Qwen', async () => {
    const { made, problems } = await prompts([row], { target_languages: ['SW'] });
    expect(problems).toEqual([]);
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ row: 1, question: row.problem_sw, gold: '42', answer: '42', reasoning_language: 'Swahili' });
    expect(made[0]!.student).toBe(
      `<|im_start|>user\nSwali: ${row.problem_sw}\n\n${sw.student_instruction}<|im_end|>\n<|im_start|>assistant\n<think>\n${sw.think_prefix}`,
    );
    expect(made[0]!.teacher).toBe(
      `<|im_start|>user\n${SHOWN}\n\n${sw.transition_prompt}\n${sw.teacher_final_instruction}<|im_end|>\n` +
        `<|im_start|>assistant\n<think>\n${sw.think_prefix}`,
    );
    expect(made[0]!.completion).toBeUndefined();
  });

  it('the same of gpt-oss, where the sentence opens the analysis channel', async () => {
    const { made } = await prompts([row], { target_languages: ['swa'] }, gptOss);
    const begun = `<|end|><|start|>assistant<|channel|>analysis<|message|>${sw.think_prefix}`;
    expect(made[0]!.student.endsWith(`<|start|>user<|message|>Swali: ${row.problem_sw}\n\n${sw.student_instruction}${begun}`)).toBe(true);
    expect(made[0]!.teacher!.endsWith(`${SHOWN}\n\n${sw.transition_prompt}\n${sw.teacher_final_instruction}${begun}`)).toBe(true);
  });

  it('gives a prompt for each language that is chosen; without a choice, for all', async () => {
    const languages = async (target_languages: string[]) =>
      (await prompts([row], { target_languages })).made.map(({ reasoning_language }) => reasoning_language);
    expect(await languages([])).toEqual(['Swahili', 'Amharic']);
    expect(await languages(['AMH', 'SW'])).toEqual(['Swahili', 'Amharic']);
    expect(await languages(['Amharic'])).toEqual(['Amharic']);
    expect(await languages(['EN'])).toEqual(['English']);
  });

  it('shows the teacher what its switches say', async () => {
    const teacher = async (more: Partial<ProblemSettings>) =>
      (await prompts([row], { target_languages: ['SW'], ...more })).made[0]!.teacher!;
    const without = await teacher({ include_reference_solution_en: false });
    expect(without).toContain(`Swali kwa Kiingereza: ${row.problem}\n\n${sw.teacher_final_instruction}<|im_end|>`);
    expect(without).not.toContain(sw.transition_prompt);
    const unseen = await teacher({ include_problem_en: false });
    expect(unseen).not.toContain(row.problem);
    expect(unseen).toContain(`Swali: ${row.problem_sw}\n\nSuluhisho kwa Kiingereza:\n`);
  });

  it('is asked without thought, and without the label, where settings say so', async () => {
    const off = { target_languages: ['SW'], student_enable_thinking: false, problem_label: false };
    const [one] = (await prompts([row], off)).made;
    expect(one!.student).toBe(
      `<|im_start|>user\n${row.problem_sw}\n\n${sw.student_instruction}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n`,
    );
    expect(one!.teacher!.endsWith('<|im_start|>assistant\n<think>\n\n</think>\n\n')).toBe(true);
    const [other] = (await prompts([row], off, gptOss)).made;
    expect(other!.student.endsWith('<|start|>assistant<|channel|>final<|message|>')).toBe(true);
  });

  it('takes edited strings by language; control tokens in them and in problems stay text', async () => {
    const language_strings = { Swahili: { think_prefix: 'Nitafikiri <|im_end|>', labels: { problem_target: 'Hesabu' } } };
    const { made, rows } = await prompts([{ ...row, problem_sw: '2 + 2 <|im_end|> ni ngapi hapa?' }], {
      target_languages: ['SW'],
      language_strings,
    });
    expect(made[0]!.student).toContain('Hesabu: 2 + 2 <|im_end|> ni ngapi hapa?');
    const end = qwen.tokenizer.specialId('<|im_end|>');
    expect([...rows[0]!.ids].filter((id) => id === end)).toHaveLength(1);
    await expect(prompts([row], { language_strings: { SW: { prefix: 'x' } }, target_languages: ['SW'] })).rejects.toThrow(
      /^language_strings: SW has "prefix", which is none of student_instruction, /,
    );
    await expect(prompts([row], { language_strings: { SW: { think_prefix: 3 } }, target_languages: ['SW'] })).rejects.toThrow(
      'language_strings: think_prefix of SW is no text.',
    );
  });

  it('is analysed by the teacher first, where it reasons first', async () => {
    const first = { ...settings, target_languages: ['SW'], reason_first: true };
    const { made, rows } = await prompts([row], first);
    expect(made[0]!.analysis).toBe(
      `<|im_start|>user\n${SHOWN}\n\n${sw.reason_first_prompt}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n`,
    );
    const teacher = qwen.tokenizer.decode(await teacherAfter(rows[0]!, ' Kwanza 17.\n', first, qwen));
    expect(teacher).toBe(
      `<|im_start|>user\n${SHOWN}\n\n${sw.reason_first_prompt}<|im_end|>\n<|im_start|>assistant\nKwanza 17.<|im_end|>\n` +
        `<|im_start|>user\n${sw.transition_prompt}\n${sw.teacher_final_instruction}<|im_end|>\n<|im_start|>assistant\n<think>\n${sw.think_prefix}`,
    );
  });
});

describe('a row that gives no prompt', () => {
  it('is listed with its number and the reason', async () => {
    const rows = [
      row,
      { ...row, problem_sw: ' ' },
      { ...row, problem_sw_ok: false },
      { ...row, problem_sw_ok: true },
      { ...row, problem: null },
      { ...row, solution: '' },
      { ...row, problem_sw: ['a', 'b'] },
    ];
    const { made, problems } = await prompts(rows, { target_languages: ['SW'] });
    expect(made.map((one) => one.row)).toEqual([1, 4]);
    const not = '; it will not be trained.';
    expect(problems).toEqual([
      `Row 2 has no problem in Swahili (column "problem_sw")${not}`,
      `Row 3 marks its problem in Swahili as no good translation (column "problem_sw_ok" is not true)${not}`,
      `Row 5 has no English problem for the teacher${not}`,
      `Row 6 has no English solution for the teacher${not}`,
      `Row 7 has no problem in Swahili (column "problem_sw")${not}`,
    ]);
    const all = await prompts([row, { ...row, problem_sw: '', problem_am: null }], {});
    expect(all.problems).toEqual([`Row 2 has a problem in none of its languages (Swahili, Amharic)${not}`]);
  });

  it('is too long for the model with what the teacher sees', async () => {
    const { made, problems, tooLong } = await prompts([row, { ...row, solution: 'x y '.repeat(400) }], {
      target_languages: ['SW'],
      longest: 700,
    });
    expect(made).toHaveLength(1);
    expect(tooLong).toHaveLength(1);
    expect(problems[0]).toMatch(/^Row 2 has \d+ tokens before its answer, and 700 are left beside max_completion_length/);
  });

  it('a file without the language, without English columns, or without anything for a teacher is refused in a sentence', async () => {
    await expect(prompts([row], { target_languages: ['YOR'] })).rejects.toThrow(
      'rows.jsonl has no problems in Yoruba; choose among Swahili, Amharic, English, or add a column such as "problem_yo".',
    );
    await expect(prompts([row], { target_languages: ['Italian'] })).rejects.toThrow(/^There are no instructions in Italian; write /);
    await expect(prompts([{ ...row, solution: undefined }], { target_languages: ['SW'] })).rejects.toThrow(
      'rows.jsonl has no column with English solutions; choose one by hand in Data, or turn include_reference_solution_en off.',
    );
    await expect(prompts([{ question: 'Q', answer: 'A' }])).rejects.toThrow(/^rows.jsonl has nothing that a teacher alone could see: /);
  });
});

describe('the layouts of published sets', () => {
  const polymath = {
    source: 'polymath',
    problem: row.problem,
    solution: row.solution,
    Answer: '42',
    problem_translated: row.problem_sw,
    language: 'Swahili',
    language_short: 'swa',
  };

  it('a language a row, by its code or its name', async () => {
    const { made, problems } = await prompts(
      [polymath, { ...polymath, language: 'German', language_short: 'deu', problem_translated: 'Was ist 17 + 25?' }],
      { target_languages: ['SW', 'DE'] },
    );
    expect(problems).toEqual([]);
    expect(made.map(({ question, reasoning_language, gold }) => [question, reasoning_language, gold])).toEqual([
      [row.problem_sw, 'Swahili', '42'],
      ['Was ist 17 + 25?', 'German', '42'],
    ]);
    expect(made[0]!.teacher).toContain(SHOWN);
  });

  it('rows of a language that is not chosen are left aside without a word', async () => {
    const rows = [polymath, { ...polymath, language: 'German', language_short: 'deu' }];
    const { made, problems } = await prompts(rows, { target_languages: ['SW'] });
    expect([made.length, problems]).toEqual([1, []]);
  });

  it('a language that no row has is said', async () => {
    await expect(prompts([polymath], { target_languages: ['SW', 'YOR'] })).rejects.toThrow(
      'rows.jsonl has no problems in Yoruba; choose among the languages that its rows name.',
    );
    await expect(prompts([polymath], { target_languages: ['YOR'] })).rejects.toThrow('has no problems in any of the chosen languages;');
  });

  it('a set of one language, which its file’s name, its column, or the choice says', async () => {
    const { language_short: _, ...afrimgsm } = polymath;
    const named = async (one: object, more: Partial<ProblemSettings>, name?: string) => {
      const { made, problems } = await prompts([one], more, qwen, undefined, name);
      return made[0]?.reasoning_language ?? problems[0];
    };
    expect(await named(afrimgsm, {})).toBe('Swahili');
    const { language: __, ...silent } = afrimgsm;
    expect(await named(silent, {}, 'train_swa.jsonl')).toBe('Swahili');
    expect(await named(silent, { target_languages: ['SWA'] })).toBe('Swahili');
    expect(await named(silent, {})).toBe(
      'Row 1 does not say in which language its problem is (add a column "language", or choose one language); it will not be trained.',
    );
    expect(await named({ ...afrimgsm, language: 'Klingon' }, {})).toMatch(/^Row 1 cannot be asked: there are no instructions in /);
  });

  it('by other names: questions, languages spelled out, a solution that is called answer', async () => {
    const rows = [
      {
        question: row.problem,
        question_swahili: row.problem_sw,
        answer: `First 17 and 25 make 42, as is easily seen. #### 42`,
        answer_number: 42,
      },
    ];
    const { made, problems } = await prompts(rows, {});
    expect(problems).toEqual([]);
    expect(made[0]).toMatchObject({ question: row.problem_sw, gold: 42, answer: '42', reasoning_language: 'Swahili' });
    expect(made[0]!.teacher).toContain(`${sw.labels.ref_begin}\nFirst 17 and 25`);
    const beside = await prompts([{ problem_en: row.problem, problem_sw: row.problem_sw, solution_en: 'It is 42.', Answer: '42' }], {});
    expect(beside.made.map(({ reasoning_language }) => reasoning_language)).toEqual(['Swahili']);
    expect(beside.made[0]!.teacher).toContain(`Swali kwa Kiingereza: ${row.problem}`);
  });

  it('columns by hand', async () => {
    const rows = [{ swali: row.problem_sw, hesabu: row.problem, suluhisho: row.solution, jibu: '42', solution: 'no', lugha: 'sw' }];
    const mapping = {
      user: 'swali',
      content: 'jibu',
      problem_english: 'hesabu',
      solution_english: 'suluhisho',
      reasoning_language: 'lugha',
    };
    const { made } = await prompts(rows, { target_languages: ['SW'] }, qwen, mapping);
    expect(made[0]).toMatchObject({ question: row.problem_sw, gold: '42', reasoning_language: 'Swahili' });
    expect(made[0]!.teacher).toContain(SHOWN);
    const hint = { user: 'swali', content: 'jibu', privileged_context: 'suluhisho' };
    const hinted = await prompts(rows, {}, qwen, hint);
    expect(hinted.made[0]!.teacher).toContain(`${row.problem_sw}\n\n${row.solution}<|im_end|>`);
  });
});

describe('a row’s own solution in the language', () => {
  const solved = { ...row, solution_sw: '17 na 25 ni 42.', answer_sw: 'Jibu ni \\boxed{42}.' };

  it('is the completion, behind the same first words', async () => {
    const [one] = (await prompts([solved], { target_languages: ['SW'] })).made;
    expect(one!.completion).toBe('\n17 na 25 ni 42.\n</think>\n\nJibu ni \\boxed{42}.<|im_end|>');
    const [other] = (await prompts([solved], { target_languages: ['SW'] }, gptOss)).made;
    expect(other!.completion).toBe('\n17 na 25 ni 42.<|end|><|start|>assistant<|channel|>final<|message|>Jibu ni \\boxed{42}.<|return|>');
    const [boxed] = (await prompts([{ ...solved, answer_sw: undefined }], { target_languages: ['SW'] })).made;
    expect(boxed!.completion).toBe('\n17 na 25 ni 42.\n</think>\n\n\\boxed{42}<|im_end|>');
    const [short] = (await prompts([solved], { target_languages: ['SW'], student_enable_thinking: false })).made;
    expect(short!.completion).toBe('17 na 25 ni 42.\n\nJibu ni \\boxed{42}.<|im_end|>');
    const [plain] = (await prompts([solved], { target_languages: ['SW'] }, { ...qwen, format: qwen25 })).made;
    expect(plain!.student.endsWith(`<|im_start|>assistant\n${sw.think_prefix}`)).toBe(true);
    expect(plain!.completion).toBe('\n17 na 25 ni 42.\n\nJibu ni \\boxed{42}.<|im_end|>');
  });
});

describe('any other row', () => {
  const hint = { prompt: 'Why is the sky blue?', privileged_context: 'Rayleigh {prompt} scattering.' };

  it('shows the teacher what stands in its column, by the template', async () => {
    const { made, problems } = await prompts([hint, { ...hint, privileged_context: ' ' }]);
    expect(made).toHaveLength(1);
    expect(made[0]!.student).toBe(`<|im_start|>user\n${hint.prompt}<|im_end|>\n<|im_start|>assistant\n`);
    expect(made[0]!.teacher).toBe(`<|im_start|>user\n${hint.prompt}\n\n${hint.privileged_context}<|im_end|>\n<|im_start|>assistant\n`);
    expect(problems).toEqual(['Row 2 has nothing for the teacher (column "privileged_context"); it will not be trained.']);
    const template = 'Hint: {privileged_context}\nQ: {prompt}';
    expect((await prompts([hint], { teacher_prompt_template: template })).made[0]!.teacher).toContain(
      `user\nHint: ${hint.privileged_context}\nQ: ${hint.prompt}<|im_end|>`,
    );
  });

  it('has earlier turns, a right answer and one of its own, as for other methods', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'Why?' },
      { role: 'assistant', content: 'Because.', thinking: 'Hm.' },
    ];
    const { made } = await prompts([{ messages, Hint: 'It is so.' }], { privileged_context: 'hint', student_enable_thinking: false });
    const begun = '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n';
    const end = '<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n';
    expect(made[0]!.student).toBe(`${begun}<|im_start|>user\nWhy?${end}`);
    expect(made[0]!.teacher).toBe(`${begun}<|im_start|>user\nWhy?\n\nIt is so.${end}`);
    expect(made[0]).toMatchObject({ completion: 'Because.<|im_end|>', question: 'Why?', answer: 'Because.' });
    const thinking = await prompts([{ messages, Hint: 'It is so.' }], { privileged_context: 'hint' });
    expect(thinking.made[0]).toMatchObject({ completion: '<think>\nHm.\n</think>\n\nBecause.<|im_end|>' });
  });
});

describe.each([qwen, gptOss])('every language', (model) => {
  it.each(Object.values(languageStrings))(
    '$code: both codes name its column, and a reply to its prompt is in the language',
    async (strings) => {
      if (strings.code === 'EN') return;
      const problem = 'Seventeen plus twenty-five, in another language.';
      for (const code of [strings.code.toLowerCase(), strings.language]) {
        const { solution, Answer } = row;
        const target_languages = [strings.code];
        const { rows, problems } = await prompts(
          [{ problem: row.problem, [`problem_${code}`]: problem, solution, Answer }],
          { target_languages },
          model,
        );
        expect(problems).toEqual([]);
        expect(rows.map(({ reasoning_language }) => reasoning_language)).toEqual([strings.name]);
        for (const prompt of [rows[0]!.ids, rows[0]!.teacher!]) {
          const reply = model.format.reply(model.tokenizer, prompt);
          reply.finish();
          expect(reply.thinking).toBe(strings.think_prefix);
          expect(await languageShare(reply.thinking, strings.name, ['English'])).toEqual({ share: 1 });
        }
      }
    },
  );
});
