/**
 * README.md of an exported adapter: what the Hub shows. Facts only: what was trained, on what, with which settings, and how it went.
 * Names, paths and settings come from elsewhere (an imported adapter, a file, a person): they stand as words, code spans or quoted strings,
 * so that none of them becomes Markdown, HTML or code.
 */
import { loadingCode } from '../../lib/loading-code.ts';
import { quoted } from '../../lib/quoted.ts';
import { bestMetric } from '../../protocol/best-evaluation.ts';
import { type EvalMetrics, type Metric, metricIn, metrics, type StepMetrics } from '../../protocol/metrics.ts';
import { BUNDLED_FOLDER, type QuantMethod } from '../../protocol/model.ts';
import { defaultSettings, differing, valueAt } from '../../protocol/setting-values.ts';
import { usedBy } from '../../protocol/settings.ts';
import type { LoraSettings, RunRecord } from '../../protocol/training.ts';
import { DISTILLATION_TAGS, distillationCitations, distillationIntroduction } from './distillation-card.ts';
import { GRPO_CITATIONS, GRPO_INTRODUCTION, GRPO_TAGS, rewardsOf } from './grpo-card.ts';

export interface CardFacts {
  readonly name: string;
  readonly base_model: string;
  /** Of the base model. */
  readonly quant_method: QuantMethod | null;
  readonly lora: LoraSettings;
  /** Modules that are adapted, by their last names. */
  readonly modules: readonly string[];
  readonly parameters: number;
  /** Absent for an imported adapter. */
  readonly run?: RunRecord;
}

export function modelCard({ name, base_model, quant_method, lora, modules, parameters, run }: CardFacts): string {
  const targets = lora.target_modules === 'all-linear' ? `all-linear (${listed(modules)})` : listed(lora.target_modules);
  const experts = lora.target_parameters ?? [];
  return `${[
    header(base_model, run),
    `# ${words(name)}`,
    `A LoRA adapter for ${codeSpan(base_model)}, ${run ? 'trained in the browser with Mother Tongue' : 'imported into and exported from Mother Tongue'}. ${parameters.toLocaleString('en')} parameters, r ${lora.r}, lora_alpha ${lora.lora_alpha}${lora.use_rslora ? ', rsLoRA' : ''}, on ${targets}${experts.length > 0 ? ` and ${listed(experts)}` : ''}.`,
    usage(base_model, quant_method, run?.settings.encoding.inject_answer_language === true),
    ...(run ? [training(run), results(run)] : []),
    versions(experts.length > 0, run),
    ...(run ? wordsOf(run).citations : []),
  ].join('\n\n')}\n`;
}

/** Only adapters of expert parameters depend on versions: PEFT's layout of them has changed. */
function versions(experts: boolean, run: RunRecord | undefined): string {
  const mixed =
    ' or newer with transformers 5 or newer; with transformers 4.55 to 4.57 use PEFT 0.17 or 0.18. PEFT 0.19.1 with transformers 4 would load the square `down_proj` transposed without a word.';
  const semantics = learnsFromAnswers(run)
    ? '\n\n- Mother Tongue: 0.1.0\n- Semantics of TRL: 1.13.0\n- Of PEFT: 0.21.0\n- Of Transformers: 5.18.0'
    : '';
  return `## Versions\n\nMother Tongue 0.1.0. The adapter is read by PEFT${experts ? ` 0.19.1${mixed}` : ' and transformers.'}${semantics}`;
}

function learnsFromAnswers(run: RunRecord | undefined): run is RunRecord {
  return run?.settings.method === 'grpo' || run?.settings.method === 'distillation';
}

interface MethodWords {
  readonly tags: readonly string[];
  /** Ends where a sentence about settings goes on. */
  readonly introduction: string;
  /** After the table of settings. */
  readonly more: string;
  readonly citations: readonly string[];
}

function wordsOf(run: RunRecord): MethodWords {
  if (run.settings.method === 'grpo')
    return {
      tags: GRPO_TAGS,
      introduction: `${GRPO_INTRODUCTION} Settings`,
      more: `\n\n${rewardsOf(run, words)}`,
      citations: [GRPO_CITATIONS],
    };
  if (run.settings.method === 'distillation')
    return {
      tags: DISTILLATION_TAGS,
      introduction: `${distillationIntroduction(run)} Settings`,
      more: '',
      citations: [distillationCitations(run)],
    };
  return { tags: ['sft'], introduction: "Supervised fine-tuning with TRL's semantics; settings", more: '', citations: [] };
}

function header(base_model: string, run: RunRecord | undefined): string {
  const languages = run ? run.settings.adherence_languages : [];
  return [
    '---',
    `base_model: ${quoted(base_model)}`,
    'library_name: peft',
    'tags:',
    '- lora',
    ...(run ? wordsOf(run).tags : ['sft']).map((tag) => `- ${tag}`),
    '- mother-tongue',
    '- reasoning',
    ...(languages.length > 0 ? [`- multilingual`] : []),
    '---',
  ].join('\n');
}

function usage(base_model: string, quant_method: CardFacts['quant_method'], asksAnswer: boolean): string {
  const both =
    base_model === BUNDLED_FOLDER
      ? `\n\nUnpack \`${BUNDLED_FOLDER}.zip\`, the base model from the Runs page of Mother Tongue, where Python runs.\nUnpack this zip beside it and write its folder's name in the last line:`
      : '';
  return `## Use${both}

\`\`\`python
${loadingCode(base_model, 'path/to/this/folder', quant_method)}
\`\`\`

Ask for a language with a system message: \`reasoning language: German\`${asksAnswer ? ', and on a line below it `answer language: German`' : ''}.`;
}

/** The simple settings, and those that differ from TRL's and PEFT's defaults, by their names. */
function training(run: RunRecord): string {
  const { dataset, settings, total_steps, metrics: steps } = run;
  // Today is no default for a card, so the date is always listed.
  const differs = new Set(differing(settings, defaultSettings('')).map(({ path }) => path));
  const listed = usedBy(settings.method ?? 'sft').filter(({ part, path }) => part === 'simple' || differs.has(path));
  const given = listed
    .map(({ name, path }): [string, unknown] => [name, valueAt(settings, path)])
    .filter(([, value]) => value !== undefined);
  const rows: [string, unknown][] = [
    ['dataset', dataset],
    ['steps', `${steps.at(-1)?.step ?? 0} of ${total_steps}`],
    ['tokens', steps.at(-1)?.num_tokens.toLocaleString('en') ?? 0],
    ...given.map(([name, value]): [string, unknown] => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  ];
  const { introduction, more } = wordsOf(run);
  return `## Training procedure\n\n${introduction} that are not listed are at the defaults of TRL and PEFT.\n\n| setting | value |\n|---|---|\n${rows.map(([k, v]) => `| ${k} | ${cell(v)} |`).join('\n')}${more}`;
}

/** A table's row is split at pipes before anything else is read. Renderers differ on a backslash before one, so a space parts the two. */
function cell(value: unknown): string {
  return words(String(value)).replaceAll('\\|', '\\ |').replaceAll('|', '\\|');
}

function listed(names: readonly string[]): string {
  return names.map(words).join(', ');
}

/** Words and numbers that mean nothing in Markdown: no mark at either end, none but these between. */
const PLAIN = /^[\p{L}\p{M}\p{N}]+(?:(?:, |[ _'-]|(?<=\p{Nd})[.,](?=\p{Nd}))[\p{L}\p{M}\p{N}]+)*$/u;

/** Text from elsewhere: as it is where it is plain words, otherwise a code span, in which no Markdown, HTML, link or mention is read. */
function words(text: string): string {
  return PLAIN.test(text) ? text : codeSpan(text);
}

/** On one line, in more backticks than the text has in a row. */
function codeSpan(text: string): string {
  const line = text.replaceAll(/[\s\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim() || ' ';
  const longest = (line.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const ticks = '`'.repeat(1 + longest);
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${space}${line}${space}${ticks}`;
}

function results({ metrics: steps, evals, samples, settings, best_step }: RunRecord): string {
  const evaluated = best_step === undefined ? evals.at(-1) : evals.find(({ step }) => step === best_step);
  const lines = metrics.flatMap((metric): string[] => {
    const logged = metric.of === 'step' ? [steps[0], steps.at(-1)] : [evaluated];
    const values = metric.result ? logged.flatMap((one) => sayMetric(metric, one)) : [];
    return values.length > 0 ? [`- ${metric.name} ${[...new Set(values)].join(', ')}`] : [];
  });
  if (best_step !== undefined) lines.unshift(`- the adapter is that of step ${best_step}, the best evaluation by ${bestMetric(settings)}`);
  const lastStep = samples.at(-1)?.step;
  for (const s of samples.filter((x) => x.step === lastStep && x.share !== null)) {
    lines.push(
      `- reasoning asked for in ${words(s.language)}: ${Math.round(s.share! * 100)} % of its sentences in ${words(s.language)} on one held-out question at step ${s.step}`,
    );
  }
  return `## Metrics\n\n${lines.join('\n') || 'No step was finished.'}`;
}

/** "0.71 at step 120"; nothing where it was not logged. */
function sayMetric(metric: Metric, logged: StepMetrics | EvalMetrics | undefined): string[] {
  const value = metricIn(logged, metric);
  return logged && value !== undefined ? [`${metric.format(value)} at step ${logged.step}`] : [];
}
