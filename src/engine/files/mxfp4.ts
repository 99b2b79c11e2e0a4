/**
 * MXFP4 on the CPU: the reference for kernels, which decode in registers, and for tests. 32 values along a row share one scale byte
 * (2^(s-127)); 16 bytes hold their nibbles, low nibble first. Every value is exact in f32 (and, for scales 115..136, in bf16 and f16).
 */

/** E2M1: nibble -> value. */
const E2M1: readonly number[] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6];

const BLOCK_BYTES = 16;

/** blocks [rows..., g, 16], scales [rows..., g] -> f32 [rows..., 32 g], in the same order. */
export function decodeMxfp4(blocks: Uint8Array, scales: Uint8Array): Float32Array<ArrayBuffer> {
  if (blocks.length !== scales.length * BLOCK_BYTES)
    throw new RangeError(`${scales.length} scales need ${scales.length * BLOCK_BYTES} block bytes, not ${blocks.length}.`);
  const out = new Float32Array(blocks.length * 2);
  for (let block = 0; block < scales.length; block++) {
    const scale = 2 ** (scales[block]! - 127);
    for (let i = block * BLOCK_BYTES; i < (block + 1) * BLOCK_BYTES; i++) {
      out[2 * i] = E2M1[blocks[i]! & 15]! * scale;
      out[2 * i + 1] = E2M1[blocks[i]! >> 4]! * scale;
    }
  }
  return out;
}
