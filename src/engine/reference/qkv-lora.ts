/** Twin of LoRA's branches of queries, keys and values, and its cases. */
import { qkvLoraOp } from '../ops/qkv-lora.ts';
import { twin } from './twin.ts';

const normal = { kind: 'normal' } as const;

export const qkvLoraTwin = twin(
  qkvLoraOp,
  ({ base, h, q_up, k_up, v_up }, { q_scale, k_scale, v_scale }) => {
    const rank = q_up.shape[1]!;
    const data = base.data.slice();
    for (let row = 0, at = 0; row < base.shape[0]!; row++) {
      [q_up, k_up, v_up].forEach((up, m) => {
        for (let n = 0; n < up.shape[0]!; n++, at++) {
          for (let r = 0; r < rank; r++)
            data[at]! += [q_scale, k_scale, v_scale][m]! * h.data[(3 * row + m) * rank + r]! * up.data[n * rank + r]!;
        }
      });
    }
    return { y: { shape: base.shape, data } };
  },
  [
    { title: 'one row', rows: 1, q: 12, kv: 4, rank: 4 },
    { title: 'five rows over several workgroups', rows: 5, q: 48, kv: 8, rank: 8 },
  ].map(({ title, rows, q, kv, rank }) => ({
    title,
    inputs: {
      base: { shape: [rows, q + 2 * kv], fill: normal },
      h: { shape: [rows, 3 * rank], fill: normal },
      q_up: { shape: [q, rank], fill: normal },
      k_up: { shape: [kv, rank], fill: normal },
      v_up: { shape: [kv, rank], fill: normal },
    },
    attrs: { q_scale: 2, k_scale: 0.5, v_scale: 3 },
  })),
);
