/** What was made, in one sentence: "LoRA r 8 on mini, 120 steps, loss 2.90 to 0.70, five languages", and the lines of the library. Pure. */
import { formatLoss, formatPlural, formatScientific } from '../../../lib/format.ts';
import type { KeptRun } from '../../../protocol/kept-runs.ts';
import type { AdapterSummary, TrainedIn } from '../../../protocol/model.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import type { LibraryEntry } from '../../../state/library.ts';

/** `run`: the run that is shown; it describes the adapter only where it made it. */
export function adapterSentence(adapter: AdapterSummary, run: RunRecord | null): string {
  const { r, base_model, origin, trained } = adapter;
  const head = `LoRA r ${r} on ${base_model ?? 'an unnamed model'}`;
  const made = trained && run?.id === trained.run ? withRun(trained, run) : trained;
  if (!made?.loss) return `${head}, ${origin === 'trained' ? 'trained here' : 'imported'}.`;
  const { steps, loss, languages } = made;
  const parts = [head, formatPlural(steps, 'step'), lossLine(loss)];
  if (languages > 0) parts.push(formatPlural(languages, 'language'));
  return `${parts.join(', ')}.`;
}

/** The run goes on, so its record knows more. */
function withRun(trained: TrainedIn, { metrics }: RunRecord): TrainedIn {
  const [first, last] = [metrics[0], metrics.at(-1)];
  return first && last ? { ...trained, steps: last.step, loss: [first.loss, last.loss] } : trained;
}

function lossLine([first, last]: [number, number]): string {
  return `loss ${formatLoss(first)} to ${formatLoss(last)}`;
}

/** "20 steps on mini.jsonl · Mother Tongue mini · sft, lr 2e-4, r 8 · 3 checkpoints": an entry of the library. */
export function entryLine({ run, adapter, checkpoints, model }: LibraryEntry): string {
  const owner = adapter && !adapter.fits && !adapter.problem ? `belongs to ${model || 'another model'}` : model;
  const made = run?.settings ? run : adapter?.trained;
  const first = made ? stepsWords(made) : adapter?.origin === 'imported' ? 'imported' : '';
  const many = checkpoints.length > 0 ? formatPlural(checkpoints.length, 'checkpoint') : '';
  return [first, owner, run ? settingWords(run) : '', many].filter(Boolean).join(' · ');
}

function stepsWords({ steps, total_steps, dataset }: Pick<TrainedIn, 'steps' | 'total_steps' | 'dataset'>): string {
  return `${steps < total_steps ? `${steps} of ` : ''}${formatPlural(Math.max(steps, total_steps), 'step')} on ${dataset}`;
}

function settingWords({ settings }: KeptRun): string {
  if (!settings) return '';
  const { method = 'sft', optimizer, lora } = settings;
  return `${method}, lr ${formatScientific(optimizer.learning_rate)}, r ${lora.r}`;
}
