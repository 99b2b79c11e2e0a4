/** Which answers of a step are looked at again, in which shapes, and what is written down of their tokens. Values on the GPU: e2e/parity/grpo-run.gpu.test.ts. */
import { describe, expect, it } from 'vitest';
import { realTokenizer } from '../../../../e2e/fixtures/chat/real-tokenizer.ts';
import { grpoDefaults } from '../../../protocol/grpo.ts';
import type { RolloutBatchRecord } from '../../../protocol/rollouts.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import { harmony } from '../../chat/harmony/index.ts';
import type { Reply } from '../../generate/answer.ts';
import { tokensOf } from '../answers/tokens.ts';
import type { MicroBatch } from './batches.ts';
import { recordOf } from './record.ts';
import { chooseLooked, lookedAnswers, lookingBatches, lookingShapes, withChanges } from './token-changes.ts';

/** Micro-batches of two answers each with these advantages; those of 0 are left out. */
function step(advantages: readonly number[], length = 40): MicroBatch[] {
  return Array.from({ length: advantages.length / 2 }, (_, b) => {
    const own = [2 * b, 2 * b + 1].filter((row) => advantages[row] !== 0);
    return {
      rows: own.map((row) => ({ row, ids: new Uint32Array(length + 4), trained: new Uint8Array(length + 4).fill(1, 4) })),
      completions: own.map((row) => ({ row, length, advantage: advantages[row]!, weight: 1 })),
      tokens: own.length * length,
      masked: 0,
      skipped: 2 - own.length,
    };
  });
}

describe('answers looked at again', () => {
  it('are the given share, two at least, none at 0 and never more than there are', () => {
    expect([0, 0.125, 0.125, 0.5, 1].map((share, i) => lookedAnswers(share, [64, 64, 8, 8, 8][i]!))).toEqual([0, 8, 2, 4, 8]);
    expect(lookedAnswers(1, 1)).toBe(1);
  });

  it('are whole groups by their spread, then the ends of the next one, in the order of the batch', () => {
    const batches = step([0.5, -0.5, 0, 0, 0.1, -0.9, 2, -1.2]);
    const rows = (looked: number) => chooseLooked(batches, 4, looked / 6).map(({ row }) => row);
    expect(rows(4)).toEqual([4, 5, 6, 7]);
    expect(rows(1), 'the best and the worst').toEqual([6, 7]);
    expect(rows(5)).toEqual([0, 4, 5, 6, 7]);
    expect(rows(6)).toEqual([0, 1, 4, 5, 6, 7]);
    expect(rows(0)).toEqual([]);
    expect(chooseLooked(step([0, 0]), 2, 1)).toEqual([]);
  });

  it('run in four shapes at most, as many together as the largest one holds', () => {
    const shapes = (answers: number) => lookingShapes(answers, { T: 60, M: 50 }).map(({ T, M }) => [T, M]);
    expect(shapes(2)).toEqual([
      [64, 64],
      [128, 128],
    ]);
    expect(shapes(8)).toEqual([
      [128, 128],
      [256, 256],
      [384, 320],
      [512, 448],
    ]);
    expect(shapes(0)).toEqual([]);
    const batches = step([1, -1, 1, -1, 1, -1]);
    const made = lookingBatches(batches, chooseLooked(batches, 6, 1), [
      { T: 64, M: 64 },
      { T: 128, M: 128 },
    ]);
    expect(made.map(({ rows, completions, tokens }) => [rows.map(({ row }) => row), completions.length, tokens])).toEqual([
      [[0, 1], 2, 80],
      [[2, 3], 2, 80],
      [[4, 5], 2, 80],
    ]);
  });
});

it('what became of tokens keeps its beginning over several steps, and is not told where it is no number', () => {
  const tokenizer = realTokenizer();
  const ids = Uint32Array.from(tokenizer.encodeText('ab cd'));
  const batch = { prompt_ids: [ids, ids], completion_ids: [ids, ids], rewards: [[1], [0]] };
  const record = { step: 1, rewards: [], prompts: [], rollouts: [{ advantage: 1 }, { advantage: -1 }] } as unknown as RolloutBatchRecord;
  const micro = (): MicroBatch[] => {
    const [one] = step([1, -1], ids.length);
    return [one!];
  };
  const values = (first: number, second: number) => ({
    batches: micro(),
    rows: [{ logps: Float32Array.from([...ids].map(() => first).concat([...ids].map(() => second))) }],
  });
  const text = { tokenizer, format: harmony };
  const once = withChanges(record, batch, { trained: values(-1, -2), looked: values(-0.5, Number.NaN) }, text);
  expect(once.rollouts.map(({ changes }) => changes && [changes.before[0], changes.after[0]])).toEqual([[-1, -0.5], undefined]);
  const twice = withChanges(once, batch, { trained: values(-0.5, -2), looked: values(-0.25, -3) }, text);
  expect(twice.rollouts.map(({ changes }) => changes && [changes.before[0], changes.after[0]])).toEqual([
    [-1, -0.25],
    [-2, -3],
  ]);
  expect(twice.rollouts[0]!.changes!.texts.join('')).toBe('ab cd');
});

describe('the record of a batch', () => {
  const tokenizer = realTokenizer();
  const text = { tokenizer, format: harmony };
  const encode = (written: string): Uint32Array => {
    const ids = written.split(/(<\|[a-z]+\|>)/).flatMap((part) => {
      const special = part.startsWith('<|') ? tokenizer.specialId(part) : undefined;
      return special === undefined ? [...tokenizer.encodeText(part)] : [special];
    });
    return Uint32Array.from(ids);
  };
  const prompt = encode('<|start|>user<|message|>Wie geht es?<|end|><|start|>assistant');
  const written = '<|channel|>analysis<|message|>Gut, 🙂 denke ich.<|end|><|start|>assistant<|channel|>final<|message|>Gut!<|return|>';

  it('has each token in its place: channels’ names are control, text is where the reader puts it', () => {
    const { texts, places } = tokensOf(text, prompt, encode(written));
    const of = (place: string): string => texts.filter((_, i) => places[i] === place).join('');
    expect(texts.join('')).toBe(written);
    expect(of('thinking')).toBe('Gut, 🙂 denke ich.');
    expect(of('content')).toBe('Gut!');
    expect(of('rest')).toBe('');
    expect(of('control')).toBe('<|channel|>analysis<|message|><|end|><|start|>assistant<|channel|>final<|message|><|return|>');
  });

  it('says why an answer is left out', () => {
    const row: PromptRow = {
      row: 1,
      ids: prompt,
      question: 'q',
      gold: 5,
      answer: null,
      reasoning_language: null,
      answer_language: null,
      columns: {},
    };
    const reply: Reply = { ids: [...encode(written)], stop: 'eos', thinking: '', content: '', rest: '', seconds: 0 };
    const settings = { ...grpoDefaults, num_generations: 3, reward_funcs: ['accuracy'], mask_truncated_completions: true };
    const paid = [[1], [1], [1], [0], [1], [2], [null], [0], [1]];
    const { prompts, rollouts } = recordOf(
      text,
      paid.map(() => row),
      paid.map((_, i): Reply => (i === 8 ? { ...reply, stop: 'length' } : reply)),
      { paid, verdicts: paid.map(([value]) => [{ value: value!, why: '' }]) },
      { settings, step: 0, advantages: Float64Array.from([0, 0, 0, -1, 0, 1, 0, -1, 1]) },
    );
    expect(rollouts.map(({ left_out }) => left_out)).toEqual([
      ...['alike', 'alike', 'alike'],
      ...[undefined, 'mean', undefined],
      ...['unjudged', undefined, 'masked'],
    ]);
    expect(prompts).toHaveLength(3);
    expect(prompts[0]).toEqual({ text: tokenizer.decode(prompt), tokens: prompt.length });
    expect(rollouts[0]!.completion).toBe(written);
  });
});
