/**
 * Judges completions beside training: plain rewards in one thread, a user's own and programs in others, all at the same time. A completion that takes
 * too long costs its own verdict and nothing else.
 */
import type { RewardName, Verdict } from '../../protocol/rewards.ts';
import type { ChosenReward } from './choose.ts';
import { rewards } from './index.ts';
import { type RewardContext, type Sample, verdict } from './reward.ts';
import { type Outcome, type Thread, Watched } from './thread.ts';

/** How threads are started; the page's and Node's differ. */
export interface RewardThreads {
  judge(): Thread;
}

/** A question to the thread of the plain rewards. */
export interface JudgeQuestion {
  readonly name: RewardName;
  readonly sample: Sample;
  readonly settings: ChosenReward['settings'];
  readonly context: RewardContext;
}

const JUDGE_MILLISECONDS = 2000;

export class RewardRunner {
  private judge: Promise<Watched<Verdict>> | null = null;

  /** Without threads plain rewards are judged here, and programs of others not at all. */
  constructor(private readonly threads: RewardThreads | null) {}

  /** By completion, then by reward in the order chosen. */
  async score(samples: readonly Sample[], chosen: readonly ChosenReward[], context: RewardContext): Promise<Verdict[][]> {
    const columns = await Promise.all([this.plainColumns(samples, chosen, context)]);
    const byReward = columns.flat();
    return samples.map((_, row) => byReward.map((column) => column[row]!));
  }

  close(): void {
    this.judge?.then((thread) => thread.end()).catch(() => undefined); // one that never started has nothing to end
    this.judge = null;
  }

  /** One after another: they share a thread. */
  private async plainColumns(samples: readonly Sample[], chosen: readonly ChosenReward[], context: RewardContext): Promise<Verdict[][]> {
    const columns: Verdict[][] = [];
    for (const { name, settings } of chosen) {
      const column: Verdict[] = [];
      for (const sample of samples) column.push(await this.plain({ name, sample, settings, context }));
      columns.push(column);
    }
    return columns;
  }

  private async plain(question: JudgeQuestion): Promise<Verdict> {
    if (!this.threads) return judgeHere(question);
    this.judge ??= new Watched<Verdict>(this.threads.judge()).started();
    const outcome = await (await this.judge).ask(question, JUDGE_MILLISECONDS);
    if ('answer' in outcome) return outcome.answer;
    this.judge = null;
    return unjudged(question.name, outcome);
  }
}

/** Not judged in time: an answer that costs more than that is none, anything else has nothing to say. */
function unjudged(name: RewardName, outcome: Exclude<Outcome<Verdict>, { answer: Verdict }>): Verdict {
  const value = name === 'accuracy' || name === 'accuracy_trl' ? 0 : null;
  const why =
    'late' in outcome
      ? `Judging did not end within ${JUDGE_MILLISECONDS / 1000} s and was stopped.`
      : `Judging broke off (${outcome.broke}).`;
  return verdict(value, why, null);
}

/** In this thread; a reward that throws has nothing to say. */
export async function judgeHere({ name, sample, settings, context }: JudgeQuestion): Promise<Verdict> {
  const reward = rewards[name];
  if (!reward) return verdict(null, `${name} cannot be judged here.`);
  try {
    const found = await reward(sample, settings, context);
    return found.value === null || Number.isFinite(found.value) ? found : { ...found, value: null };
  } catch (error) {
    return verdict(null, `Judging broke off (${error instanceof Error ? error.message : String(error)}).`, null);
  }
}
