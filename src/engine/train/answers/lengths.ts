/** Answers by their ids, as TRL looks at them: which were cut off, how long they are, and how many of a group are alike. */
import type { BaseConfig } from '../../models/family.ts';

export interface Completions {
  /** At least one id each, the one that ended it included. */
  readonly completion_ids: readonly Uint32Array[];
  /** Whether each was cut off, where whoever answered knows; absent: by its last id. */
  readonly cut?: readonly boolean[];
}

/** Ids that a completion may end by; null where the model has none. */
export interface EndIds {
  readonly eos_token_id: number | null;
  readonly pad_token_id: number | null;
}

/** Which completions were cut off: as the batch says, else those whose last id is neither eos nor pad. */
export function truncated({ completion_ids, cut }: Completions, { eos_token_id, pad_token_id }: EndIds): boolean[] {
  if (cut) return [...cut];
  return completion_ids.map((ids) => ids.at(-1) !== eos_token_id && ids.at(-1) !== pad_token_id);
}

/** The ids by which TRL recognises a completion that ended: one eos, and pad, which falls back to it. */
export function endsOf({ eos_token_ids, pad_token_id }: Pick<BaseConfig, 'eos_token_ids' | 'pad_token_id'>): EndIds {
  const eos_token_id = eos_token_ids[0] ?? null;
  return { eos_token_id, pad_token_id: pad_token_id ?? eos_token_id };
}

/** Lengths of the completions of a batch, and how many were cut off. */
export function completionMetrics(batch: Completions, ends: EndIds): Record<string, number> {
  const cut = truncated(batch, ends);
  const lengths = batch.completion_ids.map((ids) => ids.length);
  const ended = lengths.filter((_, row) => !cut[row]);
  const terminated = ended.length === 0 ? [0] : ended;
  return {
    'completions/mean_length': mean(lengths),
    'completions/min_length': Math.min(...lengths),
    'completions/max_length': Math.max(...lengths),
    'completions/clipped_ratio': 1 - ended.length / lengths.length,
    'completions/mean_terminated_length': mean(terminated),
    'completions/min_terminated_length': Math.min(...terminated),
    'completions/max_terminated_length': Math.max(...terminated),
  };
}

/** Mean over the groups of the share of their answers that no other of the group repeats word for word, the first counted once. */
export function distinctRatio(completions: readonly Uint32Array[], size: number): number {
  const groups = Array.from({ length: completions.length / size }, (_, g) => completions.slice(g * size, (g + 1) * size));
  return groups.reduce((sum, own) => sum + new Set(own.map((ids) => ids.join(' '))).size / size, 0) / groups.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
