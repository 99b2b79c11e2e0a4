/**
 * `eval-bundled` (npm run eval:bundled): the bundled model on its held-out questions, before and after the run that its settings.json recommends, once
 * for every seed. Prints a table and whether each figure that we hold it to is reached; --out keeps everything, the replies included.
 * --recipe grpo measures a cold start (that run's first 14 steps) and GRPO after it instead, and says where the time went; --recipe copsd self-distillation in
 * Swahili beside GRPO of as many answers; --recipe r1 the six stages, the last on the smaller model, and what the end would be without each.
 */
import { join } from 'node:path';
import { openText } from '../../src/engine/chat/open-text.ts';
import { choiceOf, dateOf, numberOf, parseArguments } from '../../src/headless/arguments.ts';
import { bundledFolder } from '../../src/headless/bundled.ts';
import { writeJson } from '../../src/headless/json-files.ts';
import { freeModel, openModel } from '../../src/headless/model-folder.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { whole } from '../../src/protocol/rules.ts';
import { samplingRules } from '../../src/protocol/sampling.ts';
import { type Bench, measureCopsd } from './copsd.ts';
import { type Examination, type Measured, measure, measured } from './measure.ts';
import { firstOfEach, readHeldOut, wordOwners } from './questions.ts';
import { measureR1, type R1Result } from './r1.ts';
import type { Model } from './r1-walk.ts';
import { recommended } from './recommended.ts';
import { criteria, criteriaLines, grpoCriteria } from './report.ts';
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

export async function evalBundled(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('eval-bundled', argv, spec);
  const folder = args.model ?? bundledFolder('models/mini');
  const data = args.dataset ?? bundledFolder('datasets/mini');
  const date = dateOf('--date', args.date);
  const { settings, changed } = recommended(folder, date);
  const seeds = args.before
    ? []
    : (args.seeds ?? String(settings.seed)).split(',').map((text) => numberOf('seeds', text, 0, whole(0, 2 ** 32 - 1)));
  const held = readHeldOut(data);
  const questions = firstOfEach(held.questions, numberOf('limit', args.limit, held.questions.length, whole(1, 2 ** 31)));
  const batch = numberOf('batch', args.batch, 64, whole(1, 2 ** 31));
  const max_new_tokens = numberOf('max-new-tokens', args['max-new-tokens'], 128, samplingRules.max_new_tokens);
  const recipe = choiceOf('recipe', args.recipe ?? 'sft', ['sft', 'grpo', 'copsd', 'r1']);
  const text = await openText(nodeDirectory(folder));
  const session = await openModel(runner, folder);
  const examination: Examination = { questions, owners: wordOwners(held), date, batch, max_new_tokens, runner };
  /** Without a run: the model as it is. */
  const asked = (name: string, seed: number | null, run: Trained | null): Promise<Measured> =>
    measured({ session, text }, examination, { name, seed }, run);
  const write = async (found: object): Promise<void> => {
    if (args.out === undefined) return;
    const { vendor, architecture, device, description } = (await runner.gpu()).info;
    writeJson(args.out, { date, questions: questions.length, adapter: { vendor, architecture, device, description }, settings, ...found });
  };
  try {
    if (recipe === 'copsd') {
      const others: Bench['others'] = async (...of) => (await asked(...of)).report;
      const { figures, found } = await measureCopsd({ session, text, data, runner, changed, others }, seeds);
      runner.print(`\n${found.flatMap(([criterion, seed]) => criteriaLines([criterion], seed)).join('\n')}`);
      await write({ copsd: figures });
      return;
    }
    if (recipe === 'r1') {
      await evalR1({ session, text, changed }, examination, data, seeds, (r1) => write({ r1 }));
      return;
    }
    // What a cold start and GRPO must show says nothing of the model before them.
    const before = recipe === 'sft' || args.before ? await asked('Before', null, null) : null;
    const after: Measured[] = [];
    const file = join(data, 'train.jsonl');
    const lines: string[] = [];
    for (const seed of seeds) {
      if (before) {
        after.push(await asked('After', seed, await runOn(session, text, file, { ...settings, seed }, runner)));
        lines.push(...criteriaLines(criteria(before.report, after.at(-1)!.report), seed));
        continue;
      }
      const cold = await runOn(session, text, file, { ...changed(COLD_START), seed }, runner);
      after.push(await asked('After the cold start', seed, cold));
      after.push(await asked('After GRPO', seed, await runOn(session, text, file, { ...changed(GRPO), seed }, runner, cold.tensors)));
      lines.push(...criteriaLines(grpoCriteria(after.at(-2)!.report, after.at(-1)!.report), seed));
    }
    if (before && seeds.length === 0) lines.push(...criteriaLines(criteria(before.report, null), null));
    runner.print(`\n${lines.join('\n')}`);
    await write({ before, after });
  } finally {
    freeModel(session);
  }
}

/** With the smaller model that lies beside the bundled one. */
async function evalR1(
  open: Model,
  examination: Examination,
  data: string,
  seeds: readonly number[],
  keep: (result: R1Result) => Promise<void>,
): Promise<void> {
  const { runner, date } = examination;
  const folder = bundledFolder('models/mini-student');
  const session = await openModel(runner, folder);
  try {
    const student = { session, text: await openText(nodeDirectory(folder)), changed: recommended(folder, date).changed };
    await measureR1({ open, student, data, runner, keep, ask: (model, seed, run) => measure(model, examination, seed, run) }, seeds);
  } finally {
    freeModel(session);
  }
}
