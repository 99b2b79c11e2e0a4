/** The answers of a step as people look at them: texts, and of those that the teacher would have written most differently, how far it is at each token. */
import type { RolloutBatchRecord } from '../../../protocol/rollouts.ts';
import { type Text, tokensOf } from '../answers/tokens.ts';
import type { RowValues } from '../method.ts';
import { byAnswer, type MicroBatch, withParts } from './micro-batches.ts';
import type { Written } from './written.ts';

/** Answers of a step whose tokens are recorded: each takes a few numbers and texts a token. */
const SHOWN = 8;

export interface Recorded {
  /** Counted from 0. */
  readonly step: number;
  readonly num_generations: number;
  readonly batches: readonly MicroBatch[];
}

export function recordOf(text: Text, answers: readonly Written[], { step, num_generations, batches }: Recorded): RolloutBatchRecord {
  const learned = new Set(batches.flatMap(({ parts }) => parts.map(({ place }) => place)));
  return {
    step: step + 1,
    rewards: [],
    prompts: answers
      .filter((_, i) => i % num_generations === 0)
      .map(({ row: { ids } }) => ({ text: text.tokenizer.decode(ids), tokens: ids.length })),
    rollouts: answers.map(({ row, ids, cut, reply }, i) => {
      const { thinking, content, rest } = reply ?? readBack(text, row.ids, ids);
      const gold = row.gold ?? row.answer;
      return {
        row: row.row,
        group: Math.floor(i / num_generations),
        question: row.question,
        gold: typeof gold === 'string' || gold === null ? gold : JSON.stringify(gold),
        reasoning_language: row.reasoning_language,
        ...(row.answer_language !== null && { answer_language: row.answer_language }),
        ...{ thinking, content, rest, completion: text.tokenizer.decode(ids), tokens: ids.length, stop: cut ? 'length' : 'eos' },
        ...{ verdicts: [], reward: null, advantage: 0 },
        ...(reply === null && { given: true as const }),
        ...(cut && !learned.has(i) && { left_out: 'masked' as const }),
      };
    }),
  };
}

/** An answer of the dataset, read as if it had been written. */
function readBack(
  { tokenizer, format }: Text,
  prompt: Uint32Array,
  ids: Uint32Array,
): Pick<Written['reply'] & object, 'thinking' | 'content' | 'rest'> {
  const stream = format.reply(tokenizer, prompt);
  stream.push(ids);
  return { thinking: stream.thinking, content: stream.content, rest: stream.rest };
}

/** The record with the divergences of a step; `rows`: what the host read of its micro-batches. */
export function withDivergences(
  record: RolloutBatchRecord,
  answers: readonly Written[],
  batches: readonly MicroBatch[],
  rows: readonly RowValues[],
  text: Text,
): RolloutBatchRecord {
  const values = new Map(withParts(batches).flatMap((batch, i) => [...byAnswer(batch, rows[i]!.divergence!)]));
  const mean = (own: Float32Array): number => own.reduce((a, b) => a + b, 0) / own.length;
  const finite = [...values].filter(([, own]) => own.every(Number.isFinite)); // a run that diverges has no numbers to show
  const shown = new Map(finite.sort(([, a], [, b]) => mean(b) - mean(a)).slice(0, SHOWN));
  const rollouts = record.rollouts.map((one, place) => {
    const own = shown.get(place);
    if (!own) return one;
    const { row, ids } = answers[place]!;
    return {
      ...one,
      divergences: { ...tokensOf(text, row.ids, ids), divergence: Array.from(own, (value) => Math.round(value * 1e5) / 1e5) },
    };
  });
  return { ...record, rollouts };
}
