/**
 * The recipe copsd: self-distillation in Swahili, whose sums the model reads badly, beside GRPO of as many answers to the same problems. Student and teacher are
 * measured by the prompts that the run itself makes of problems it has not seen.
 */
import { basename, join } from 'node:path';
import type { AdapterLayout } from '../../src/engine/adapters/lora.ts';
import { problemRows } from '../../src/engine/batch/problem-rows.ts';
import type { PromptRow } from '../../src/engine/batch/prompt-rows.ts';
import type { TextModel } from '../../src/engine/chat/open-text.ts';
import { openDataset } from '../../src/engine/data/dataset.ts';
import { GREEDY } from '../../src/engine/generate/answer.ts';
import { answerStream } from '../../src/engine/generate/answer-stream.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { readBytes } from '../../src/headless/json-files.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { throwIfCancelled } from '../../src/lib/cancel.ts';
import type { TrainingSettings } from '../../src/protocol/training.ts';
import { boxed } from './questions.ts';
import type { Criterion, Report } from './report.ts';
import { runOn, type Trained } from './runs.ts';

const LANGUAGE = 'sw';
const LONGEST_ANSWER = 100;
/** That the model has seen; beyond them a teacher's prompt would be new to it. */
const POSITIONS = 512 - LONGEST_ANSWER;
/** 25 steps of 16 answers, on attention and experts. The published clip of 0.05 would remove nearly all of what this certain teacher says. */
const SHARED = {
  target_parameters: ['mlp.experts.gate_up_proj', 'mlp.experts.down_proj'],
  lr_scheduler_type: 'constant',
  warmup_steps: 5,
  max_steps: 25,
  per_device_train_batch_size: 16,
  gradient_accumulation_steps: 1,
  max_completion_length: LONGEST_ANSWER,
  router_aux_loss_coef: 0,
};
export const COPSD = {
  ...SHARED,
  method: 'distillation',
  learning_rate: 4e-3,
  target_languages: [LANGUAGE],
  beta: 0,
  temperature: 1.1,
  jsd_token_clip: null,
};
export const BASELINE = { ...SHARED, method: 'grpo', learning_rate: 2e-3, num_generations: 8, reward_funcs: ['accuracy'] };

/** Problems as a run asks them; `labelled` false: as evaluations and GRPO do. */
export async function problems(path: string, settings: TrainingSettings, text: TextModel, labelled = true): Promise<readonly PromptRow[]> {
  const dataset = await openDataset(new Blob([readBytes(path)]), basename(path));
  const more = { ...settings.encoding, ...settings.distillation!, problem_label: labelled, longest: POSITIONS };
  return (await problemRows(dataset, more, text)).rows;
}

/** Per cent right, greedily. */
export async function rightOf(
  session: Session,
  text: TextModel,
  rows: readonly PromptRow[],
  side: 'student' | 'teacher',
  adapter: AdapterLayout | null,
  runner: Runner,
): Promise<number> {
  const prompts = rows.map(({ ids, teacher }, salt) => ({ ids: side === 'teacher' ? teacher! : ids, salt }));
  const max_new_tokens = LONGEST_ANSWER;
  const sizes = { columns: Math.min(64, prompts.length), longest: Math.max(...prompts.map(({ ids }) => ids.length)) + max_new_tokens };
  let right = 0;
  const sampling = { ...GREEDY, max_new_tokens };
  await answerStream({ ...text, session }, prompts, {
    ...{ sizes, sampling, adapter, signal: runner.signal },
    onReply: (i, { content, stop }) => {
      if (stop === 'eos' && boxed(content) === String(rows[i]!.gold)) right++;
    },
  });
  throwIfCancelled(runner.signal, 'The evaluation');
  return Math.round((1000 * right) / rows.length) / 10;
}

/** What self-distillation must show; `others` are reports on the questions of before, in the languages that it must leave as they were. */
export function copsdCriteria(
  { before, teacher, after }: Readonly<Record<'before' | 'teacher' | 'after', number>>,
  others: readonly [was: Report, is: Report],
): Criterion[] {
  const worse = (name: string): number => Math.round(10 * (others[0][name]!.right - others[1][name]!.right)) / 10;
  const languages = Object.keys(others[0]).filter((name) => /^(same|none|mixed) |^all all$/.test(name));
  const most = Math.max(...languages.map(worse));
  return [
    { text: 'student before <= 40 %', value: before, reached: before <= 40 },
    { text: 'teacher >= 95 %', value: teacher, reached: teacher >= 95 },
    { text: 'student after >= 75 %', value: after, reached: after >= 75 },
    { text: 'other languages: answers worse by at most 2 points, in the worst group', value: most, reached: most <= 2 },
  ];
}

export interface Bench {
  readonly session: Session;
  readonly text: TextModel;
  /** Folder of the dataset. */
  readonly data: string;
  readonly runner: Runner;
  /** The recommended settings with others in their place. */
  changed(others: object): TrainingSettings;
  /** The five languages' held-out questions, printed as a table. */
  others(name: string, seed: number | null, run: Trained | null): Promise<Report>;
}

/** Before, after self-distillation and after its baseline, for every seed; figures as lines to print. */
export async function measureCopsd(bench: Bench, seeds: readonly number[]): Promise<{ figures: object[]; found: [Criterion, number][] }> {
  const { session, text, data, runner } = bench;
  const settings = bench.changed(COPSD);
  const held = await problems(join(data, 'copsd-heldout.jsonl'), settings, text);
  const right = (side: 'student' | 'teacher', adapter: AdapterLayout | null) => rightOf(session, text, held, side, adapter, runner);
  const rows = await problems(join(data, 'copsd.jsonl'), settings, text);
  const asked = await problems(join(data, 'copsd.jsonl'), settings, text, false);
  const was = await bench.others('Before', null, null);
  const [before, teacher] = [await right('student', null), await right('teacher', null)];
  runner.print(`Swahili, ${held.length} problems: student ${before} % right, teacher ${teacher} %`);
  const figures: object[] = [{ before, teacher }];
  const found: [Criterion, number][] = [];
  for (const seed of seeds) {
    const run = await runOn(session, text, rows, { ...settings, seed }, runner);
    const after = await right('student', run.layout);
    const is = await bench.others('After self-distillation', seed, run);
    const grpo = await runOn(session, text, asked, { ...bench.changed(BASELINE), seed }, runner);
    const baseline = await right('student', grpo.layout);
    runner.print(
      `Swahili, seed ${seed}: student ${before} % -> ${after} %; GRPO of as many answers: ${baseline} % in ${grpo.seconds.toFixed(1)} s`,
    );
    figures.push({ seed, after, baseline, seconds: run.seconds, baseline_seconds: grpo.seconds, metrics: run.metrics });
    found.push(...copsdCriteria({ before, teacher, after }, [was, is]).map((criterion): [Criterion, number] => [criterion, seed]));
  }
  return { figures, found };
}
