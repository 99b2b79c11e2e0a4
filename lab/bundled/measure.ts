/** A model and the adapter that stands on it, asked the held-out questions: a table, and every reply for --out. */
import type { AdapterLayout } from '../../src/engine/adapters/lora.ts';
import type { TextModel } from '../../src/engine/chat/open-text.ts';
import { GREEDY } from '../../src/engine/generate/answer.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { type Asked, askAll } from '../../src/headless/evaluation/ask.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { languageName } from '../../src/lib/language/index.ts';
import { judge, type Question } from './questions.ts';
import { type Judged, type Report, report, table } from './report.ts';
import type { Trained } from './runs.ts';

/** Ids after which rows that have ended leave the batch. */
const BLOCK = 16;

export interface Measured {
  readonly seed: number | null;
  readonly report: Report;
  /** That asking and judging took. */
  readonly seconds: number;
  readonly replies: readonly object[];
  readonly training?: Pick<Trained, 'metrics' | 'seconds'>;
}

export interface Examination {
  readonly questions: readonly Question[];
  readonly owners: ReadonlyMap<string, string>;
  readonly date: string;
  readonly batch: number;
  readonly max_new_tokens: number;
  readonly runner: Runner;
}

/** `run` null: the model as it is. */
export async function measure(
  { session, text }: { session: Session; text: TextModel },
  { questions, owners, date, batch, max_new_tokens, runner }: Examination,
  seed: number | null,
  run: Pick<Trained, 'layout' | 'metrics' | 'seconds'> | null,
): Promise<Measured> {
  const started = performance.now();
  const adapter: AdapterLayout | null = run?.layout ?? null;
  const sampling = { ...GREEDY, max_new_tokens };
  const replies = await askAll(session, text, questions.map(askedOf), { sampling, adapter, date, batch, block: BLOCK }, runner);
  const judged = await Promise.all(
    questions.map(async (question, i): Promise<Judged> => ({ question, verdict: await judge(question, replies[i]!, owners) })),
  );
  const all = judged.map(({ question: { user }, verdict }, i) => ({
    user,
    ...verdict,
    thinking: replies[i]!.thinking,
    content: replies[i]!.content,
  }));
  const seconds = (performance.now() - started) / 1000;
  const training = run && { metrics: run.metrics, seconds: run.seconds };
  return { seed, report: report(judged), seconds, replies: all, ...(training && { training }) };
}

/** Measured, and printed as a table. */
export async function measured(
  model: { session: Session; text: TextModel },
  examination: Examination,
  { name, seed }: { name: string; seed: number | null },
  run: Trained | null,
): Promise<Measured> {
  const found = await measure(model, examination, seed, run);
  const asked = `${examination.questions.length} questions in ${found.seconds.toFixed(1)} s`;
  const title = run ? `\n${name}, seed ${seed}: ${spent(run)}; ${asked}` : `${name}, ${asked}, ${examination.date}`;
  examination.runner.print(table(title, found.report));
  return found;
}

function askedOf({ user, reasoning_language }: Question): Asked {
  const language = reasoning_language === null ? null : languageName(reasoning_language);
  return { messages: [{ role: 'user', content: user }], reasoning_language: language };
}

/** What a run took, in a line. */
export function spent({ metrics, seconds }: Pick<Trained, 'metrics' | 'seconds'>): string {
  const [first, last] = [metrics[0]!, metrics.at(-1)!];
  const answering = metrics.reduce((n, { generation_time = 0 }) => n + generation_time, 0);
  const tokens = metrics.reduce((n, { generated_tokens = 0 }) => n + generated_tokens, 0);
  const drawn = `${answering.toFixed(1)} for ${tokens} tokens of answers (${Math.round(tokens / answering)} tokens/s)`;
  const took = `${metrics.length} steps in ${seconds.toFixed(1)} s${tokens > 0 ? `, of them ${drawn}` : ''}`;
  if (first.reward === undefined) return `${took}, loss ${first.loss.toFixed(3)} to ${last.loss.toFixed(3)}`;
  return `${took}, reward ${first.reward.toFixed(3)} to ${last.reward!.toFixed(3)}`;
}
