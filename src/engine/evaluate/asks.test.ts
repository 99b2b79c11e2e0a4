/** Which questions are asked, in which order, with which draws; and the results that are kept of them. */
import { describe, expect, it } from 'vitest';
import type { EvaluationSample, Question } from '../../protocol/evaluation.ts';
import type { EvaluationRecord } from '../../protocol/evaluation-run.ts';
import { memoryStore } from '../files/byte-store.ts';
import type { Bytes } from '../files/source.ts';
import { asksOf, chooseQuestions, reasoningOf, saltOf } from './asks.ts';
import { unanswered } from './run.ts';
import { EvaluationShelf } from './shelf.ts';

const question = (language: string, id: string, rest: Partial<Question> = {}): Question => ({
  id,
  language,
  question: `${language} ${id}`,
  gold: '1',
  row: 1,
  file: 'f.tsv',
  ...rest,
});
const set = ['de', 'sw', 'th'].flatMap((language) => Array.from({ length: 50 }, (_, i) => question(language, String(i + 1))));
const base = { id: 'base', label: 'Base' };
const adapter = { id: '7', label: 'Mine' };

describe('a choice of questions', () => {
  const chosen = (seed: number, questions: number | null, from = set) =>
    chooseQuestions(from, { languages: ['de', 'th'], questions, choice_seed: seed });

  it('has the same ids in all languages, follows from the seed, and grows without changing', () => {
    const ids = (language: string, list: readonly Question[]) => list.filter((one) => one.language === language).map(({ id }) => id);
    const ten = chosen(1, 10);
    expect(ids('de', ten)).toHaveLength(10);
    expect(ids('de', ten)).toEqual(ids('th', ten));
    expect(ids('sw', ten)).toEqual([]);
    expect(chosen(1, 10)).toEqual(ten);
    expect(chosen(2, 10)).not.toEqual(ten);
    expect(new Set(chosen(1, 20))).toEqual(new Set([...chosen(1, 20), ...ten]));
    expect(
      chosen(1, 10, set.toReversed())
        .map(({ id, language }) => `${language}${id}`)
        .sort(),
    ).toEqual(ten.map(({ id, language }) => `${language}${id}`).sort());
    expect(chosen(1, null)).toHaveLength(100);
    expect(chosen(1, 80)).toHaveLength(100);
  });

  it('is asked in turn of every column, and a draw is the same for all columns', () => {
    const asks = asksOf([base, adapter], chosen(1, 2), 3);
    expect(asks).toHaveLength(2 * 2 * 2 * 3);
    expect(asks.slice(0, 4).map(({ column, question: { language } }) => `${language} ${column.id}`)).toEqual([
      'de base',
      'de 7',
      'th base',
      'th 7',
    ]);
    const salts = new Map(asks.map((ask) => [`${ask.question.language}/${ask.question.id}/${ask.sample}`, saltOf(ask)]));
    expect(new Set(salts.values()).size).toBe(12);
    for (const ask of asks) expect(saltOf(ask)).toBe(salts.get(`${ask.question.language}/${ask.question.id}/${ask.sample}`));
  });

  it('reasons in the language that was chosen', () => {
    expect(reasoningOf(question('sw', '1'), { kind: 'question' })).toBe('Swahili');
    expect(reasoningOf(question('sw', '1', { reasoning_language: 'French' }), { kind: 'question' })).toBe('French');
    expect(reasoningOf(question('sw', '1', { reasoning_language: null }), { kind: 'question' })).toBeNull();
    expect(reasoningOf(question('Klingon', '1'), { kind: 'question' })).toBe('Klingon');
    expect(reasoningOf(question('', '1'), { kind: 'question' })).toBeNull();
    expect(reasoningOf(question('sw', '1'), { kind: 'none' })).toBeNull();
    expect(reasoningOf(question('sw', '1'), { kind: 'language', language: 'Zulu' })).toBe('Zulu');
  });
});

const record = (id: string): EvaluationRecord => ({
  id,
  name: `Result ${id}`,
  started: `2026-01-0${id}`,
  phase: 'running',
  set: { id: 's', name: 'set' },
  model: { name: 'm', hash: 'h' },
  columns: [base],
  settings: {
    columns: ['base'],
    languages: ['de'],
    questions: null,
    choice_seed: 1,
    samples: 1,
    reasoning: { kind: 'question' },
    answer_language: false,
    sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 8, seed: 1 },
    date: '2026-01-01',
  },
  batch: 16,
  questions: set.slice(0, 50),
  total: 50,
  done: 0,
  tokens: 0,
  seconds: 0,
  bytes: 0,
});

const sample = (id: number): EvaluationSample => ({
  ...{
    column: 'base',
    language: 'de',
    question: String(id),
    sample: 0,
    thinking: 'Hm.\n',
    answer: 'Ä',
    parsed: null,
    right: false,
    why: '',
  },
  ...{ thought: null, answered: null, tokens: 3, seconds: 1, stop: 'eos' },
});

describe('kept results', () => {
  it('have every answer that was added, over many files and writers', async () => {
    const shelf = new EvaluationShelf(memoryStore());
    await shelf.put(record('1'));
    for (const range of [
      [1, 70],
      [71, 128],
      [129, 150],
    ] as const) {
      const writer = await shelf.writer('1');
      await Promise.all(Array.from({ length: range[1] - range[0] + 1 }, (_, i) => writer.add(sample(range[0] + i))));
    }
    expect(await shelf.lines('1')).toEqual(Array.from({ length: 150 }, (_, i) => sample(i + 1)));
  });

  it('lose the answer whose line a crash tore, which is then asked again', async () => {
    const files = new Map<string, Bytes>();
    const shelf = new EvaluationShelf(memoryStore(files));
    await shelf.put(record('1'));
    const writer = await shelf.writer('1');
    for (let i = 1; i <= 5; i++) await writer.add(sample(i));
    const name = [...files.keys()].find((one) => one.endsWith('.jsonl'))!;
    files.set(name, files.get(name)!.slice(0, -20));
    expect(await shelf.lines('1')).toHaveLength(4);
    const asks = asksOf([base], set.slice(0, 5), 1);
    expect(unanswered(asks, await shelf.lines('1')).map(({ question: { id } }) => id)).toEqual(['5']);
    await (await shelf.writer('1')).add(sample(5));
    expect(await shelf.lines('1')).toHaveLength(5);
  });

  it('are listed newest first, deleted, had back, and given up', async () => {
    const files = new Map<string, Bytes>();
    const shelf = new EvaluationShelf(memoryStore(files));
    for (const id of ['1', '2', '3']) await shelf.put(record(id));
    await (await shelf.writer('2')).add(sample(1));
    files.set('evaluation-9.json', new TextEncoder().encode('{torn'));
    const ids = async () => (await shelf.list()).map(({ id }) => id);
    expect(await ids()).toEqual(['3', '2', '1']);
    await shelf.delete('2');
    expect(await ids()).toEqual(['3', '1']);
    await expect(shelf.get('2')).rejects.toThrow('not kept any more');
    await shelf.undelete('2');
    expect(await ids()).toEqual(['3', '2', '1']);
    await shelf.delete('2');
    await shelf.purge();
    expect([...files.keys()].filter((name) => name.startsWith('evaluation-2'))).toEqual([]);
    await expect(shelf.undelete('2')).rejects.toThrow('cannot be had back');
    expect(await ids()).toEqual(['3', '1']);
  });
});
