/** A plan of stages in words: what a stage goes on from and learns from, what it came to, the folder it is exported as, and the folder's README. */
import { formatInteger, formatLoss, formatPercent, formatPlural } from '../lib/format.ts';
import { BUNDLED_MODELS } from './model.ts';
import type { DataPart, PlanRecord, Stage, StageFigures, StageKind, StageModel, StagePlan } from './stages.ts';

export const KIND_WORDS: Readonly<Record<StageKind, string>> = {
  grpo: 'learns from rewards (GRPO)',
  sft: 'learns from rows (SFT)',
  distillation: 'learns from itself (distillation)',
  traces: 'rejection sampling',
};

/** "on the adapter of stage 2", "on the model alone". */
export function fromWords({ from, model, kind }: Stage): string {
  const who = kind === 'traces' ? 'by' : 'on';
  const base = model === 'open' ? 'the model alone' : modelName(model);
  return from === 'base' ? `${who} ${base}` : `${who} the adapter of stage ${from}`;
}

function modelName(model: Exclude<StageModel, 'open'>): string {
  return model.kind === 'bundled' ? BUNDLED_MODELS[model.model ?? 'mini'].name : model.repository;
}

/** "54 rows of the dataset that ask for no language (none of stage 2’s)". */
export function dataWords(data: readonly DataPart[]): string {
  return data.map(partWords).join('; ');
}

function partWords({ of, rows, languages, but }: DataPart): string {
  const what = of === 'dataset' ? 'of the dataset' : `that stage ${of} kept`;
  const count =
    rows === undefined ? (of === 'dataset' ? 'all rows' : 'the traces') : formatPlural(rows, of === 'dataset' ? 'row' : 'trace');
  const which = languages === undefined ? '' : languages === 'with' ? ' that ask for a language' : ' that ask for no language';
  return `${count} ${what}${which}${but === undefined ? '' : ` (none of stage ${but}’s)`}`;
}

/** "loss 2.31 to 0.41", "reward 0.80 to 1.95", "kept 480 of 536". */
export function figureWords({ loss, reward, kept, made, steps, rows }: StageFigures): string[] {
  const two = (name: string, [first, last]: [number, number]): string => `${name} ${formatLoss(first)} to ${formatLoss(last)}`;
  return [
    ...(reward ? [two('reward', reward)] : loss ? [two('loss', loss)] : []),
    ...(kept !== undefined && made !== undefined ? [`kept ${formatInteger(kept)} of ${formatPlural(made, 'trace')}`] : []),
    ...(steps !== undefined ? [formatPlural(steps, 'step')] : []),
    ...(rows !== undefined ? [formatPlural(rows, 'row')] : []),
  ];
}

/** How many of the languages asked for a thought was in, at the last probe; null: none was asked. */
export function languageWords({ languages }: StageFigures): string | null {
  const shares = Object.values(languages ?? {});
  if (shares.length === 0) return null;
  const right = shares.filter((share) => share !== null && share >= 0.8).length;
  return `thought in the language asked: ${right} of ${formatPlural(shares.length, 'language')}`;
}

export function stageFolder({ stages }: StagePlan, number: number): string {
  const name = stages[number - 1]!.name.toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return `stage-${number}${name ? `-${name}` : ''}`;
}

/** `left`: what could not be taken along, a sentence each. */
export function planReadme(record: PlanRecord, left: readonly string[]): string {
  const { plan, model, dataset, started, phase, stages } = record;
  const head = [
    `# ${plain(plan.name)}`,
    `A plan of ${formatPlural(plan.stages.length, 'stage')} on \`${plain(model.name)}\` and \`${plain(dataset.name)}\`, begun ${started.slice(0, 10)}, ${phase}. Made in the browser with Mother Tongue.`,
    '`plan.json` opens on the page again (Train, A plan of stages, Open a plan). Each stage has a folder: `run.json` is read by `train` of the headless runner, `adapter` by PEFT, `metrics.csv` by any table; `dataset.jsonl` are its rows, of rejection sampling the kept traces, and `traces.jsonl` all of them with why.',
  ];
  const sections = plan.stages.map((stage, at) => {
    const { phase: how, figures = {}, message } = stages[at]!;
    const languages = Object.entries(figures.languages ?? {}).map(
      ([language, share]) => `${plain(language)} ${share === null ? 'unknown' : formatPercent(share)}`,
    );
    const lines = [
      `## ${at + 1}. ${plain(stage.name)}`,
      plain(stage.what),
      `- ${KIND_WORDS[stage.kind]}, ${fromWords(stage)}; data: ${dataWords(stage.data)}`,
      `- ${[how, ...figureWords(figures)].join(', ')}`,
      ...(languages.length > 0 ? [`- thought in the language asked: ${languages.join(', ')}`] : []),
      ...(message ? [`- ${plain(message)}`] : []),
      `- folder: \`${stageFolder(plan, at + 1)}\``,
    ];
    return `${lines.slice(0, 2).join('\n\n')}\n\n${lines.slice(2).join('\n')}`;
  });
  const missing = left.length > 0 ? [`## Not taken along\n\n${left.map((one) => `- ${plain(one)}`).join('\n')}`] : [];
  return `${[...head, ...sections, ...missing].join('\n\n')}\n`;
}

/** Names come from elsewhere: words, no Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ').replaceAll(/[\\`*_{}[\]<>#|!~]/g, (mark) => (mark === '_' ? mark : ''));
}
