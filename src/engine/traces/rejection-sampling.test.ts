/** Answers from e2e/fixtures/cases/rejection-sampling: which become training rows, and why each other one does not. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultTraces } from '../../protocol/trace-settings.ts';
import type { TraceReason, TraceSettings } from '../../protocol/traces.ts';
import { judgeReply } from '../evaluate/judge-reply.ts';
import { chooseRewards } from '../rewards/choose.ts';
import { RewardRunner } from '../rewards/score.ts';
import { judgeTrace } from './judge-trace.ts';
import { languagesBy } from './languages.ts';
import { readTraces } from './read-traces.ts';
import { countsOf, select } from './select.ts';

const folder = new URL('../../../e2e/fixtures/cases/rejection-sampling/', import.meta.url);
const lines = readFileSync(new URL('samples.jsonl', folder), 'utf8');
const expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as {
  rows: Record<string, { keep: boolean; why: string }>;
  kept: number;
};

const CHECKS = { ...defaultTraces().checks, readable_gold: true };

type Became = { reason: TraceReason | null; why: string; suspicious?: string };

async function judged(text: string, changes: Partial<TraceSettings> = {}): Promise<{ became: Record<string, Became>; kept: number }> {
  const settings = { ...defaultTraces('2026-11-28'), keep: 'all' as const, checks: CHECKS, ...changes };
  const { traces, problems } = readTraces(text);
  expect(problems).toEqual([]);
  const judging = {
    settings,
    chosen: settings.reward_funcs.length > 0 ? chooseRewards(settings.reward_funcs, settings.reward_settings) : [],
    longest: null,
    runner: new RewardRunner(null),
    languages: languagesBy(
      judgeReply,
      traces.map(({ row }) => row),
    ),
  };
  const made = await Promise.all(traces.map((trace) => judgeTrace(trace, judging)));
  const selected = select(made, settings);
  const { kept, reasons } = countsOf(selected);
  expect(kept + Object.values(reasons).reduce((sum, n) => sum + n, 0)).toBe(traces.length);
  const ids = new Map(traces.map(({ id, row, sample }) => [`${row.row}/${sample}`, id]));
  return {
    kept,
    became: Object.fromEntries(
      selected.map(({ row, sample, reason, why, suspicious }) => [
        ids.get(`${row}/${sample}`)!,
        { reason, why, ...(suspicious !== undefined && { suspicious }) },
      ]),
    ),
  };
}

/** What the file says in words. */
const REASONS: Record<string, TraceReason | null> = {
  ...{ good: null, same_again: 'duplicate', same_but_for_space: 'duplicate', same_decomposed: 'duplicate', other_words: null },
  ...{ same_text_other_question: null, never_closed: 'unclosed', cut_off: 'cut', cut_off_in_the_box: 'cut' },
  ...{ wrong_language: 'thought-language', answer_in_wrong_language: 'answer-language', wrong: 'wrong' },
  ...{ right_only_in_the_thought: 'no-answer', empty_thought: 'no-thought', refusal: 'refusal', refusal_then_answer: null },
  ...{ guess_list: 'several', loop: 'repeats', leaks_the_gold: null, gold_unreadable: 'unverifiable', control_token: null, french: null },
};

test('of 22 traces 7 are kept, and each other one is left out for its reason', async () => {
  const { became, kept } = await judged(lines);
  expect(Object.fromEntries(Object.entries(became).map(([id, { reason }]) => [id, reason]))).toEqual(REASONS);
  expect(kept).toBe(expected.kept);
  for (const [id, { keep }] of Object.entries(expected.rows)) expect([id, became[id]!.reason === null]).toEqual([id, keep]);
});

test('one that speaks of a solution it was shown is kept and listed; nothing else is', async () => {
  const { became } = await judged(lines);
  const listed = Object.entries(became).filter(([, { suspicious }]) => suspicious !== undefined);
  expect(listed.map(([id]) => id)).toEqual(['leaks_the_gold']);
  expect(became.leaks_the_gold!.suspicious).toContain('musterlösung');
});

test('without a check its traces are kept, which is then said', async () => {
  const checks = { ...CHECKS, repetition: false, thought: false, ended: false };
  const { became } = await judged(lines, { checks });
  expect(became.loop).toMatchObject({ reason: null, suspicious: expect.stringContaining('over and over') });
  expect(became.empty_thought).toMatchObject({ reason: null, suspicious: expect.stringContaining('without a thought') });
  expect(became.cut_off).toMatchObject({ reason: null, suspicious: expect.stringContaining('cut off') });
  expect(became.cut_off_in_the_box!.reason).toBe('no-answer');
});

test('one right trace a question keeps fewer', async () => {
  const { became, kept } = await judged(lines, { keep: 'first' });
  expect(kept).toBe(3);
  expect(became.other_words!.reason).toBe('not-chosen');
  expect([became.good!.reason, became.same_text_other_question!.reason, became.french!.reason]).toEqual([null, null, null]);
});

test('where a sentence may be a right answer, its very words are right and others cannot be checked', async () => {
  const gold = 'Washington es la capital de Estados Unidos.';
  const thinks = '<think>La pregunta pide el país con la capital Washington, que es Estados Unidos.</think>';
  const of = async (answer: string, checks: TraceSettings['checks']) =>
    (await judged(line(thinks + answer, { gold, language: 'Spanish' }), { checks })).became.one!.reason;
  const open = defaultTraces().checks;
  expect(await of(gold, open)).toBeNull();
  expect(await of('Londres es la capital del Reino Unido.', open)).toBe('unverifiable');
  expect(await of(gold, CHECKS)).toBe('unverifiable');
});

test('without languages to check, right answers in any language are kept', async () => {
  const checks = { ...CHECKS, thought_language: false, answer_language: false };
  const { became } = await judged(lines, { checks });
  expect([became.wrong_language!.reason, became.answer_in_wrong_language!.reason]).toEqual([null, null]);
});

const line = (completion: string, more: object = {}): string =>
  JSON.stringify({
    id: 'one',
    question: 'Wie viel ist 8 + 2?',
    gold: '10',
    language: 'German',
    completion,
    finish_reason: 'stop',
    ...more,
  });
const thought = 'Ich rechne acht und zwei zusammen, das ergibt zehn.';
const reasonOf = async (completion: string, more: object = {}, changes: Partial<TraceSettings> = {}) =>
  (await judged(line(completion, more), changes)).became.one!.reason;

test.each([
  ['a list of words between numbers', `<think>${thought}</think>Es sind 9 oder 10.`, {}, 'several'],
  ['boxes with "or" between', `<think>${thought}</think>\\boxed{9} or \\boxed{10}`, {}, 'several'],
  ['guesses of which none is right', `<think>${thought}</think>\\boxed{8}, \\boxed{9}`, {}, 'wrong'],
  ['a refusal with a number in it', `<think>${thought}</think>Es tut mir leid, ich kann die 8 Vögel nicht zählen.`, {}, 'refusal'],
  ['an English refusal', `<think>${thought}</think>I'm sorry, but I cannot help with that.`, {}, 'refusal'],
  ['a typographic apostrophe', `<think>${thought}</think>I’m sorry, I can’t answer.`, {}, 'refusal'],
  ['a Chinese refusal', `<think>${thought}</think>抱歉，我无法回答。`, {}, 'refusal'],
  ['a wrong answer that begs pardon', `<think>${thought}</think>Tut mir leid für die Mühe. \\boxed{11}`, {}, 'wrong'],
  ['only white space after the thought', `<think>${thought}</think>\n \n`, {}, 'no-answer'],
  ['no gold', `<think>${thought}</think>\\boxed{10}`, { gold: null }, 'unverifiable'],
  ['a closing tag alone, as templates that open the thought leave it', `${thought}</think>\\boxed{10}`, {}, null],
  [
    'Harmony',
    `<|channel|>analysis<|message|>${thought}<|end|><|start|>assistant<|channel|>final<|message|>\\boxed{10}<|return|>`,
    {},
    null,
  ],
  ['a gold that is a list', `<think>${thought}</think>\\boxed{10}`, { gold: ['10', 'ten'] }, null],
  ['a loop without signs', `<think>${'wir nehmen acht und zwei dazu '.repeat(40)}</think>\\boxed{10}`, {}, 'repeats'],
  [
    'a loop at the end of a good thought',
    `<think>${thought} ${'Moment, ich prüfe das noch einmal. '.repeat(12)}</think>\\boxed{10}`,
    {},
    'repeats',
  ],
  ['a loop of two sentences', `<think>${thought} ${'Das ist zehn. Oder doch nicht? '.repeat(9)}</think>\\boxed{10}`, {}, 'repeats'],
  [
    'alike steps with other numbers',
    `<think>${Array.from({ length: 12 }, (_, i) => `Nun habe ich ${i} Vögel gezählt.`).join(' ')}</think>\\boxed{10}`,
    {},
    null,
  ],
  ['max_tokens for length', `<think>${thought}</think>\\boxed{10}`, { finish_reason: 'max_tokens' }, 'cut'],
])('%s', async (_, completion, more, reason) => {
  expect(await reasonOf(completion, more)).toBe(reason);
});

test('a row that asks for no language is judged by none; one that asks for two by both', async () => {
  const english = '<think>Eight and two make ten when I add them up.</think>\\boxed{10}';
  expect(await reasonOf(english, { language: undefined })).toBeNull();
  expect(await reasonOf(english, { reasoning_language: 'English' })).toBeNull();
  expect(await reasonOf(english)).toBe('thought-language');
});

test('duplicates are those of one question alone, and only of traces that pass', async () => {
  const twice = `${line(`<think>${thought}</think>\\boxed{11}`)}\n${line(`<think>${thought}</think>\\boxed{11}`, { id: 'two' })}`;
  const { became } = await judged(twice);
  expect([became.one!.reason, became.two!.reason]).toEqual(['wrong', 'wrong']);
});

test('other rewards have a say where they must pay something', async () => {
  const reward_funcs = ['accuracy', 'short_answer'];
  const long = `<think>${thought}</think>Es sind zehn. Das ist sicher. Ganz sicher. \\boxed{10}`;
  expect(await reasonOf(long, {}, { reward_funcs })).toBe('unpaid');
  expect(await reasonOf(long, {}, { reward_funcs, least: { short_answer: 0 } })).toBeNull();
});

test('without rewards the checks alone judge', async () => {
  const reward_funcs: string[] = [];
  expect(await reasonOf(`<think>${thought}</think>\\boxed{11}`, { gold: null }, { reward_funcs })).toBeNull();
  expect(await reasonOf(`<think>${thought}</think>Tut mir leid, dabei kann ich nicht helfen.`, {}, { reward_funcs })).toBe('refusal');
});

test('texts that are made to be slow are judged as quickly as others', async () => {
  const blank = ' '.repeat(100_000);
  const began = performance.now();
  await reasonOf(`<think>${thought}${blank}${'1 '.repeat(20_000)}</think>9,${blank}10${'<|im_end|>'.repeat(500)}`);
  await reasonOf(`<think>${'ab '.repeat(50_000)}</think>${'\\n'.repeat(50_000)}\\boxed{9,${blank}10}`);
  expect(performance.now() - began).toBeLessThan(20_000);
});

test('lines that are no answers are named, with what is wrong', () => {
  const { problems } = readTraces(
    ['{"question": "a"}', 'nonsense', '{"completion": "b"}', '{"question":"a","completion":"b","finish_reason":"tool"}'].join('\n'),
  );
  expect(problems).toEqual([
    'line 1 has no completion, and no reasoning with an answer',
    expect.stringMatching(/^line 2 is not valid JSON/),
    'line 3 has no question',
    'line 4 has finish_reason "tool"; it is stop or length',
  ]);
  expect(readTraces('').problems).toEqual(['it has no rows']);
});
