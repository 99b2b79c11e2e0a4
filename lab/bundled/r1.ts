/**
 * The recipe r1: the six stages of src/protocol/stages-r1.ts, each measured on the held-out questions, the last on a smaller model; and, for the first seed, what
 * the end would be if one of them were left out.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runner } from '../../src/headless/runner.ts';
import type { DataPart } from '../../src/protocol/stages.ts';
import { type Measured, spent } from './measure.ts';
import { type Row, withoutThoughts } from './r1-rows.ts';
import { type Made, type Model, type Models, Walk } from './r1-walk.ts';
import { type Criterion, criteriaLines, type Report } from './report.ts';
import type { Trained } from './runs.ts';

export interface R1Bench extends Models {
  /** Folder of the dataset. */
  readonly data: string;
  readonly runner: Runner;
  /** The held-out questions, asked of a model alone or with the adapter that stands on it. */
  ask(model: Model, seed: number, run: Trained | null): Promise<Measured>;
  /** After each seed, with all that is known by then: a run of half an hour may be cut short. */
  keep(result: R1Result): Promise<void>;
}

/** Per cent. */
export interface Figures {
  /** Thoughts in the language asked for, of all questions that ask for one. */
  readonly asked: number;
  readonly right: number;
  /** English thoughts, of questions that ask for none. */
  readonly english: number;
}

export function figuresOf(report: Report): Figures {
  const asking = [report['same all'], report['mixed all']].flatMap((stats) => stats ?? []);
  const n = asking.reduce((sum, stats) => sum + stats.n, 0);
  const asked = asking.reduce((sum, stats) => sum + stats.n * stats.asked, 0) / n;
  return { asked: Math.round(10 * asked) / 10, right: report['all all']!.right, english: report['none all']!.asked };
}

export function r1Criteria(end: Figures, student: Figures, thoughtless: Figures): Criterion[] {
  const atLeast = (text: string, least: number, value: number): Criterion => ({
    text: `${text} >= ${least} %`,
    value,
    reached: value >= least,
  });
  return [
    atLeast('after stage 5: thoughts in the language asked for', 98, end.asked),
    atLeast('after stage 5: answers right', 98, end.right),
    atLeast('after stage 5: English kept where no language is asked for', 95, end.english),
    atLeast('student with traces: thoughts in the language asked for', 95, student.asked),
    atLeast('student with traces: answers right', 93, student.right),
    { text: 'student without thoughts: answers right <= 60 %', value: thoughtless.right, reached: thoughtless.right <= 60 },
  ];
}

export interface R1Result {
  readonly figures: object[];
  readonly found: [Criterion, number][];
}

type See = (name: string, model: Model, run: Trained | null) => Promise<Figures>;

export async function measureR1(bench: R1Bench, seeds: readonly number[]): Promise<void> {
  const lines = readFileSync(join(bench.data, 'train.jsonl'), 'utf8').trim().split('\n');
  const dataset = lines.map((line) => JSON.parse(line) as Row); // our own file
  const figures: object[] = [];
  const found: [Criterion, number][] = [];
  const walks = seeds.map((seed) => new Walk(bench, dataset, seed, bench.runner));
  const seeing =
    ({ seed }: Walk): See =>
    async (name, model, run) => {
      const { report, seconds, replies } = await bench.ask(model, seed, run);
      const of = figuresOf(report);
      figures.push({ seed, name, ...of, report, replies, ...(run && { seconds: run.seconds, metrics: run.metrics }) });
      bench.runner.print(line(name, of, `${run ? `${spent(run)}; ` : ''}asked in ${seconds.toFixed(1)} s`));
      return of;
    };
  for (const walk of walks) {
    const see = seeing(walk);
    bench.runner.print(`\n${`Seed ${walk.seed}`.padEnd(NAME)}  asked  right English`);
    if (walk === walks[0]) await see('  the model before', bench.open, null);
    const criteria = await allStages(walk, bench, see);
    found.push(...criteria.map((one): [Criterion, number] => [one, walk.seed]));
    bench.runner.print(criteriaLines(criteria, walk.seed).join('\n'));
    await bench.keep({ figures, found });
  }
  const [first] = walks;
  if (first) {
    bench.runner.print(`\n${`Seed ${first.seed}, one stage left out`.padEnd(NAME)}  asked  right English`);
    await leftOut(first, bench, seeing(first));
    await bench.keep({ figures, found });
  }
}

const NAME = 42;

function line(name: string, { asked, right, english }: Figures, more: string): string {
  return `${name.padEnd(NAME)}${[asked, right, english].map((one) => one.toFixed(1).padStart(7)).join('')}   ${more}`;
}

async function allStages(walk: Walk, { runner, student }: R1Bench, see: See): Promise<Criterion[]> {
  const after: Figures[] = [];
  for (const [at, { name }] of walk.stages.entries()) {
    const { run, traces } = await walk.stage(at + 1);
    if (run) after[at + 1] = await see(`${at + 1} ${name}`, walk.modelOf(at + 1), run);
    else runner.print(`${`${at + 1} ${name}`.padEnd(NAME)}   ${traces!.says}`);
  }
  const { run } = await walk.varied({}).stage(6, withoutThoughts(walk.rows(6)));
  return r1Criteria(after[5]!, after[6]!, await see('  the student without thoughts', student, run!));
}

/** After stage 5, without one of what led to it. Stage 1 hands nothing on; without stages 4 and 5 the end is that of stage 3. */
async function leftOut(walk: Walk, { open, student, runner }: R1Bench, see: See): Promise<void> {
  const asking: DataPart[] = [{ of: 4, languages: 'with' }];
  const cases: [string, Walk, number[]][] = [
    ['  without the cold start', walk.varied({ 3: { from: 1 } }), [3, 4, 5]],
    ['  without rewards', walk.varied({ 4: { from: 2 } }), [4, 5]],
    ['  without the filter', walk.varied({}).unfilter(4), [5]],
    ['  without general rows', walk.varied({ 5: { data: asking } }), [5]],
  ];
  for (const [name, other, stages] of cases) {
    let made: Made = {};
    for (const stage of stages) {
      made = await other.stage(stage);
      if (made.traces) runner.print(`${`${name}: stage 4`.padEnd(NAME)}   ${made.traces.says}`);
    }
    await see(`${name}: stage 5`, open, made.run!);
  }
  await see('  the student before', student, null);
}
