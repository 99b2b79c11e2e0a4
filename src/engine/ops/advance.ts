/**
 * The step from one decoded token to the next, without the host: stores the sampled ids, ends rows, moves the others on, keeps a history
 * that the host reads late. Before the first step a row stands at its last prompt token: position L - 1, length L (tokens in its cache).
 */
import type { Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { advanceStep } from '../kernels/sampling.ts';

/** In the history: the row had ended before. */
export const NO_ID = 0xffffffff;
const EOS_IDS = 8;

/** What the input `stops` [8 + B] must hold: eos ids (at most 8) and the limit of new tokens of every row. */
export function stopParams(eos: readonly number[], limits: readonly number[]): Uint32Array<ArrayBuffer> {
  if (eos.length > EOS_IDS) throw new Error(`${eos.length} end-of-sequence ids are more than ${EOS_IDS}.`);
  const params = new Uint32Array(EOS_IDS + limits.length).fill(NO_ID);
  params.set(eos);
  params.set(limits, EOS_IDS);
  return params;
}

type Inputs = { next_id: Tensor; stops: Tensor };

/** The state of rows that decode together: u32, [B] but for `places` [B, 4] (as attention reads them), `history` [N, B] and `step` [1]. */
export type DecodeState = { ids: Tensor; positions: Tensor; places: Tensor; done: Tensor; history: Tensor; step: Tensor };

type Attrs = {
  /** N, the longest history. */
  readonly steps: number;
  /** Positions stay below it. */
  readonly cache_length: number;
  /** What a row that has ended feeds to the model. */
  readonly pad: number;
};

export const advanceOp: Op<Inputs, DecodeState, Attrs> = {
  name: 'advance',
  infer: ({ next_id, stops }, { steps }) => {
    const rows = elements(next_id.shape);
    if (elements(stops.shape) !== EOS_IDS + rows) throw new Error(`advance: ${rows} rows need ${EOS_IDS + rows} values of stops.`);
    const row = { shape: [rows], dtype: 'u32' } as const;
    return {
      ids: row,
      positions: row,
      places: { shape: [rows, 4], dtype: 'u32' },
      done: row,
      history: { shape: [steps, rows], dtype: 'u32' },
      step: { shape: [1], dtype: 'u32' },
    };
  },
  lower: ({ inputs, outputs, attrs }) => [
    {
      kernel: advanceStep,
      bind: { ...inputs, ...outputs },
      params: { rows: elements(inputs.next_id.shape), ...attrs },
      workgroups: [1, 1, 1],
    },
  ],
};

/**
 * `next_id` [B] from `sample`, `stops` [8 + B] u32 (`stopParams`). For rows that go on: `ids` = next_id, `positions` and the lengths in `places` + 1.
 * A row ends at an eos, at its limit of new tokens, or when its position would reach `cache_length`: `done` = 1, `ids` = pad, the rest stays.
 * `history[step]` gets every row's id (`NO_ID` where the row had ended before) and `step` grows by one.
 */
export function advance(trace: Trace, inputs: Inputs, state: DecodeState, attrs: Omit<Attrs, 'steps'>): void {
  trace.emit(advanceOp, inputs, { ...attrs, steps: state.history.shape[0]! }, state);
}
