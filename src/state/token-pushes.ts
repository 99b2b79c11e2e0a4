/**
 * The tokens of an answer by what a step did to them: more likely or less, how strongly it bears on what was learned (advantage times change of the
 * log-probability), and whether that was wanted. Pure.
 */
import type { Rollout, RolloutBatchRecord, TokenPlace } from '../protocol/rollouts.ts';

/** A token as it is drawn. */
export interface TintedToken {
  readonly text: string;
  readonly place: TokenPlace;
  readonly push: 'up' | 'down' | 'apart' | 'none';
  /** 0 to 1, of the strongest in the batch. */
  readonly strength: number;
}

export interface PushedToken extends TintedToken {
  readonly before: number;
  readonly after: number;
  /** The advantage says so: up in a good answer, down in a bad one. */
  readonly wanted: boolean;
}

/** A token by how far the teacher is from the student there, in nats. */
export interface DivergentToken extends TintedToken {
  readonly divergence: number;
}

/** Neighbouring tokens of one place, with the place of the first in the answer. */
export interface TokenRun {
  readonly place: TokenPlace;
  readonly from: number;
  readonly tokens: readonly TintedToken[];
}

/** Changes below this are roundings of two programs that compute the same. */
const UNMOVED = 1e-4;
/** The share of tokens that are drawn less than fully: a few that moved most would leave the others pale. */
const FULL = 0.95;

/** What counts as full strength in a batch; 0 where nothing was looked at. */
export function pushScale({ rollouts }: Pick<RolloutBatchRecord, 'rollouts'>): number {
  const all = rollouts.flatMap(({ advantage, changes }) =>
    changes ? changes.after.map((after, i) => Math.abs(advantage * (after - changes.before[i]!))) : [],
  );
  return strongest(all);
}

/** Likewise of divergences. */
export function divergenceScale({ rollouts }: Pick<RolloutBatchRecord, 'rollouts'>): number {
  return strongest(rollouts.flatMap(({ divergences }) => divergences?.divergence ?? []));
}

function strongest(all: readonly number[]): number {
  const sorted = all.filter((one) => Number.isFinite(one) && one > 0).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(FULL * sorted.length))] ?? 0;
}

export function pushedTokens({ advantage, changes }: Pick<Rollout, 'advantage' | 'changes'>, scale: number): PushedToken[] {
  if (!changes) return [];
  const { texts, places, before, after } = changes;
  return texts.map((text, i) => {
    const change = after[i]! - before[i]!;
    const push = Math.abs(change) < UNMOVED || Number.isNaN(change) ? 'none' : change > 0 ? 'up' : 'down';
    const strength = push === 'none' || scale === 0 ? 0 : Math.min(1, Math.abs(advantage * change) / scale);
    return { text, place: places[i]!, before: before[i]!, after: after[i]!, push, wanted: advantage * change > 0, strength };
  });
}

/** Nats below which two distributions are the same to the eye. */
const SAME = 0.01;

export function divergentTokens({ divergences }: Pick<Rollout, 'divergences'>, scale: number): DivergentToken[] {
  if (!divergences) return [];
  const { texts, places, divergence } = divergences;
  return texts.map((text, i) => {
    const value = divergence[i]!;
    const apart = value >= SAME && scale > 0;
    return { text, place: places[i]!, divergence: value, push: apart ? 'apart' : 'none', strength: apart ? Math.min(1, value / scale) : 0 };
  });
}

export function divergenceWords({ divergence, push }: DivergentToken): string {
  const nats = `divergence ${divergence >= 0.0995 ? divergence.toFixed(2) : divergence.toFixed(4)} nats`.replace('-', '−');
  return push === 'none' ? `${nats}: the teacher would write much the same` : `${nats} between teacher and student`;
}

export function tokenRuns(tokens: readonly TintedToken[]): TokenRun[] {
  const runs: { place: TokenPlace; from: number; tokens: TintedToken[] }[] = [];
  tokens.forEach((token, at) => {
    const last = runs.at(-1);
    if (last?.place === token.place) last.tokens.push(token);
    else runs.push({ place: token.place, from: at, tokens: [token] });
  });
  return runs;
}

const percent = (logp: number): string => {
  const share = 100 * Math.exp(logp);
  return `${share >= 0.1 ? share.toFixed(1) : share.toPrecision(1)} %`;
};
const signed = (value: number): string => {
  const size = Math.abs(value);
  return `${value < 0 ? '−' : '+'}${size >= 0.0995 || size < 1e-4 ? size.toFixed(2) : size.toPrecision(1)}`;
};

/** One token in words, for the line beside the tokens. */
export function tokenWords({ before, after, push, wanted }: PushedToken, advantage: number): string {
  const change = `probability ${percent(before)} to ${percent(after)}, log-probability ${signed(after - before)}, advantage ${signed(advantage)}`;
  if (push === 'none') return `${change}: not moved`;
  return `${change}: pushed ${push}, ${wanted ? 'as wanted' : 'against what was wanted'}`;
}
