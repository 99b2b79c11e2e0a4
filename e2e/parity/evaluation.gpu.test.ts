/**
 * An evaluation of the bundled model, base and adapter: interrupted anywhere and gone on with, it has the answers of one that was not; and columns that
 * are filled anew where a row ends take little longer than the same tokens in a batch in which none ends.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { besideBase } from '../../src/engine/adapters/joined.ts';
import { type AdapterLayout, createAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import { openText } from '../../src/engine/chat/open-text.ts';
import { askKey, asksOf, chooseQuestions } from '../../src/engine/evaluate/asks.ts';
import { bundledQuestions } from '../../src/engine/evaluate/bundled-questions.ts';
import { judgeReply } from '../../src/engine/evaluate/judge-reply.ts';
import { promptsOf, runEvaluation, unanswered } from '../../src/engine/evaluate/run.ts';
import { describeTargets, initialAdapter } from '../../src/engine/files/adapter-plan.ts';
import { answer } from '../../src/engine/generate/answer.ts';
import { Generator } from '../../src/engine/generate/generator.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { Random } from '../../src/lib/random.ts';
import type { EvaluationSample, Question } from '../../src/protocol/evaluation.ts';
import type { EvaluationSettings } from '../../src/protocol/evaluation-run.ts';
import type { LoraSettings } from '../../src/protocol/training.ts';

const COLUMNS = [
  { id: 'base', label: 'Base' },
  { id: 'adapter', label: 'Adapter' },
];
const LORA: LoraSettings = {
  r: 8,
  lora_alpha: 16,
  target_modules: 'all-linear',
  target_parameters: null,
  use_rslora: false,
  rank_pattern: {},
  alpha_pattern: {},
};
/** With MT_QUESTIONS=60 as many as the time is claimed of. */
const SETTINGS: EvaluationSettings = {
  columns: ['base', 'adapter'],
  languages: ['de', 'en', 'es', 'fr', 'it'],
  questions: Number(process.env.MT_QUESTIONS ?? 12),
  choice_seed: 1,
  samples: 1,
  reasoning: { kind: 'question' },
  answer_language: false,
  sampling: { temperature: 1, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 160, seed: 3 },
  date: '2026-11-22',
};

let gpu: Gpu;
let session: Session;
let adapter: AdapterLayout;
let questions: readonly Question[];
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  session = await openSession(gpu, nodeDirectory('public/models/mini'));
  const weights = adaptableWeights(session.config);
  const targets = describeTargets(LORA, weights);
  const tensors = initialAdapter(targets, 1);
  const random = new Random(1);
  for (const values of tensors.values()) for (const i of values.keys()) values[i] = values[i]! || 0.01 * random.normal();
  const layout = layoutAdapter(targets);
  createAdapter(session.store, layout, { training: false });
  uploadAdapter(session.store, layout, tensors);
  adapter = besideBase(layout);
  const set = await bundledQuestions(readFileSync('public/datasets/mini/heldout.json', 'utf8'));
  questions = chooseQuestions(set.questions, SETTINGS);
});
afterAll(() => gpu.device.destroy());

async function evaluate(before: readonly EvaluationSample[], after = Number.POSITIVE_INFINITY): Promise<EvaluationSample[]> {
  const samples: EvaluationSample[] = [];
  const control = new AbortController();
  await runEvaluation(
    { session, text: await openText(nodeDirectory('public/models/mini')) },
    {
      settings: SETTINGS,
      asks: unanswered(asksOf(COLUMNS, questions, SETTINGS.samples), before),
      columns: 16,
      signal: control.signal,
      adapter,
      adapterOf: ({ id }) => (id === 'adapter' ? 0 : undefined),
      judge: judgeReply,
      onSample: async (sample) => {
        samples.push(sample);
        if (samples.length === after) control.abort();
      },
    },
  );
  return [...before, ...samples];
}

/** Without time. */
const byKey = (samples: readonly EvaluationSample[]) =>
  new Map(samples.map(({ seconds: _, ...sample }) => [askKey(sample), JSON.stringify(sample)]));

it('interrupted and gone on with, it has the same answers', async () => {
  const whole = await evaluate([]);
  expect(whole).toHaveLength(2 * questions.length);
  let resumed: EvaluationSample[] = [];
  for (const after of [1, 23, 40, 1e9]) resumed = await evaluate(resumed, after);
  expect(resumed).toHaveLength(whole.length);
  expect(byKey(resumed)).toEqual(byKey(whole));
});

/** A time beside others' work says little: `npm run check:scale -- evaluation`. */
if (process.env.MT_QUESTIONS)
  it('takes at most 1.3 times what the same prompts and answers take as full batches in which no row ends', async () => {
    await evaluate([], 1); // kernels are compiled
    const { seconds, cpu, result: whole } = await timed(() => evaluate([]));
    const tokens = whole.reduce((n, one) => n + one.tokens, 0);
    const plain = await inOneBatch(whole.length, tokens);
    const times = seconds / plain.seconds;
    console.info(
      `${whole.length} answers, ${tokens} tokens in ${seconds.toFixed(1)} s; as full batches ${plain.seconds.toFixed(1)} s: ${times.toFixed(3)} times; ` +
        `CPU ${cpu.toFixed(1)} and ${plain.cpu.toFixed(1)} s: ${(cpu / plain.cpu).toFixed(3)} times`,
    );
    expect(times).toBeLessThan(1.3);
  });

interface Spent {
  readonly seconds: number;
  /** Of all threads: on a software adapter the work itself, whatever else the machine does. */
  readonly cpu: number;
}

async function timed<T>(work: () => Promise<T>): Promise<Spent & { readonly result: T }> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - started) / 1000, cpu: (user + system) / 1e6, result };
}

/** What so many prompts and tokens take as a batch of 16 columns, half of them with the adapter, in which no row ends: the best of three. */
async function inOneBatch(answers: number, tokens: number): Promise<Spent> {
  const text = await openText(nodeDirectory('public/models/mini'));
  const all = [...(await promptsOf(text, questions, SETTINGS)).values()];
  const prompts = Array.from({ length: 16 }, (_, row) => ({
    ...{ ids: all[Math.floor((row * all.length) / 16)]!, salt: row },
    ...(row % 2 === 1 && { adapter: 0 }),
  }));
  const generator = new Generator(session);
  const time = async (max_new_tokens: number): Promise<Spent> => {
    const options = { adapter, sampling: { ...SETTINGS.sampling, max_new_tokens }, ignore_eos: true };
    await answer({ ...text, session, generator }, prompts, options); // kernels are compiled
    const found: Spent[] = [];
    for (let i = 0; i < 3; i++) found.push(await timed(() => answer({ ...text, session, generator }, prompts, options)));
    return { seconds: Math.min(...found.map(({ seconds }) => seconds)), cpu: Math.min(...found.map(({ cpu }) => cpu)) };
  };
  const most = SETTINGS.sampling.max_new_tokens;
  const [reading, both] = [await time(1), await time(most)];
  generator.free();
  const whole = (of: keyof Spent): number => (reading[of] / 16) * answers + ((both[of] - reading[of]) / (16 * (most - 1))) * tokens;
  return { seconds: whole('seconds'), cpu: whole('cpu') };
}
