/**
 * `eval-bundled` (npm run eval:bundled): the bundled model on its held-out questions, before and after the run that its settings.json recommends, once
 * for every seed. Prints a table and whether each figure that we hold it to is reached; --out keeps everything, the replies included.
 */
import { join } from 'node:path';
import { type AdapterLayout, freeAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import { openText, type TextModel } from '../../src/engine/chat/open-text.ts';
import { initialAdapter, planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { GREEDY } from '../../src/engine/generate/answer.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { dateOf, numberOf, parseArguments } from '../../src/headless/arguments.ts';
import { bundledFolder } from '../../src/headless/bundled.ts';
import { type Asked, askAll } from '../../src/headless/evaluation/ask.ts';
import { isObject, readJson, writeJson } from '../../src/headless/json-files.ts';
import { freeModel, limitsOf, openModel } from '../../src/headless/model-folder.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { readSettings } from '../../src/headless/read-settings.ts';
import { readRows } from '../../src/headless/run-config.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { throwIfCancelled } from '../../src/lib/cancel.ts';
import { MotherTongueError } from '../../src/lib/errors.ts';
import { languageName } from '../../src/lib/language/index.ts';
import { whole } from '../../src/protocol/rules.ts';
import { samplingRules } from '../../src/protocol/sampling.ts';
import type { TrainingSettings } from '../../src/protocol/training.ts';
import { firstOfEach, judge, type Question, readHeldOut, wordOwners } from './questions.ts';
import { criteria, type Judged, type Report, report, table } from './report.ts';

export const spec = {
  model: 'optional',
  dataset: 'optional',
  seeds: 'optional',
  date: 'optional',
  limit: 'optional',
  batch: 'optional',
  'max-new-tokens': 'optional',
  before: 'flag',
  out: 'optional',
} as const;

interface Measured {
  readonly seed: number | null;
  readonly report: Report;
  readonly replies: readonly object[];
  readonly training?: { readonly steps: number; readonly seconds: number; readonly first_loss: number; readonly last_loss: number };
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
  const batch = numberOf('batch', args.batch, 32, whole(1, 2 ** 31));
  const max_new_tokens = numberOf('max-new-tokens', args['max-new-tokens'], 128, samplingRules.max_new_tokens);
  const text = await openText(nodeDirectory(folder));

  const session = await openModel(runner, folder);
  const owners = wordOwners(held);
  const measure = async (seed: number | null, adapter: AdapterLayout | null, training?: Measured['training']): Promise<Measured> => {
    const replies = await askAll(
      session,
      text,
      questions.map(askedOf),
      { sampling: { ...GREEDY, max_new_tokens }, adapter, date, batch },
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
    return { seed, report: report(judged), replies: all, ...(training && { training }) };
  };
  try {
    const before = await measure(null, null);
    runner.print(table(`Before, ${questions.length} questions, ${date}`, before.report));
    const after: Measured[] = [];
    for (const seed of seeds) {
      const { layout, ...training } = await defaultRun(session, text, join(data, 'train.jsonl'), { ...settings, seed }, runner);
      const measured = await measure(seed, layout, training);
      after.push(measured);
      runner.print(
        table(
          `\nAfter, seed ${seed}: ${training.steps} steps in ${training.seconds.toFixed(1)} s, loss ${training.first_loss.toFixed(3)} to ${training.last_loss.toFixed(3)}`,
          measured.report,
        ),
      );
    }
    const reached = after.length > 0 ? after.flatMap((a) => criteriaLines(before.report, a)) : criteriaLines(before.report, null);
    runner.print(`\n${reached.join('\n')}`);
    const { vendor, architecture, device, description } = (await runner.gpu()).info;
    if (args.out !== undefined)
      writeJson(args.out, {
        date,
        questions: questions.length,
        adapter: { vendor, architecture, device, description },
        settings,
        before,
        after,
      });
  } finally {
    freeModel(session);
  }
}

function askedOf({ user, reasoning_language }: Question): Asked {
  const language = reasoning_language === null ? null : languageName(reasoning_language);
  return { messages: [{ role: 'user', content: user }], reasoning_language: language };
}

function criteriaLines(before: Report, after: Measured | null): string[] {
  const seed = after ? `seed ${after.seed}: ` : '';
  return criteria(before, after?.report ?? null).map(
    ({ text, value, reached }) => `${reached ? 'reached' : 'MISSED '} ${seed}${text}: ${value}`,
  );
}

/** The run that the model's settings.json recommends; its adapter stays in the store. */
async function defaultRun(session: Session, text: TextModel, file: string, settings: TrainingSettings, runner: Runner) {
  const { rows } = await readRows({ kind: 'file', path: file }, settings.encoding, limitsOf(session.config), async () => text);
  const targets = planAdapter(settings.lora, adaptableWeights(session.config));
  const layout = layoutAdapter(targets);
  freeAdapter(session.store);
  const started = performance.now();
  const run = await TrainingRun.create(session, prepareRun(session, { settings, rows, validation: [], layout }));
  uploadAdapter(session.store, layout, initialAdapter(targets, settings.seed));
  const losses: number[] = [];
  await run.train({
    onStep: ({ step, loss }) => {
      losses.push(loss);
      runner.note(`seed ${settings.seed}: step ${step} of ${run.totalSteps}, loss ${loss.toFixed(3)}`);
    },
    onEval: () => {},
    between: async () => !runner.signal.aborted,
  });
  throwIfCancelled(runner.signal, 'The evaluation');
  run.free();
  return { layout, steps: losses.length, seconds: (performance.now() - started) / 1000, first_loss: losses[0]!, last_loss: losses.at(-1)! };
}
