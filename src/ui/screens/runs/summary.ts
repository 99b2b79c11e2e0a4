/** What was made, in one sentence: "LoRA r 8 on mini, 120 steps, loss 2.90 to 0.70, five languages", and lines about kept adapters. Pure. */
import { formatBytes, formatDay, formatLoss, formatPlural } from '../../../lib/format.ts';
import type { AdapterSummary, KeptAdapter, TrainedIn } from '../../../protocol/model.ts';
import type { RunRecord } from '../../../protocol/training.ts';

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

/** "20 steps on mini.jsonl, loss 2.90 to 0.71 · 133 KiB · today · Mother Tongue mini". */
export function keptLine({ trained, origin, bytes, kept, model, fits, problem }: KeptAdapter): string {
  const made = trained
    ? `${trained.steps < trained.total_steps ? `${trained.steps} of ` : ''}${formatPlural(trained.total_steps, 'step')} on ${trained.dataset}${trained.loss ? `, ${lossLine(trained.loss)}` : ''}`
    : origin === 'imported'
      ? 'imported'
      : '';
  const owner = fits || problem ? model : `belongs to ${model || 'another model'}`;
  return [made, bytes > 0 ? formatBytes(bytes) : '', kept ? formatDay(kept) : '', owner].filter(Boolean).join(' · ');
}
