/** The words around an answer: whose it is, in which mode, and how much of its reasoning is in the language. */
import { expect, it } from 'vitest';
import type { AskColumn, ColumnState } from '../../../protocol/generation.ts';
import { answererName, answerShareLabel, besides, isWithoutReasoning, shareLabel } from './cell-labels.ts';

const column = (more: Partial<AskColumn> = {}): AskColumn => ({ id: 'a', source: 'base', reasoning_language: 'German', ...more });
const state = (more: Partial<ColumnState> = {}): ColumnState => ({
  column: 'a',
  thinking: '',
  content: '4',
  rest: '',
  tokens: 3,
  tokens_per_second: 1,
  share: null,
  stop: 'eos',
  ...more,
});

it('an answer without reasoning says that it was asked for, and nothing while it is written', () => {
  const no_think = column({ thinking: 'no_think' });
  expect(shareLabel(state({ unjudged: 'empty' }), no_think)).toBe('no reasoning, as asked');
  expect(shareLabel(state({ stop: null }), no_think)).toBe('');
  expect(shareLabel(undefined, no_think)).toBe('');
  expect(shareLabel(state({ unjudged: 'empty' }), column({ thinking: 'think' }))).toBe('cannot be judged: no reasoning');
});

it('a model that thinks although it was asked not to is judged as any other', () => {
  const against = state({ thinking: 'Ich denke.', share: 1 });
  expect(isWithoutReasoning(against, column({ thinking: 'no_think' }))).toBe(false);
  expect(shareLabel(against, column({ thinking: 'no_think' }))).toBe('100 % in German');
});

it('says how much of the answer is in the language asked for it, once it has ended, and why nothing can be said', () => {
  const french = column({ answer_language: 'French' });
  expect(answerShareLabel(state({ answer_share: 0.5 }), french)).toBe('answer 50 % in French');
  expect(answerShareLabel(state({ answer_share: null, answer_unjudged: 'no-letters' }), french)).toBe(
    'answer cannot be judged: no letters',
  );
  expect(answerShareLabel(state({ answer_share: null, answer_unjudged: 'empty' }), french)).toBe('no answer');
  expect(answerShareLabel(state({ answer_share: 1, stop: null }), french)).toBe('');
  expect([answerShareLabel(undefined, french), answerShareLabel(state({ answer_share: 1 }), column())]).toEqual(['', '']);
});

it('names the mode where one was asked for', () => {
  expect(answererName(column(), null)).toBe('Base');
  expect(answererName(column({ source: 'adapter', thinking: 'think' }), null)).toBe('Adapter, think');
  expect(answererName(column({ thinking: 'no_think' }), null)).toBe('Base, no think');
  expect(answererName(column({ source: 'peer' }), 'owner/name')).toBe('name');
});

it('beside an answer stands the other model in the same mode, or else the other mode', () => {
  const columns = (['base', 'adapter'] as const).flatMap((source) =>
    (['think', 'no_think'] as const).map((thinking) => column({ id: `${source} ${thinking}`, source, thinking })),
  );
  const of = (some: AskColumn[], id: string) => besides({ columns: some } as Parameters<typeof besides>[0], id);
  expect(of(columns, 'adapter no_think')).toEqual(['base no_think', 'adapter no_think']);
  expect(of(columns, 'base think')).toEqual(['base think', 'adapter think']);
  expect(of(columns.slice(0, 2), 'base no_think')).toEqual(['base think', 'base no_think']);
});
