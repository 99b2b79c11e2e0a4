/** Rejection sampling of the recipe r1: answers to every row, judged by rewards; the first that passes of each row is kept, with as many of each language. */
import type { AdapterLayout } from '../../src/engine/adapters/lora.ts';
import type { PromptRow } from '../../src/engine/batch/prompt-rows.ts';
import type { TextModel } from '../../src/engine/chat/open-text.ts';
import type { Reply } from '../../src/engine/generate/answer.ts';
import { answerStream } from '../../src/engine/generate/answer-stream.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { RewardRunner } from '../../src/engine/rewards/score.ts';
import { judging } from '../../src/engine/train/grpo/judging.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { throwIfCancelled } from '../../src/lib/cancel.ts';
import { grpoDefaults } from '../../src/protocol/grpo.ts';
import { leastOf } from '../../src/protocol/trace-settings.ts';
import type { TraceSettings } from '../../src/protocol/traces.ts';
import { answeredBy, balanced, type Row } from './r1-rows.ts';

export interface Sampled {
  readonly kept: readonly Row[];
  /** As many, without the filter. */
  readonly unfiltered: readonly Row[];
  readonly says: string;
}

export interface Sampling {
  readonly settings: Pick<TraceSettings, 'num_return_sequences' | 'sampling' | 'reward_funcs' | 'reward_settings' | 'most_per_language'>;
  readonly adapter: AdapterLayout | null;
  readonly seed: number;
}

/** Rows that decode together. */
const COLUMNS = 64;

interface Ask {
  readonly row: Row;
  readonly prompt: PromptRow;
  readonly ids: Uint32Array;
  readonly salt: number;
}

/** `prompts` are those of `rows`, in their order. */
export async function sampled(
  model: { readonly session: Session; readonly text: TextModel },
  rows: readonly Row[],
  prompts: readonly PromptRow[],
  { settings, adapter, seed }: Sampling,
  runner: Runner,
): Promise<Sampled> {
  const each = settings.num_return_sequences;
  const asks = prompts.flatMap((prompt, i): Ask[] =>
    Array.from({ length: each }, (_, k) => ({ row: rows[i]!, prompt, ids: prompt.ids, salt: i * each + k })),
  );
  const started = performance.now();
  const sampling = { ...settings.sampling, min_p: 0, seed };
  const longest = Math.max(...asks.map(({ ids }) => ids.length)) + sampling.max_new_tokens;
  const replies: Reply[] = [];
  await answerStream({ ...model.text, session: model.session }, asks, {
    ...{ sizes: { columns: Math.min(COLUMNS, asks.length), longest }, sampling, adapter, signal: runner.signal },
    onReply: (i, reply) => {
      replies[i] = reply;
    },
  });
  throwIfCancelled(runner.signal, 'Rejection sampling');
  const passes = await verdicts(asks, replies, settings, model.text);
  const answers = asks.map(({ row }, i) => answeredBy(row, replies[i]!.thinking, replies[i]!.content));
  const passing = answers.filter((_, i) => passes[i]);
  const first = passing.filter(firstOf((row) => JSON.stringify(row.messages.slice(0, -1))));
  const few = (list: readonly Row[]): Row[] =>
    typeof settings.most_per_language === 'number' ? balanced(list, settings.most_per_language, seed) : [...list];
  const kept = few(first);
  const tokens = replies.reduce((n, { ids }) => n + ids.length, 0);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return {
    kept,
    unfiltered: few(answers),
    says: `${passing.length} of ${asks.length} answers pass, ${kept.length} kept; ${tokens} tokens in ${seconds} s`,
  };
}

function firstOf<X>(key: (one: X) => string): (one: X) => boolean {
  const seen = new Set<string>();
  return (one) => !seen.has(key(one)) && seen.add(key(one)).size > 0;
}

async function verdicts(
  asks: readonly Ask[],
  replies: readonly Reply[],
  settings: Sampling['settings'],
  text: TextModel,
): Promise<boolean[]> {
  const { reward_funcs, reward_settings, sampling } = settings;
  const judge = new RewardRunner(null);
  const named = { ...grpoDefaults, reward_funcs, reward_settings, max_completion_length: sampling.max_new_tokens };
  const at = { step: 1, steps: 1, group: settings.num_return_sequences };
  const judged = await judging(judge, named, text.tokenizer)(
    asks.map(({ prompt }) => prompt),
    replies,
    at,
  );
  judge.close();
  return replies.map(
    ({ stop, thinking }, i) =>
      stop === 'eos' &&
      thinking !== '' &&
      reward_funcs.every((name, r) => (judged.verdicts[i]![r]!.value ?? 0) >= (leastOf(name, {}) ?? 0)),
  );
}
