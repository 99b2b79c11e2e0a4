/**
 * Sampling on the GPU: one id a row from its logits, by the rules and in the order of transformers (temperature, top-k, top-p, min-p).
 * Deterministic: the draw depends on the row's seed and salt, on the step, and on the logits alone.
 */
import type { SamplingSettings } from '../../protocol/generation.ts';
import type { Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { sampleForward } from '../kernels/sampling.ts';

/** Rows longer than this get four times the lanes. */
const LONG_ROW = 32768;
const ROW_PARAMS = 8;

/** How one row is sampled. Rows with the same seed draw the same numbers unless their salts differ. */
export type RowSampling = Pick<SamplingSettings, 'temperature' | 'top_k' | 'top_p' | 'min_p' | 'seed'> & {
  readonly salt: number;
  /** The step that drew its first id, which may lie before 0; absent: 0. */
  readonly began?: number;
};

/** What the input `sampling` [B, 8] must hold. */
export function samplingParams(rows: readonly RowSampling[]): Uint32Array<ArrayBuffer> {
  const params = new Uint32Array(rows.length * ROW_PARAMS);
  const floats = new Float32Array(params.buffer);
  rows.forEach(({ temperature, top_k, top_p, min_p, seed, salt, began = 0 }, row) => {
    const at = row * ROW_PARAMS;
    floats[at] = temperature;
    params[at + 1] = top_k;
    floats[at + 2] = top_p;
    floats[at + 3] = min_p;
    params[at + 4] = seed;
    params[at + 5] = salt;
    params[at + 6] = began;
  });
  return params;
}

type Inputs = { logits: Tensor; sampling: Tensor; step: Tensor };
type Attrs = {
  /** Ids from here on have no text and are never chosen. */
  readonly vocabulary_with_text: number;
};

export const sampleOp: Op<Inputs, { next_id: Tensor }, Attrs> = {
  name: 'sample',
  infer: ({ logits, sampling }, { vocabulary_with_text: text }) => {
    const [rows, vocabulary] = logits.shape as [number, number];
    if (elements(sampling.shape) !== rows * ROW_PARAMS)
      throw new Error(`sample: ${rows} rows need ${rows * ROW_PARAMS} values of settings.`);
    if (text < 1 || text > vocabulary) throw new Error(`sample: ${text} ids with text do not fit a vocabulary of ${vocabulary}.`);
    return { next_id: { shape: [rows], dtype: 'u32' } };
  },
  lower: ({ inputs, outputs, attrs }) => {
    const [rows, vocabulary] = inputs.logits.shape as [number, number];
    return [
      {
        kernel: sampleForward,
        bind: { ...inputs, ...outputs },
        params: { vocabulary, text: attrs.vocabulary_with_text },
        overrides: { SIZE: vocabulary > LONG_ROW ? 256 : 64 },
        workgroups: [rows, 1, 1],
        cost: 600 * rows * vocabulary,
      },
    ];
  },
};

/** `logits` [B, V] f32, `sampling` [B, 8] u32 (`samplingParams`), `step` [1] u32 (counted up by `advance`) -> the ids drawn, [B] u32. */
export function sample(trace: Trace, inputs: Inputs, attrs: Attrs): Tensor {
  return trace.emit(sampleOp, inputs, attrs).next_id;
}
