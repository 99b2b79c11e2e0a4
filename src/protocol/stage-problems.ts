/** What is wrong with a plan of stages, of a file or of the page: clauses that name the stage. A plan without problems can be run on some model and data. */
import { isRecord, number, oneOf, type Rule, show, text, whole } from './rules.ts';
import type { SettingLimits } from './setting-row.ts';
import { settingProblems } from './setting-values.ts';
import { type DataPart, STAGE_KINDS, type Stage, type StagePlan } from './stages.ts';
import { traceProblems } from './trace-settings.ts';

const MOST_STAGES = 20;
const ROWS_RULE = whole(1, 1_000_000);
const NAME = text(120);
const WHAT = text(600);
const KIND = oneOf(...STAGE_KINDS);
const LANGUAGES = oneOf('with', 'without');
const CHOICE_SEED = number({ from: 0, to: 2 ** 32 - 1 });

/** `limits`: of the model that is open; stages on other models are judged without. */
export function planProblems(given: unknown, limits: SettingLimits = {}): string[] {
  if (!isRecord(given)) return [`the plan must be an object with name and stages and is ${show(given)}`];
  const { stages } = given;
  const problems = [...NAME.problems('name', given.name), ...CHOICE_SEED.problems('choice_seed', given.choice_seed)];
  if (!Array.isArray(stages) || stages.length === 0) return [...problems, 'the plan has no stages; give it at least one'];
  if (stages.length > MOST_STAGES) return [...problems, `the plan has ${stages.length} stages and can have ${MOST_STAGES}`];
  for (const [at, stage] of stages.entries()) {
    const own = stageProblems(stage, at + 1, stages, limits);
    problems.push(...own.map((problem) => `stage ${at + 1}: ${problem}`));
  }
  return problems;
}

function stageProblems(given: unknown, number: number, stages: readonly unknown[], limits: SettingLimits): string[] {
  if (!isRecord(given)) return [`it must be an object and is ${show(given)}`];
  const kind = KIND.problems('kind', given.kind);
  const problems = [...NAME.problems('name', given.name), ...WHAT.problems('what', given.what), ...kind, ...modelProblems(given.model)];
  if (kind.length > 0) return problems;
  problems.push(...fromProblems(given, number, stages), ...dataProblems(given.data, number, stages), ...teacherProblems(given));
  if (given.kind === 'traces') problems.push(...traceProblems(given.settings).map(({ problem }) => problem));
  else problems.push(...runProblems(given, limits));
  return problems;
}

function runProblems({ settings, kind, model }: Record<string, unknown>, limits: SettingLimits): string[] {
  const problems = settingProblems(settings, model === 'open' ? limits : {}).map(({ problem }) => problem);
  const method = isRecord(settings) ? (settings.method ?? 'sft') : kind;
  if (method !== kind) problems.push(`its kind is ${show(kind)} and the method of its settings is ${show(method)}; make them the same`);
  return problems;
}

function modelProblems(model: unknown): string[] {
  if (model === 'open') return [];
  if (
    isRecord(model) &&
    model.kind === 'bundled' &&
    (model.model === undefined || model.model === 'mini' || model.model === 'mini-student')
  )
    return [];
  if (isRecord(model) && model.kind === 'hub' && ['repository', 'revision', 'endpoint'].every((key) => typeof model[key] === 'string'))
    return [];
  return [`model is ${show(model)} and must be "open", a bundled model, or a repository of the Hub with revision and endpoint`];
}

/** An earlier stage by its number, or why it cannot be referred to. */
function earlier(value: unknown, number: number, stages: readonly unknown[]): Record<string, unknown> | string {
  const found = Number.isInteger(value) && (value as number) >= 1 ? stages[(value as number) - 1] : undefined;
  if (!isRecord(found)) return `stage ${show(value)}, and there is none`;
  return (value as number) < number ? found : `stage ${show(value)}, which does not come before it`;
}

function fromProblems({ from, model }: Record<string, unknown>, number: number, stages: readonly unknown[]): string[] {
  if (from === 'base') return [];
  const stage = earlier(from, number, stages);
  if (typeof stage === 'string') return [`it goes on from ${stage}; choose "base" or an earlier run`];
  if (stage.kind === 'traces') return [`it goes on from stage ${show(from)}, which makes traces and no adapter`];
  if (JSON.stringify(stage.model) !== JSON.stringify(model))
    return [`it goes on from stage ${show(from)}, whose adapter belongs to another model`];
  return [];
}

function dataProblems(data: unknown, number: number, stages: readonly unknown[]): string[] {
  if (!Array.isArray(data) || data.length === 0) return ['it has no data; give it a part of the dataset or kept traces'];
  return data.flatMap((part: unknown) => (isRecord(part) ? partProblems(part, number, stages) : [`a part of its data is ${show(part)}`]));
}

/** Of what a teacher alone could see, kept traces have the right answer, and rows of the dataset beside them no more. */
function teacherProblems({ kind, data, settings }: Record<string, unknown>): string[] {
  const traced = Array.isArray(data) && data.some((part: unknown) => isRecord(part) && part.of !== 'dataset');
  const given = isRecord(settings) ? settings.distillation : undefined;
  if (!traced || (kind !== 'distillation' && given === undefined)) return [];
  if (isRecord(given) && given.privileged_context === 'gold') return [];
  return [
    'its data are kept traces, of which a teacher alone could see the right answer; set privileged_context to "gold", or give it rows of the dataset',
  ];
}

function partProblems(part: Record<string, unknown>, number: number, stages: readonly unknown[]): string[] {
  const optional = (name: string, rule: Rule): string[] => (part[name] === undefined ? [] : rule.problems(name, part[name]));
  const problems = [...optional('rows', ROWS_RULE), ...optional('languages', LANGUAGES)];
  if (part.of !== 'dataset') {
    const stage = earlier(part.of, number, stages);
    if (typeof stage === 'string') problems.push(`its data are the traces of ${stage}`);
    else if (stage.kind !== 'traces')
      problems.push(`its data are the traces of stage ${show(part.of)}, which makes an adapter and no traces`);
    if (part.but !== undefined) problems.push('"but" is for parts of the dataset, not for traces');
  } else if (part.but !== undefined) {
    const stage = earlier(part.but, number, stages);
    if (typeof stage === 'string') problems.push(`its data leave out the rows of ${stage}`);
  }
  return problems;
}

/** Numbers of the stages that a stage needs: whose adapter, traces or choice of rows. */
function needsOf({ from, data }: Pick<Stage, 'from' | 'data'>): number[] {
  const parts = data.flatMap(({ of, but }) => [...(of === 'dataset' ? [] : [of]), ...(but === undefined ? [] : [but])]);
  return [...new Set([...(from === 'base' ? [] : [from]), ...parts])].sort((a, b) => a - b);
}

/** The plan without a stage, numbers moved up; null where another stage needs it. */
export function withoutStage(plan: StagePlan, number: number): StagePlan | null {
  const others = plan.stages.filter((_, at) => at + 1 !== number);
  if (others.length === 0 || others.some((stage) => needsOf(stage).includes(number))) return null;
  const moved = (of: number): number => (of > number ? of - 1 : of);
  const part = ({ of, but, ...rest }: DataPart): DataPart => ({
    of: of === 'dataset' ? of : moved(of),
    ...rest,
    ...(but !== undefined && { but: moved(but) }),
  });
  const stages = others.map((stage) => ({
    ...stage,
    from: stage.from === 'base' ? stage.from : moved(stage.from),
    data: stage.data.map(part),
  }));
  return { ...plan, stages };
}
