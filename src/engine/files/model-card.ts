/** README.md of an exported adapter: what the Hub shows. Facts only: what was trained, on what, with which settings, and how it went. */
import { loadingCode } from '../../lib/loading-code.ts';
import type { LoraSettings, RunRecord } from '../../protocol/training.ts';

export interface CardFacts {
  readonly name: string;
  readonly base_model: string;
  /** Of the base model. */
  readonly quant_method: 'mxfp4' | null;
  readonly lora: LoraSettings;
  /** Modules that are adapted, by their last names. */
  readonly modules: readonly string[];
  readonly parameters: number;
  /** Absent for an imported adapter. */
  readonly run?: RunRecord;
}

export function modelCard({ name, base_model, quant_method, lora, modules, parameters, run }: CardFacts): string {
  const targets = lora.target_modules === 'all-linear' ? `all-linear (${modules.join(', ')})` : lora.target_modules.join(', ');
  return `${[
    header(base_model, run),
    `# ${name}`,
    `A LoRA adapter for \`${base_model}\`, ${run ? 'trained in the browser with Mother Tongue' : 'imported into and exported from Mother Tongue'}. ${parameters.toLocaleString('en')} parameters, r ${lora.r}, lora_alpha ${lora.lora_alpha}${lora.use_rslora ? ', rsLoRA' : ''}, on ${targets}${lora.target_parameters?.length ? ` and ${lora.target_parameters.join(', ')}` : ''}.`,
    usage(base_model, quant_method),
    ...(run ? [training(run), results(run)] : []),
    versions((lora.target_parameters ?? []).length > 0),
  ].join('\n\n')}\n`;
}

/** Only adapters of expert parameters depend on versions: PEFT's layout of them has changed. */
function versions(experts: boolean): string {
  const mixed =
    ' or newer with transformers 5 or newer; with transformers 4.55 to 4.57 use PEFT 0.17 or 0.18. PEFT 0.19.1 with transformers 4 would load the square `down_proj` transposed without a word.';
  return `## Versions\n\nMother Tongue 0.1.0. The adapter is read by PEFT${experts ? ` 0.19.1${mixed}` : ' and transformers.'}`;
}

function header(base_model: string, run: RunRecord | undefined): string {
  const languages = run ? run.settings.adherence_languages : [];
  return [
    '---',
    `base_model: ${JSON.stringify(base_model)}`,
    'library_name: peft',
    'tags:',
    '- lora',
    '- sft',
    '- mother-tongue',
    '- reasoning',
    ...(languages.length > 0 ? [`- multilingual`] : []),
    '---',
  ].join('\n');
}

function usage(base_model: string, quant_method: CardFacts['quant_method']): string {
  return `## Use

\`\`\`python
${loadingCode(base_model, 'path/to/this/folder', quant_method)}
\`\`\`

Ask for a language with a system message: \`reasoning language: German\`.`;
}

function training({ dataset, settings, total_steps, metrics }: RunRecord): string {
  const { optimizer: o, encoding: e } = settings;
  const rows: [string, unknown][] = [
    ['dataset', dataset],
    ['steps', `${metrics.length} of ${total_steps}`],
    ['tokens', metrics.at(-1)?.num_tokens.toLocaleString('en') ?? 0],
    [
      'per_device_train_batch_size x gradient_accumulation_steps',
      `${settings.per_device_train_batch_size} x ${settings.gradient_accumulation_steps}`,
    ],
    ['learning_rate', `${o.learning_rate}, ${o.lr_scheduler_type}, warmup_steps ${o.warmup_steps}`],
    ['optimizer', `AdamW, betas ${o.adam_beta1} and ${o.adam_beta2}, weight_decay ${o.weight_decay}, max_grad_norm ${o.max_grad_norm}`],
    ['max_length', e.max_length],
    ['loss on', e.assistant_only_loss ? 'assistant tokens' : 'all tokens'],
    ['chat template', `${e.template}, date ${e.date}`],
    ['seed', settings.seed],
  ];
  return `## Training procedure\n\nSupervised fine-tuning with TRL's semantics.\n\n| setting | value |\n|---|---|\n${rows.map(([k, v]) => `| ${k} | ${String(v).replaceAll('|', '\\|')} |`).join('\n')}`;
}

function results({ metrics, evals, samples }: RunRecord): string {
  const lines: string[] = [];
  const [first, last] = [metrics[0], metrics.at(-1)];
  if (first && last)
    lines.push(
      `- loss ${first.loss.toFixed(3)} at step 1, ${last.loss.toFixed(3)} at step ${last.step}; token accuracy ${(last.mean_token_accuracy * 100).toFixed(1)} %`,
    );
  const evaluation = evals.at(-1);
  if (evaluation) lines.push(`- evaluation loss ${evaluation.eval_loss.toFixed(3)} at step ${evaluation.step}`);
  const lastStep = samples.at(-1)?.step;
  for (const s of samples.filter((x) => x.step === lastStep && x.share !== null)) {
    lines.push(
      `- reasoning asked for in ${s.language}: ${Math.round(s.share! * 100)} % of its sentences in ${s.language} on one held-out question at step ${s.step}`,
    );
  }
  return `## Metrics\n\n${lines.join('\n') || 'No step was finished.'}`;
}
