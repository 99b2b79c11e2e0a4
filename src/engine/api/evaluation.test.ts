/** Kept evaluations through the engine: their figures, answers, comparing and export; and that a run and an evaluation exclude each other. Needs no GPU. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineEvent } from '../../protocol/engine.ts';
import type { EvaluationSample, Question } from '../../protocol/evaluation.ts';
import type { EvaluationRecord, EvaluationSettings } from '../../protocol/evaluation-run.ts';
import { memoryStore } from '../files/byte-store.ts';
import { EngineState, type RunControl } from './engine-state.ts';
import {
  answersOf,
  compareColumns,
  evaluate,
  exportResult,
  goOn,
  haveBack,
  listKept,
  pause,
  remove,
  rename,
  tableOf,
} from './evaluation.ts';
import { LiveEvaluation } from './live-evaluation.ts';
import { refuseWhileEvaluating } from './training-lock.ts';

const settings: EvaluationSettings = {
  ...{ columns: ['base', '7'], languages: ['sw', 'de'], questions: null, choice_seed: 1, samples: 1, date: '2026-01-01' },
  ...{ reasoning: { kind: 'question' }, answer_language: false },
  sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 8, seed: 1 },
};
const questions: Question[] = ['sw', 'de'].flatMap((language) =>
  ['1', '2', '3', '4'].map((id) => ({ id, language, question: `${language}${id}`, gold: '4', row: Number(id), file: `${language}.tsv` })),
);
const record: EvaluationRecord = {
  ...{
    id: '1',
    name: 'First',
    started: '2026-01-01',
    phase: 'running',
    set: { id: 's', name: 'set' },
    model: { name: 'm', hash: 'h' },
    settings,
  },
  columns: [
    { id: 'base', label: 'Base' },
    { id: '7', label: 'Mine' },
  ],
  ...{ batch: 16, questions, total: 16, done: 3, tokens: 0, seconds: 0, bytes: 0 },
};

/** Base is right on the first two of each language, the adapter on the first three, and thinks in another language where it is wrong. */
function sample(column: string, { id, language }: Question): EvaluationSample {
  const right = Number(id) <= (column === 'base' ? 2 : 3);
  const share = right ? 1 : 0;
  return {
    ...{
      column,
      language,
      question: id,
      sample: 0,
      thinking: 't',
      answer: 'a',
      parsed: right ? '4' : id === '4' ? null : '5',
      right,
      why: 'w',
    },
    ...{ thought: { share, lines: right, words: true }, answered: null, tokens: 10, seconds: 1, stop: right ? 'eos' : 'length' },
  };
}

let engine: EngineState;
let events: EngineEvent[];
beforeEach(async () => {
  engine = new EngineState({ files: memoryStore() });
  events = [];
  engine.emit = (event) => events.push(event);
  for (const id of ['1', '2']) {
    await engine.evaluations.put({ ...record, id, name: id === '1' ? 'First' : 'Second', started: `2026-01-0${id}` });
    const writer = await engine.evaluations.writer(id);
    for (const question of questions) {
      await writer.add(sample('base', question));
      if (id === '1') await writer.add(sample('7', question));
    }
  }
});

const listed = () => {
  const event = events.findLast(({ type }) => type === 'evaluations');
  return event?.type === 'evaluations' ? event.evaluations : [];
};

describe('a kept result', () => {
  it('has figures by language and column, and is paused where no tab is at it', async () => {
    const { record: found, columns } = await tableOf(engine, '1');
    expect(found).toMatchObject({ phase: 'paused', done: 16 });
    expect(columns.map(({ id, figures }) => [id, figures.all.avg.mean, figures.languages.sw?.avg.mean])).toEqual([
      ['base', 0.5, 0.5],
      ['7', 0.75, 0.75],
    ]);
    expect((await tableOf(engine, '2')).columns[1]!.figures.all.avg.mean).toBeNull();
    await listKept(engine);
    expect(listed().map(({ id, phase, questions: count }) => [id, phase, count])).toEqual([
      ['2', 'paused', 8],
      ['1', 'paused', 8],
    ]);
  });

  it('shows its answers beside their questions, filtered and a page at a time', async () => {
    const ask = (rest: object) =>
      answersOf(engine, { evaluation: '1', column: '7', language: null, filter: 'all', from: 0, count: 100, ...rest });
    expect((await ask({})).answers.map(({ question }) => question.question)).toEqual(questions.map(({ question }) => question));
    const keys = async (rest: object) => (await ask(rest)).answers.map(({ question: { language, id } }) => `${language}${id}`);
    expect(await keys({ filter: 'wrong' })).toEqual(['sw4', 'de4']);
    expect(await keys({ filter: 'wrong', column: 'base', language: 'de' })).toEqual(['de3', 'de4']);
    expect(await keys({ filter: 'unreadable', column: 'base' })).toEqual(['sw4', 'de4']);
    expect(await keys({ filter: 'other-language', column: 'base' })).toEqual(['sw3', 'sw4', 'de3', 'de4']);
    expect(await keys({ filter: 'cut' })).toEqual(['sw4', 'de4']);
    expect(await keys({ filter: 'right', language: 'sw' })).toEqual(['sw1', 'sw2', 'sw3']);
    expect(await ask({ from: 6, count: 5 })).toMatchObject({ total: 8, answers: [{ question: { id: '3' } }, { question: { id: '4' } }] });
  });

  it('is compared with another question by question, the second against the first', async () => {
    const found = await compareColumns(engine, { evaluation: '2', column: 'base' }, { evaluation: '1', column: '7' });
    expect(found).toMatchObject({ first: 'Base', second: 'Mine', unpaired: 0 });
    expect(found.all).toMatchObject({ questions: 8, better: 2, worse: 0, equal: 6, p: 0.5, difference: { mean: 0.25 } });
  });

  it('is renamed, deleted, had back until the page is opened anew, and exported', async () => {
    await rename(engine, '1', ' New\nname ');
    expect(listed().find(({ id }) => id === '1')?.name).toBe('Newname');
    await expect(rename(engine, '1', ' ')).rejects.toThrow('A name has 1 to 120 characters');
    await remove(engine, '1');
    expect(listed().map(({ id }) => id)).toEqual(['2']);
    await expect(tableOf(engine, '1')).rejects.toThrow('not kept any more');
    await haveBack(engine, '1');
    expect(listed().map(({ id }) => id)).toEqual(['2', '1']);
    expect(await (await exportResult(engine, '1', 'csv')).text()).toContain('7,Mine,all,8,8,avg,0.75,');
    await remove(engine, '1');
    await listKept(engine);
    await expect(haveBack(engine, '1')).rejects.toThrow('cannot be had back');
  });
});

describe('an evaluation', () => {
  /** Making room takes a while; a model is open that does not answer. */
  const onSlowStore = async (): Promise<void> => {
    const store = memoryStore();
    const list = async (): Promise<string[]> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return store.list();
    };
    engine = new EngineState({ files: { ...store, list } });
    await engine.evaluations.put(record);
    engine.model = { hash: 'h', session: { name: 'm', store: { bytes: () => 0 } } } as unknown as typeof engine.model;
  };

  it('does not start without a model or questions, beside a run, or with settings that are no good', async () => {
    await expect(evaluate(engine, settings)).rejects.toThrow('No questions are chosen yet');
    engine.questions = { ...{ id: 's', name: 'set', questions, problems: [], languages: {}, columns: [], mapping: null, example: {} } };
    await expect(evaluate(engine, settings)).rejects.toThrow('No model is loaded yet');
    await expect(evaluate(engine, { ...settings, samples: 4, columns: [] })).rejects.toThrow(
      /no column is chosen.*with temperature 0 all samples of a question are the same/,
    );
    await expect(evaluate(engine, { ...settings, choice_seed: -1, reasoning: { kind: 'language', language: ' ' } })).rejects.toThrow(
      /choice_seed is -1 and must be a whole number from 0; no language to reason in is chosen/,
    );
    engine.model = { hash: 'h', session: { name: 'm' } } as unknown as typeof engine.model; // refused before it is used
    engine.run = {} as RunControl; // only whether there is one
    await expect(goOn(engine, '1')).rejects.toThrow('A run is under way; let it end, or stop it, before you evaluate.');
    engine.model = { hash: 'other', session: { name: 'Other' } } as unknown as typeof engine.model;
    await expect(goOn(engine, '1')).rejects.toThrow('First evaluates m, and Other is open; open m to go on.');
  });

  /** Red before: the pause was over while room was still being made, and this erased the result that was deleted meanwhile. */
  it('that is paused and deleted at once can be had back', async () => {
    await onSlowStore();
    const answering = vi.spyOn(LiveEvaluation.prototype as unknown as { answerSome(): Promise<void> }, 'answerSome');
    answering.mockImplementation(
      () => new Promise((resolve) => engine.evaluating!.control.signal.addEventListener('abort', () => resolve())),
    );
    const evaluated = goOn(engine, '1');
    await vi.waitFor(() => expect(answering).toHaveBeenCalled());
    await pause(engine);
    await remove(engine, '1');
    await evaluated;
    await haveBack(engine, '1');
    expect((await listKept(engine)).map(({ id, phase }) => [id, phase])).toEqual([['1', 'paused']]);
    answering.mockRestore();
  });

  /** Red before: the pause found no evaluation under way yet, and it went on. */
  it('that is paused before its first answer makes none', async () => {
    await onSlowStore();
    const answering = vi.spyOn(LiveEvaluation.prototype as unknown as { answerSome(): Promise<void> }, 'answerSome');
    const evaluated = goOn(engine, '1');
    await vi.waitFor(() => expect(engine.held.size).toBe(1), { interval: 1 });
    expect(engine.evaluating).toBeNull();
    await pause(engine);
    await evaluated;
    expect(answering).not.toHaveBeenCalled();
    expect((await engine.evaluations.get('1')).phase).toBe('paused');
    answering.mockRestore();
  });

  it('does not go on with another model that is open when it comes to answer', async () => {
    const model = (hash: string) =>
      ({ hash, session: { name: hash, store: { bytes: () => 0 } } }) as unknown as NonNullable<typeof engine.model>; // it does not answer
    await engine.evaluations.put({ ...record, total: 17, columns: [...record.columns, { id: '8', label: 'Other' }] });
    engine.model = model('h');
    engine.emit = ({ type }) => {
      if (type === 'evaluation') engine.model = model('B');
    };
    await goOn(engine, '1');
    expect(await engine.evaluations.get('1')).toMatchObject({
      phase: 'failed',
      message: 'm was to answer, and B was opened meanwhile; open m and try again, or start anew with B.',
    });
  });

  it('keeps a run from starting', () => {
    engine.evaluating = {} as LiveEvaluation; // only whether there is one
    expect(() => refuseWhileEvaluating(engine, 'training')).toThrow('An evaluation is under way; pause it before training.');
  });
});
