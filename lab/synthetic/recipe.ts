/**
 * From words to weights: what each tensor of a synthetic checkpoint holds, chosen so that activations keep the size they have in a trained model
 * through 24 layers, routing is uneven but not collapsed, and gates pass their clamp at 7 now and then. The same table is in
 * lab/synthetic/synthetic.py.
 *
 * bf16: element i takes half i & 1 (low first) of word i >> 1; with bytes a, b of that half, u = (a + b - 255) / sqrt(65535 / 6) is triangular with
 * mean 0 and variance 1 (|u| < 2.45), and the value is mean + std * u (`tail`: std * u^3), rounded to f32 and then to bf16, both to nearest even.
 *   norms 1 + 0.1 u; sinks 3 + u; embedding u; q, k, v, o: u / sqrt(fan-in); lm_head 2 u / sqrt(fan-in); router 1.5 u / sqrt(fan-in), its
 *   bias 0.7 u; bias of gate_up 0.4 u^3 (a few large ones); other biases 0.1 u.
 * MXFP4 blocks: byte j is byte j & 3 of word j >> 2: every nibble equally often. Scales: from the same byte b: 115 where b = 0, 123 where b = 255,
 * else by b & 15: 118 (0, 1), 119 (2 to 5), 120 (6 to 13), 121 (14, 15). Dequantised: standard deviation 0.0261, largest 6 * 2^-4.
 */

export type Recipe =
  | { readonly kind: 'bf16'; readonly mean: number; readonly std: number; readonly tail: boolean }
  | { readonly kind: 'blocks' }
  | { readonly kind: 'scales' };

/** By the checkpoint's own names; fan-in is the last dimension. */
export function recipeOf(name: string, shape: readonly number[]): Recipe {
  const bf16 = (std: number, mean = 0, tail = false): Recipe => ({ kind: 'bf16', mean, std, tail });
  const matrix = (gain: number): Recipe => bf16(gain / Math.sqrt(shape.at(-1)!));
  if (name.endsWith('_blocks')) return { kind: 'blocks' };
  if (name.endsWith('_scales')) return { kind: 'scales' };
  if (name.endsWith('norm.weight')) return bf16(0.1, 1);
  if (name.endsWith('sinks')) return bf16(1, 3);
  if (name.endsWith('gate_up_proj_bias')) return bf16(0.4, 0, true);
  if (name.endsWith('router.bias')) return bf16(0.7);
  if (name.endsWith('bias')) return bf16(0.1);
  if (name.endsWith('embed_tokens.weight')) return bf16(1);
  if (name.endsWith('router.weight')) return matrix(1.5);
  if (name.endsWith('lm_head.weight')) return matrix(2);
  return matrix(1);
}

/** bf16 bits of all 65,536 halves. */
export function bf16Table({ mean, std, tail }: Extract<Recipe, { kind: 'bf16' }>): Uint16Array {
  const unit = Math.sqrt(65535 / 6);
  const values = new Float32Array(65536);
  for (let half = 0; half < values.length; half++) {
    const u = ((half & 255) + (half >>> 8) - 255) / unit;
    values[half] = mean + std * (tail ? u * u * u : u);
  }
  const table = new Uint16Array(values.length);
  new Uint32Array(values.buffer).forEach((bits, half) => {
    table[half] = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  });
  return table;
}

/** Scale byte of all 256 bytes. */
export function scaleTable(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, b) => {
    if (b === 0 || b === 255) return b === 0 ? 115 : 123;
    const low = b & 15;
    return low < 2 ? 118 : low < 6 ? 119 : low < 14 ? 120 : 121;
  });
}
