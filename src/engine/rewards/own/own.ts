/** Judges completions by a user's own reward, in a thread that is ended where the interpreter itself does not stop in time. */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { RewardRow, Verdict } from '../../../protocol/rewards.ts';
import { type RewardSettings, type Sample, verdict } from '../reward.ts';
import { type Thread, Watched } from '../thread.ts';
import type { OwnQuestion } from './sandbox.ts';

export interface OwnPlace {
  wasm(): Promise<WebAssembly.Module>;
  thread(): Thread;
}

/** Beyond the time-out, for what the interpreter cannot interrupt. */
const GRACE_MILLISECONDS = 500;

export class OwnReward {
  private wasm: Promise<WebAssembly.Module> | null = null;
  private thread: Promise<Watched<Verdict>> | null = null;
  private checked: string | null = null;

  constructor(private readonly place: OwnPlace) {}

  /** One SettingsError where the source is no function. */
  async check(settings: RewardSettings): Promise<void> {
    const question = questionOf(settings, null);
    if (question.source === this.checked) return;
    const { why } = await this.ask(question);
    if (why !== '') throw new MotherTongueError('SettingsError', `Your own reward cannot be used. ${why}`);
    this.checked = question.source;
  }

  /** `number` counts rows from 1. */
  async judge(sample: Sample, settings: RewardSettings, number: number): Promise<Verdict> {
    const { value, why } = await this.ask(questionOf(settings, sample));
    return verdict(value, value === null ? `Row ${number}: ${why}` : why);
  }

  close(): void {
    this.thread?.then((thread) => thread.end()).catch(() => undefined); // one that never started has nothing to end
    this.thread = null;
  }

  private async ask(question: OwnQuestion): Promise<Verdict> {
    this.thread ??= this.start();
    const outcome = await (await this.thread).ask(question, question.timeout_s * 1000 + GRACE_MILLISECONDS);
    if ('answer' in outcome) return outcome.answer;
    this.thread = null;
    return verdict(
      null,
      'late' in outcome ? `It did not end within ${question.timeout_s} s.` : `It breaks the interpreter (${outcome.broke}).`,
    );
  }

  private async start(): Promise<Watched<Verdict>> {
    this.wasm ??= this.place.wasm();
    const started = new Watched<Verdict>(this.place.thread(), await this.wasm);
    await started.ready;
    return started;
  }
}

function questionOf({ source, timeout_s, memory_mb }: RewardSettings, sample: Sample | null): OwnQuestion {
  return {
    source: source as string,
    completion: sample?.completion ?? null,
    row: sample ? columnsOf(sample.row) : {},
    timeout_s: timeout_s as number,
    memory_mb: memory_mb as number,
  };
}

function columnsOf({ columns, ...named }: RewardRow): OwnQuestion['row'] {
  return columns ?? named;
}
