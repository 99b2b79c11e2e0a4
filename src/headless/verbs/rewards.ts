/**
 * `rewards`: what a reward says of completions that are there already, one JSON object a line. Needs neither model nor GPU. A row that cannot be read
 * has null and the reason, and the rest goes on.
 */
import { readJsonValue } from '../../engine/data/json-value.ts';
import { type ChosenReward, chooseRewards } from '../../engine/rewards/choose.ts';
import { readRow } from '../../engine/rewards/read-row.ts';
import type { Sample } from '../../engine/rewards/reward.ts';
import { RewardRunner, type RewardThreads } from '../../engine/rewards/score.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { rewardTable, type Verdict } from '../../protocol/rewards.ts';
import { parseArguments } from '../arguments.ts';
import { isObject, readJson, readText, writeJson } from '../json-files.ts';
import { nodeRewardThreads } from '../reward-threads.ts';
import type { Runner } from '../runner.ts';

const spec = { rows: 'required', reward: 'required', config: 'optional', out: 'required' } as const;

/** `threads`: those of the built program; tests give theirs. */
export async function rewards(argv: readonly string[], { note }: Pick<Runner, 'note'>, threads = nodeRewardThreads()): Promise<void> {
  const args = parseArguments('rewards', argv, spec);
  const config = args.config === undefined ? {} : readJson(args.config);
  if (!isObject(config)) throw new MotherTongueError('SettingsError', `${args.config} must hold an object of settings.`);
  const names = args.reward === 'language' ? ['language', 'answer_language'] : [args.reward];
  const chosen = chooseRewards(names, Object.fromEntries(names.map((name) => [name, settingsFor(name, config)])));
  const read = readText(args.rows)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(readLine);
  if (read.length === 0) throw new MotherTongueError('DatasetError', `${args.rows} holds no rows; give one JSON object a line.`);
  const samples = read.flatMap((row) => ('sample' in row ? [row.sample] : []));
  const scored = (await scoreIn(threads, samples, chosen)).values();
  const verdicts = read.map((row, at): readonly Verdict[] => {
    if ('sample' in row) return scored.next().value!;
    note(`Row ${at + 1} ${row.problem}.`);
    return names.map(() => ({ value: null, why: `Row ${at + 1} ${row.problem}.`, parsed: null }));
  });
  writeJson(args.out, resultOf(verdicts, chosen[0]!.name));
}

/** `language` judges thought and answer with one config, of which some settings are the answer's alone. */
function settingsFor(name: string, config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (name !== 'language') return config;
  const { language, answer_language } = rewardTable;
  const own = (key: string) => Object.hasOwn(language.settings, key) || !Object.hasOwn(answer_language.settings, key);
  return Object.fromEntries(Object.entries(config).filter(([key]) => own(key)));
}

async function scoreIn(threads: RewardThreads, samples: readonly Sample[], chosen: readonly ChosenReward[]): Promise<Verdict[][]> {
  const runner = new RewardRunner(threads);
  try {
    return await runner.score(samples, chosen, { max_completion_length: null });
  } finally {
    runner.close();
  }
}

function resultOf(verdicts: readonly (readonly Verdict[])[], name: string): object {
  const first = verdicts.map((row) => row[0]!);
  const readsAnswers = ['accuracy', 'accuracy_trl', 'length'].includes(name);
  return {
    rewards: first.map(({ value }) => value),
    why: first.map(({ why }) => why),
    ...(readsAnswers && { parsed: first.map(({ parsed }) => parsed ?? null) }),
    ...(name === 'language' && { answer_rewards: verdicts.map((row) => row[1]!.value), answer_why: verdicts.map((row) => row[1]!.why) }),
  };
}

function readLine(line: string): { readonly sample: Sample } | { readonly problem: string } {
  const reading = readJsonValue(line);
  return 'fault' in reading ? { problem: reading.fault } : readRow(reading.value);
}
