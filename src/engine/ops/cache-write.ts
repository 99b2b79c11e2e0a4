/** Writes the keys and values of a packed stream into the key/value cache [lines, G*D]; tokens whose line is not there are padding. */
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { cacheWriteForward } from '../kernels/attention.ts';

export type CacheWriteInputs = {
  /** [T, G*D] */ readonly k: Tensor;
  /** [T, G*D] */ readonly v: Tensor;
  /** [T] u32 */ readonly line: Tensor;
};
type Caches = { readonly k_cache: Tensor; readonly v_cache: Tensor };
type Attrs = { readonly lines: number };

export const cacheWriteOp: Op<CacheWriteInputs, Caches, Attrs> = {
  name: 'cache-write',
  infer: ({ k }, { lines }) => {
    if (k.shape[1]! % 4 !== 0) throw new Error(`cache-write: rows of ${k.shape[1]} values are not whole quads.`);
    const spec = { shape: [lines, k.shape[1]!], dtype: 'f32' } as const;
    return { k_cache: spec, v_cache: spec };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const [tokens, width] = inputs.k.shape as [number, number];
    return [
      {
        kernel: cacheWriteForward,
        bind: { ...inputs, ...outputs },
        params: { tokens, quads: width / 4, ...attrs },
        workgroups: grid(elements(inputs.k.shape) / 4, cacheWriteForward, device),
      },
    ];
  },
};

export function cacheWrite(trace: Trace, inputs: CacheWriteInputs, caches: Caches): void {
  const [lines, width] = caches.k_cache.shape as [number, number];
  if (width !== inputs.k.shape[1]) throw new Error(`cache-write: keys [${inputs.k.shape}] do not fit a cache [${caches.k_cache.shape}].`);
  trace.emit(cacheWriteOp, inputs, { lines }, caches);
}
