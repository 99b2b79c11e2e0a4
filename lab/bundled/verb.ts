/**
 * `eval-bundled` (npm run eval:bundled): the bundled model on its held-out questions, before and after the run that its settings.json recommends, once
 * for every seed. Prints a table and whether each figure that we hold it to is reached; --out keeps everything, the replies included.
 * --recipe grpo measures a cold start (that run's first 14 steps) and GRPO after it instead, and says where the time went; --recipe copsd self-distillation in
 * Swahili beside GRPO of as many answers.
 */
import { join } from 'node:path';
import type { AdapterLayout } from '../../src/engine/adapters/lora.ts';
import { openText } from '../../src/engine/chat/open-text.ts';
import { GREEDY } from '../../src/engine/generate/answer.ts';
import { choiceOf, dateOf, numberOf, parseArguments } from '../../src/headless/arguments.ts';
import { bundledFolder } from '../../src/headless/bundled.ts';
import { type Asked, askAll } from '../../src/headless/evaluation/ask.ts';
import { isObject, readJson, writeJson } from '../../src/headless/json-files.ts';
import { freeModel, openModel } from '../../src/headless/model-folder.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { readSettings } from '../../src/headless/read-settings.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { MotherTongueError } from '../../src/lib/errors.ts';
import { languageName } from '../../src/lib/language/index.ts';
import { whole } from '../../src/protocol/rules.ts';
import { samplingRules } from '../../src/protocol/sampling.ts';
import type { TrainingSettings } from '../../src/protocol/training.ts';
import { type Bench, measureCopsd } from './copsd.ts';
import { firstOfEach, judge, type Question, readHeldOut, wordOwners } from './questions.ts';
import { type Criterion, criteria, grpoCriteria, type Judged, type Report, report, table } from './report.ts';
import { COLD_START, GRPO, runOn, type Trained } from './runs.ts';

export const spec = {
  model: 'optional',
  dataset: 'optional',
  seeds: 'optional',
  date: 'optional',
  limit: 'optional',
  batch: 'optional',
  'max-new-tokens': 'optional',
  before: 'flag',
  recipe: 'optional',
  out: 'optional',
} as const;

/** Ids after which rows that have ended leave the batch. */
const BLOCK = 16;

interface Measured {
  readonly seed: number | null;
  readonly report: Report;
  /** That asking and judging took. */
  readonly seconds: number;
  readonly replies: readonly object[];
  readonly training?: Pick<Trained, 'metrics' | 'seconds'>;
}

export async function evalBundled(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('eval-bundled', argv, spec);
  const folder = args.model ?? bundledFolder('models/mini');
  const data = args.dataset ?? bundledFolder('datasets/mini');
  const date = dateOf('--date', args.date);
  const own = readJson(join(folder, 'settings.json'));
  if (!isObject(own) || !isObject(own.settings))
    throw new MotherTongueError('FileError', `${folder}/settings.json has no "settings", the run to measure.`);
  const { settings } = readSettings({ inject_reasoning_language: true, ...own.settings, date }, `${folder}/settings.json`, date);
  const seeds = args.before
    ? []
    : (args.seeds ?? String(settings.seed)).split(',').map((text) => numberOf('seeds', text, 0, whole(0, 2 ** 32 - 1)));
  const held = readHeldOut(data);
  const questions = firstOfEach(held.questions, numberOf('limit', args.limit, held.questions.length, whole(1, 2 ** 31)));
  const batch = numberOf('batch', args.batch, 64, whole(1, 2 ** 31));
  const max_new_tokens = numberOf('max-new-tokens', args['max-new-tokens'], 128, samplingRules.max_new_tokens);
  const recipe = choiceOf('recipe', args.recipe ?? 'sft', ['sft', 'grpo', 'copsd']);
  const text = await openText(nodeDirectory(folder));
  /** The recommended settings with others in their place, under their own names. */
  const changed = (others: object): TrainingSettings => {
    const { lr_scheduler_kwargs: _, num_train_epochs: __, assistant_only_loss, ...named } = own.settings as Record<string, unknown>;
    const kept = 'method' in others ? named : { ...(own.settings as object), assistant_only_loss };
    return readSettings({ inject_reasoning_language: true, ...kept, ...others, date }, `${folder}/settings.json`, date).settings;
  };

  const session = await openModel(runner, folder);
  const owners = wordOwners(held);
  const measure = async (seed: number | null, adapter: AdapterLayout | null, training?: Measured['training']): Promise<Measured> => {
    const started = performance.now();
    const replies = await askAll(
      session,
      text,
      questions.map(askedOf),
      { sampling: { ...GREEDY, max_new_tokens }, adapter, date, batch, block: BLOCK },
      runner,
    );
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
    return { seed, report: report(judged), seconds, replies: all, ...(training && { training }) };
  };
  /** Without a run: the model as it is. */
  const measured = async (name: string, seed: number | null, run: Trained | null): Promise<Measured> => {
    const found = await measure(seed, run?.layout ?? null, run ? { metrics: run.metrics, seconds: run.seconds } : undefined);
    const asked = `${questions.length} questions in ${found.seconds.toFixed(1)} s`;
    runner.print(table(run ? `\n${name}, seed ${seed}: ${spent(run)}; ${asked}` : `${name}, ${asked}, ${date}`, found.report));
    return found;
  };
  const write = async (found: object): Promise<void> => {
    if (args.out === undefined) return;
    const { vendor, architecture, device, description } = (await runner.gpu()).info;
    writeJson(args.out, { date, questions: questions.length, adapter: { vendor, architecture, device, description }, settings, ...found });
  };
  try {
    if (recipe === 'copsd') {
      const others: Bench['others'] = async (...of) => (await measured(...of)).report;
      const { figures, found } = await measureCopsd({ session, text, data, runner, changed, others }, seeds);
      runner.print(`\n${found.flatMap(([criterion, seed]) => criteriaLines([criterion], seed)).join('\n')}`);
      await write({ copsd: figures });
      return;
    }
    // What a cold start and GRPO must show says nothing of the model before them.
    const before = recipe === 'sft' || args.before ? await measured('Before', null, null) : null;
    const after: Measured[] = [];
    const file = join(data, 'train.jsonl');
    const lines: string[] = [];
    for (const seed of seeds) {
      if (before) {
        after.push(await measured('After', seed, await runOn(session, text, file, { ...settings, seed }, runner)));
        lines.push(...criteriaLines(criteria(before.report, after.at(-1)!.report), seed));
        continue;
      }
      const cold = await runOn(session, text, file, { ...changed(COLD_START), seed }, runner);
      after.push(await measured('After the cold start', seed, cold));
      after.push(await measured('After GRPO', seed, await runOn(session, text, file, { ...changed(GRPO), seed }, runner, cold.tensors)));
      lines.push(...criteriaLines(grpoCriteria(after.at(-2)!.report, after.at(-1)!.report), seed));
    }
    if (before && seeds.length === 0) lines.push(...criteriaLines(criteria(before.report, null), null));
    runner.print(`\n${lines.join('\n')}`);
    await write({ before, after });
  } finally {
    freeModel(session);
  }
}

function askedOf({ user, reasoning_language }: Question): Asked {
  const language = reasoning_language === null ? null : languageName(reasoning_language);
  return { messages: [{ role: 'user', content: user }], reasoning_language: language };
}

function spent({ metrics, seconds }: Trained): string {
  const [first, last] = [metrics[0]!, metrics.at(-1)!];
  const answering = metrics.reduce((n, { generation_time = 0 }) => n + generation_time, 0);
  const tokens = metrics.reduce((n, { generated_tokens = 0 }) => n + generated_tokens, 0);
  const drawn = `${answering.toFixed(1)} for ${tokens} tokens of answers (${Math.round(tokens / answering)} tokens/s)`;
  const took = `${metrics.length} steps in ${seconds.toFixed(1)} s${tokens > 0 ? `, of them ${drawn}` : ''}`;
  if (first.reward === undefined) return `${took}, loss ${first.loss.toFixed(3)} to ${last.loss.toFixed(3)}`;
  return `${took}, reward ${first.reward.toFixed(3)} to ${last.reward!.toFixed(3)}`;
}

function criteriaLines(found: readonly Criterion[], of: number | null): string[] {
  const seed = of === null ? '' : `seed ${of}: `;
  return found.map(({ text, value, reached }) => `${reached ? 'reached' : 'MISSED '} ${seed}${text}: ${value}`);
}
