/** An answer -> a trace: paid by the chosen rewards, its languages judged, and what it fails by itself. */
import type { TextAdherence } from '../../protocol/evaluation.ts';
import type { StopReason } from '../../protocol/generation.ts';
import type { ReasoningTrace, TraceSettings } from '../../protocol/traces.ts';
import type { ChosenReward } from '../rewards/choose.ts';
import { paid } from '../rewards/combine.ts';
import type { Sample } from '../rewards/reward.ts';
import type { RewardRunner } from '../rewards/score.ts';
import type { TraceRow } from './trace-rows.ts';
import { verdictOf } from './verdict.ts';

/** How traces are judged; the same for all of a set. */
export interface TraceJudging {
  readonly settings: Pick<TraceSettings, 'reward_funcs' | 'reward_weights' | 'least' | 'checks'>;
  /** Of `reward_funcs`, in their order. */
  readonly chosen: readonly ChosenReward[];
  readonly longest: number | null;
  readonly runner: Pick<RewardRunner, 'score'>;
  /** How much of a trace is in the languages asked for; null where none is. */
  languages(row: TraceRow, texts: { thinking: string; answer: string }): Promise<Record<'thought' | 'answered', TextAdherence | null>>;
}

/** An answer as it came. */
export interface MadeAnswer {
  readonly row: TraceRow;
  readonly sample: number;
  readonly seed: number;
  /** As rewards see it. */
  readonly seen: Sample;
  readonly stop: StopReason;
  readonly tokens: number;
  readonly seconds: number;
}

export async function judgeTrace({ row, seen, ...made }: MadeAnswer, judging: TraceJudging): Promise<ReasoningTrace> {
  const { settings, chosen, longest, runner } = judging;
  const scored = chosen.length > 0 ? await runner.score([seen], chosen, { max_completion_length: longest }) : [[]];
  const own = scored[0]!;
  const verdicts = Object.fromEntries(settings.reward_funcs.map((name, at) => [name, own[at]!]));
  const { thought, answered } = await judging.languages(row, { thinking: seen.reasoning, answer: seen.answer });
  const { failed, why, suspicious } = verdictOf({ row, sample: seen, stop: made.stop, verdicts, thought, answered }, settings);
  return {
    row: row.row,
    sample: made.sample,
    seed: made.seed,
    question: row.question,
    gold: row.gold,
    language: row.reasoning_language,
    answer_language: row.answer_language,
    thinking: seen.reasoning,
    content: seen.answer,
    stop: made.stop,
    tokens: made.tokens,
    seconds: made.seconds,
    verdicts,
    reward: chosen.length === 0 ? null : sumOf(paid([own], chosen)[0]!, settings.reward_weights),
    failed,
    why,
    ...(suspicious !== undefined && { suspicious }),
  };
}

function sumOf(values: readonly (number | null)[], weights: readonly number[] | null): number | null {
  const known = values.flatMap((value, at) => (value === null ? [] : [value * (weights?.[at] ?? 1)]));
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}
