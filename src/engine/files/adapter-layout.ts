/**
 * Between the engine's layout of LoRA and PEFT's. They differ for experts only, and there the two factors differ from each other:
 *   A: [experts, r, in] here; PEFT [r experts, in] with row e r + k: the same bytes.
 *   B: [experts, out, r] here; PEFT [out, r experts] with column k experts + e (rank-major): a permutation. Where gate and up lie in turn here and
 *      one after the other there, the rows too.
 * (PEFT 0.21 ParamWrapper.get_delta_weight: A.reshape(E, -1, in), B.reshape(out, -1, E), "o r e, e r i -> e i o".)
 */
import { type AdapterTarget, type AdapterTensors, sizeA, sizeB } from './adapter-plan.ts';
import { f32Tensor, type TensorData } from './safetensors-write.ts';

export function peftShapeA({ experts, r, in: inputs }: AdapterTarget): [number, number] {
  return [r * experts, inputs];
}

export function peftShapeB({ experts, r, out }: AdapterTarget): [number, number] {
  return [out, r * experts];
}

export function peftToEngineB(target: AdapterTarget, peft: Float32Array): Float32Array<ArrayBuffer> {
  const engine = new Float32Array(peft.length);
  eachOfB(target, (mine, theirs) => {
    engine[mine] = peft[theirs]!;
  });
  return engine;
}

export function engineToPeftB(target: AdapterTarget, engine: Float32Array): Float32Array<ArrayBuffer> {
  const peft = new Float32Array(engine.length);
  eachOfB(target, (mine, theirs) => {
    peft[theirs] = engine[mine]!;
  });
  return peft;
}

/** Calls with the index in the engine's B and the index in PEFT's B of the same element; identical when there is one expert whose rows lie alike. */
function eachOfB({ experts, r, out, interleaved }: AdapterTarget, visit: (mine: number, theirs: number) => void): void {
  for (let e = 0; e < experts; e++) {
    for (let o = 0; o < out; o++) {
      const row = interleaved ? ((o % 2) * out) / 2 + Math.floor(o / 2) : o;
      for (let k = 0; k < r; k++) visit((e * out + o) * r + k, row * r * experts + k * experts + e);
    }
  }
}

/** Adapter weights, or their gradients, as PEFT's tensors by PEFT's keys. */
export function peftTensors(targets: readonly AdapterTarget[], tensors: AdapterTensors): Map<string, TensorData> {
  const out = new Map<string, TensorData>();
  for (const target of targets) {
    const a = tensors.get(target.keyA);
    const b = tensors.get(target.keyB);
    if (a?.length !== sizeA(target) || b?.length !== sizeB(target))
      throw new RangeError(`Adapter tensors of ${target.path} are missing or have another size.`);
    out.set(target.keyA, f32Tensor(a, ...peftShapeA(target)));
    out.set(target.keyB, f32Tensor(engineToPeftB(target, b), ...peftShapeB(target)));
  }
  return out;
}
