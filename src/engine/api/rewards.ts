/** Rewards tried before a run: completions that are there already, each with what every chosen reward says of it. Needs neither model nor GPU. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { TriedRewards } from '../../protocol/rewards.ts';
import { chooseRewards } from '../rewards/choose.ts';
import { statistics } from '../rewards/combine.ts';
import { readRow } from '../rewards/read-row.ts';
import { RewardRunner } from '../rewards/score.ts';
import type { EnginePlaces } from './engine-state.ts';

/** More is a run. */
const MOST_ROWS = 100;

export async function tryRewards(
  { rewardThreads }: EnginePlaces,
  rows: readonly Readonly<Record<string, unknown>>[],
  names: readonly string[],
  settings: Readonly<Record<string, unknown>>,
): Promise<TriedRewards> {
  const chosen = chooseRewards(names, settings);
  if (rows.length > MOST_ROWS)
    throw new MotherTongueError('SettingsError', `${rows.length} rows are many to try; give at most ${MOST_ROWS}.`);
  const read = rows.map(readRow);
  const samples = read.flatMap((row) => ('sample' in row ? [row.sample] : []));
  const runner = new RewardRunner(rewardThreads ?? null);
  try {
    const scored = (await runner.score(samples, chosen, { max_completion_length: null })).values();
    const verdicts = read.map((row, at) => {
      if ('sample' in row) return scored.next().value!;
      return chosen.map(() => ({ value: null, why: `Row ${at + 1} ${row.problem}.` }));
    });
    const languages = read.map((row) => ('sample' in row && row.sample.row.reasoning_language) || '');
    return { verdicts, statistics: statistics(verdicts, languages) };
  } finally {
    runner.close();
  }
}
