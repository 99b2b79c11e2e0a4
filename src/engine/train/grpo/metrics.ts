/**
 * What GRPO logs of an optimizer step, by TRL's names (1.13): the loss, and figures of each micro-batch, averaged over the micro-batches of the step. A
 * figure that a micro-batch does not have (no token of it is unmasked) is left out of the average. Figures of rewards and lengths: advantages.ts.
 */
import type { GrpoSettings } from '../../../protocol/grpo.ts';
import type { Stats } from '../method.ts';
import type { MicroBatch } from './batches.ts';

/** `stats`: of the micro-batches that have something to compute, in order. `router_aux_loss_coef` 0: the model has no experts, or it is off. */
export function grpoMetrics(
  settings: GrpoSettings,
  batches: readonly MicroBatch[],
  stats: readonly Stats[],
  router_aux_loss_coef: number,
): Record<string, number> & { readonly loss: number } {
  let next = 0;
  const pairs = batches.map((batch): [MicroBatch, Stats | null] => [batch, batch.rows.length === 0 ? null : stats[next++]!]);
  const loss = pairs.reduce((sum, [, own]) => sum + (own ? own.loss! + (router_aux_loss_coef / batches.length) * own.aux! : 0), 0);
  const figures = pairs.filter(([batch]) => !onlySkipped(batch)).map(([batch, own]) => figuresOf(settings, batch, own));
  const names = new Set(figures.flatMap((figure) => Object.keys(figure)));
  const averages = [...names].map((name): [string, number] => {
    const known = figures.map((figure) => figure[name]).filter((value) => value !== undefined);
    return [name, known.reduce((a, b) => a + b, 0) / known.length];
  });
  const aux = stats.reduce((sum, own) => sum + own.aux!, 0) / stats.length;
  return { loss, ...Object.fromEntries(averages), ...(router_aux_loss_coef !== 0 && { aux_loss: aux }) };
}

/** Nothing of it was computed, because no completion of it has an advantage. */
function onlySkipped({ rows, masked, skipped }: MicroBatch): boolean {
  return rows.length === 0 && skipped > 0 && masked === 0;
}

type Figures = Readonly<Record<string, number>>;

function figuresOf(settings: GrpoSettings, batch: MicroBatch, stats: Stats | null): Figures {
  const { loss_type, beta } = settings;
  const of = (name: string): number => stats?.[name] ?? 0;
  const perToken = (name: string): number => of(name) / Math.max(1, batch.tokens);
  return {
    entropy: perToken('entropy'),
    ...(beta !== 0 && { kl: perToken('kl') }),
    ...clipFigures(settings, batch, of),
    // The weight of a masked completion, whose sum of log-ratios is 0, is 1.
    ...(loss_type === 'vespo' && { 'vespo/phi_seq_mean': (of('weight') + batch.masked) / (batch.completions.length + batch.masked) }),
  };
}

/** At the level of sequences a masked completion is one whose ratio is 1. */
function clipFigures({ loss_type, importance_sampling_level }: GrpoSettings, batch: MicroBatch, of: (name: string) => number): Figures {
  const sequence = importance_sampling_level === 'sequence';
  const rows = batch.completions.length + batch.masked;
  const share = (name: string): number => of(name) / Math.max(1, sequence ? rows : batch.tokens);
  if (loss_type === 'cispo') return { cispo_clip_ratio: share('high') };
  if (loss_type === 'sapo' || loss_type === 'vespo') return {};
  return {
    'clip_ratio/low_mean': share('low'),
    'clip_ratio/high_mean': share('high'),
    'clip_ratio/region_mean': share('region'),
    ...((sequence || batch.completions.length > 0) && {
      'clip_ratio/low_min': sequence && batch.masked > 0 ? 0 : of('low_min'),
      'clip_ratio/high_max': of('high_max'),
    }),
  };
}
