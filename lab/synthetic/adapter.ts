/**
 * An adapter of random numbers by the same function, so that gradients can be compared without shipping 30 MB of it: element i of a tensor in
 * PEFT's own layout, under PEFT's own key, is ((word(i) + 0.5) / 2^31 - 1) * bound in f64, rounded to f32; bound 1 / sqrt(in) for lora_A, 0.08 for
 * lora_B (not zero as in a fresh adapter, or A would have no gradient).
 */
import { peftShapeA, peftShapeB, peftToEngineB } from '../../src/engine/files/adapter-layout.ts';
import type { AdapterTarget, AdapterTensors } from '../../src/engine/files/adapter-plan.ts';
import { fillWords, keyOf } from './hash.ts';

const BOUND_B = 0.08;

/** In the engine's layout, as every adapter in memory. */
export function syntheticAdapter(targets: readonly AdapterTarget[], seed: number): AdapterTensors {
  return new Map(
    targets.flatMap((target) => [
      [target.keyA, uniform(seed, target.keyA, peftShapeA(target), 1 / Math.sqrt(target.in))],
      [target.keyB, peftToEngineB(target, uniform(seed, target.keyB, peftShapeB(target), BOUND_B))],
    ]),
  );
}

function uniform(seed: number, name: string, [rows, columns]: [number, number], bound: number): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(rows * columns);
  fillWords(keyOf(seed, name), 0, words);
  return Float32Array.from(words, (word) => ((word + 0.5) / 2 ** 31 - 1) * bound);
}
