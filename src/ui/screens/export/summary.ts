/** What was made, in one sentence: "LoRA r 8 on mini, 120 steps, loss 2.90 to 0.70, five languages." Pure. */
import { formatLoss, formatPlural } from '../../../lib/format.ts';
import type { AdapterSummary } from '../../../protocol/model.ts';
import type { RunRecord } from '../../../protocol/training.ts';

export function adapterSentence(adapter: AdapterSummary, run: RunRecord | null): string {
  const head = `LoRA r ${adapter.r} on ${adapter.base_model ?? 'an unnamed model'}`;
  const last = run?.metrics.at(-1);
  const first = run?.metrics[0];
  // An imported adapter has no run here; the record of another run does not describe it.
  if (adapter.origin !== 'trained' || !run || !first || !last || run.model !== adapter.base_model)
    return `${head}, ${adapter.origin === 'trained' ? 'trained here' : 'imported'}.`;
  const languages = [...new Set(run.samples.map((s) => s.language))].length || run.settings.adherence_languages.length;
  const parts = [head, formatPlural(last.step, 'step'), `loss ${formatLoss(first.loss)} to ${formatLoss(last.loss)}`];
  if (languages > 0) parts.push(formatPlural(languages, 'language'));
  return `${parts.join(', ')}.`;
}
