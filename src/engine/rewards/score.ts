/**
 * Judges completions beside training: plain rewards in one thread, a user's own and programs in others, all at the same time. A completion that takes
 * too long costs its own verdict and nothing else.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Verdict } from '../../protocol/rewards.ts';
import type { ChosenReward } from './choose.ts';
import { type JudgeQuestion, judgeHere } from './judge.ts';
import { type OwnPlace, OwnReward } from './own/own.ts';
import { Programs, type PythonPlace } from './python/programs.ts';
import { type RewardContext, type Sample, verdict } from './reward.ts';
import { type Outcome, type Thread, Watched } from './thread.ts';

/** How threads are started; the page's and Node's differ. */
export interface RewardThreads {
  judge(): Thread;
  readonly own: OwnPlace;
  readonly python: PythonPlace;
}

const JUDGE_MILLISECONDS = 2000;
/** For the first question of a kind, which loads detectors and compiles readers: that is not the completion's time. */
const WARM_MILLISECONDS = 60_000;

type Column = (sample: Sample, number: number) => Promise<Verdict>;

export class RewardRunner {
  private judge: Watched<Verdict> | null = null;
  /** Kinds of questions that this thread has answered. */
  private readonly warm = new Set<string>();
  private closed = false;
  private readonly own: OwnReward | null;
  private readonly programs: Programs | null;

  /** Without threads plain rewards are judged here, and programs of others not at all. */
  constructor(private readonly threads: RewardThreads | null) {
    this.own = threads && new OwnReward(threads.own);
    this.programs = threads && new Programs(threads.python);
  }

  /** Throws one SettingsError where a chosen reward cannot judge anything. */
  async prepare(chosen: readonly ChosenReward[]): Promise<void> {
    const foreign = chosen.find(({ name }) => name === 'own' || name === 'code');
    if (foreign && !this.threads)
      throw new MotherTongueError('StateError', `The reward ${foreign.name} runs programs, which has no place here.`);
    for (const { name, settings } of chosen) if (name === 'own') await this.own?.check(settings);
  }

  /** By completion, then by reward in the order chosen. */
  async score(samples: readonly Sample[], chosen: readonly ChosenReward[], context: RewardContext): Promise<Verdict[][]> {
    await this.prepare(chosen);
    const plain = chosen.filter(({ name }) => name !== 'own' && name !== 'code');
    const columns = new Map<ChosenReward, Verdict[]>();
    const fill = async (one: ChosenReward, judge: Column): Promise<void> => {
      const column: Verdict[] = [];
      columns.set(one, column);
      for (const [at, sample] of samples.entries()) {
        if (this.closed) throw new MotherTongueError('Cancelled', 'Judging was stopped.'); // no thread is started again
        column.push(await judge(sample, at + 1));
      }
    };
    const lanes = [
      ...chosen
        .filter(({ name }) => name === 'own')
        .map((one) => fill(one, (sample, number) => this.own!.judge(sample, one.settings, number))),
      ...chosen.filter(({ name }) => name === 'code').map((one) => fill(one, (sample) => this.programs!.judge(sample, one.settings))),
      // One after another: they share a thread.
      (async () => {
        for (const one of plain) await fill(one, (sample) => this.plain({ ...one, sample, context }));
      })(),
    ];
    await Promise.all(lanes);
    return samples.map((_, row) => chosen.map((one) => columns.get(one)![row]!));
  }

  /** What is being judged breaks off. */
  close(): void {
    this.closed = true;
    this.judge?.end();
    this.judge = null;
    this.own?.close();
    this.programs?.close();
  }

  private async plain(question: JudgeQuestion): Promise<Verdict> {
    if (!this.threads) return judgeHere(question);
    if (this.judge === null) {
      this.warm.clear();
      this.judge = new Watched<Verdict>(this.threads.judge());
    }
    await this.judge.ready;
    const first = firstOf(question);
    const kind = `${question.name} ${JSON.stringify(first.sample.row)}`;
    if (!this.warm.has(kind)) {
      this.warm.add(kind);
      await this.judge.ask(first, WARM_MILLISECONDS);
    }
    const outcome = await this.judge.ask(question, JUDGE_MILLISECONDS);
    if ('answer' in outcome) return outcome.answer;
    this.judge = null;
    return unjudged(question, outcome);
  }
}

/** A plain question of the same kind; a detector is loaded for some languages alone. */
function firstOf(question: JudgeQuestion): JudgeQuestion {
  const { reasoning_language, answer_language } = question.sample.row;
  const asked = {
    ...(reasoning_language !== undefined && { reasoning_language }),
    ...(answer_language !== undefined && { answer_language }),
  };
  const text = 'One half is the answer.';
  const sample: Sample = {
    completion: `<think>${text}</think>${text} $\\frac{1}{2}$`,
    reasoning: text,
    answer: `${text} $\\frac{1}{2}$`,
    ids: null,
    finished: true,
    prompt_opens_think: false,
    row: { gold: '\\frac{1}{2}', ...asked },
  };
  return { ...question, sample };
}

/** Not judged in time: an answer that costs more than that is none, anything else has nothing to say. */
function unjudged({ name }: JudgeQuestion, outcome: Exclude<Outcome<Verdict>, { answer: Verdict }>): Verdict {
  const value = name === 'accuracy' || name === 'accuracy_trl' ? 0 : null;
  const why =
    'late' in outcome
      ? `Judging did not end within ${JUDGE_MILLISECONDS / 1000} s and was stopped.`
      : `Judging broke off (${outcome.broke}).`;
  return verdict(value, why, null);
}
