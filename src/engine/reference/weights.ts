/** Decoded weights for twins: f32 and bf16 arrive as values, MXFP4 as bytes (decode as in shaders/weights/mxfp4.wgsl). */
import type { Array64 } from './twin.ts';

const E2M1 = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6];

/** Row-major values of a weight [.., N, K]. */
export function decodeWeight(weight: Array64, scales: Array64 | undefined): Array64 {
  if (!scales) return weight;
  const data = new Float64Array(weight.data.length * 2);
  for (let i = 0; i < data.length; i++) {
    const byte = weight.data[i >> 1]!;
    const nibble = i & 1 ? byte >> 4 : byte & 15;
    data[i] = E2M1[nibble]! * 2 ** (scales.data[i >> 5]! - 127);
  }
  return { shape: [...weight.shape.slice(0, -2), weight.shape.at(-2)! * 32], data };
}
