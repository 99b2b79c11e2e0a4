/** Replies through a generator that writes what a test says: batches, ends, and what callers hear meanwhile. The GPU's side: e2e/parity/generation. */

import { describe, expect, it } from 'vitest';
import { realText } from '../../../e2e/fixtures/chat/real-tokenizer.ts';
import { type AnsweringModel, answer, GREEDY, type ReplySoFar } from './answer.ts';
import { endOf } from './decoding.ts';
import type { GenerationRequest, RowEnd } from './generator.ts';

const text = realText();
const { tokenizer } = text;
const special = (name: string): number => tokenizer.specialId(`<|${name}|>`);
const sampling = { ...GREEDY, max_new_tokens: 50 };

/** `n`: a prompt of n ids. */
const prompt = (n: number, salt?: number) => ({ ids: new Uint32Array(n).fill(7), ...(salt !== undefined && { salt }) });

function ids(thinking: string, content: string, end: string): number[] {
  const message = (channel: string, words: string) => [
    ...[special('channel'), ...tokenizer.encodeText(channel)],
    ...[special('message'), ...tokenizer.encodeText(words)],
  ];
  const header = [special('start'), ...tokenizer.encodeText('assistant')];
  return [...message('analysis', thinking), special('end'), ...header, ...message('final', content), special(end)];
}

/** Writes `said` by a prompt's length, id by id, as far as max_new_tokens and until something ends the row. */
function modelThat(said: (length: number) => number[], vocab_size = 300_000) {
  const requests: GenerationRequest[] = [];
  const generate = async (request: GenerationRequest): Promise<RowEnd[]> => {
    requests.push(request);
    return request.rows.map((row, r) => {
      const written = said(row.prompt.length).slice(0, row.max_new_tokens);
      for (const [i, id] of written.entries()) if (request.onIds(r, [id], i) || request.eos.includes(id)) return 'eos';
      return 'length';
    });
  };
  const model: AnsweringModel = { ...text, session: { config: { vocab_size } }, generator: { generate } };
  return { model, requests };
}

describe('a reply', () => {
  it('ends with the id that completes it, however many arrive at once', async () => {
    const all = ids('Hm.', 'Ja.', 'end');
    const { model } = modelThat(() => all);
    const ends: (number | false | undefined)[] = [];
    const generate = async (request: GenerationRequest): Promise<RowEnd[]> => {
      ends.push(request.onIds(0, [...all, 5, 6, 7], 1));
      return ['eos'];
    };
    const [reply] = await answer({ ...model, generator: { generate } }, [prompt(3)], { sampling, adapter: null });
    expect(reply).toMatchObject({ ids: all, content: 'Ja.', rest: '' });
    expect(ends).toEqual([all.length]);
    expect([endOf(3, 5, 'length'), endOf(5, 5, 'length'), endOf(5, 5, null), endOf(false, 5, null)]).toEqual([
      'eos',
      'length',
      'eos',
      null,
    ]);
  });

  it('has its ids, what they say, and why it ended', async () => {
    const all = ids('Hm.', 'Ja.', 'return');
    const { model, requests } = modelThat(() => [...all, 1, 2, 3]);
    const [reply] = await answer(model, [prompt(3)], { sampling, adapter: null });
    expect(reply).toEqual({ ids: all, thinking: 'Hm.', content: 'Ja.', rest: '', stop: 'eos', seconds: all.length - 1 });
    expect(requests[0]).toMatchObject({ vocabulary_with_text: tokenizer.size, eos: tokenizer.eosIds, adapter: null });
  });

  it('ends with its answer, although the token that closes it is none that stops generation', async () => {
    const closed = ids('Hm.', 'Ja.', 'end');
    const { model } = modelThat(() => [...closed, 1, 2, 3]);
    const [reply] = await answer(model, [prompt(3)], { sampling, adapter: null });
    expect([reply!.stop, reply!.ids]).toEqual(['eos', closed]);
  });

  it('goes on to max_new_tokens with ignore_eos', async () => {
    const { model, requests } = modelThat(() => [...ids('Hm.', 'Ja.', 'return'), ...Array<number>(90).fill(1)]);
    const [reply] = await answer(model, [prompt(3)], { sampling, adapter: null, ignore_eos: true });
    expect([reply!.stop, reply!.ids.length, requests[0]!.eos]).toEqual(['length', 50, []]);
  });

  it('never has ids that the model has no row for', async () => {
    const { model, requests } = modelThat(() => [special('return')], 1000);
    await answer(model, [prompt(3)], { sampling, adapter: null });
    expect(requests[0]!.vocabulary_with_text).toBe(1000);
  });
});

describe('several prompts', () => {
  const said = (length: number) => ids('', `${length}`, 'return');

  it('decode at once, in their order, each with its salt', async () => {
    const { model, requests } = modelThat(said);
    const replies = await answer(model, [prompt(9, 1), prompt(2), prompt(5, 2)], { sampling, adapter: null });
    expect(replies.map(({ content }) => content)).toEqual(['9', '2', '5']);
    expect(requests).toHaveLength(1);
    expect(requests[0]!.rows.map(({ prompt, sampling: { salt } }) => [prompt.length, salt])).toEqual([
      [9, 1],
      [2, 0],
      [5, 2],
    ]);
  });

  it('decode in batches of like length and equal size, and come back in their order', async () => {
    const { model, requests } = modelThat(said);
    const heard: [number, ReplySoFar['stop'], string][] = [];
    const onUpdate = (row: number, { stop, content }: ReplySoFar) => heard.push([row, stop, content]);
    const lengths = [9, 2, 5, 4, 7];
    const replies = await answer(
      model,
      lengths.map((n) => prompt(n)),
      { sampling, adapter: null, batch: 2, onUpdate },
    );
    expect(replies.map(({ content }) => content)).toEqual(['9', '2', '5', '4', '7']);
    expect(requests.map(({ rows }) => rows.map((row) => row.prompt.length))).toEqual([
      [2, 4],
      [5, 7],
      [9, 9], // filled up
    ]);
    const ended = heard.filter(([, stop]) => stop !== null);
    expect(ended).toEqual([
      [1, 'eos', '2'],
      [3, 'eos', '4'],
      [2, 'eos', '5'],
      [4, 'eos', '7'],
      [0, 'eos', '9'],
    ]);
    const growing = heard.filter(([row, stop]) => row === 0 && stop === null).map(([, , content]) => content);
    expect(growing).toHaveLength(said(9).length);
    expect(growing.at(-1)).toBe('9');
  });
});
