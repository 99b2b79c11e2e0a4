/**
 * The first half of a gated MLP: act(gate(x)) * up(x). A few rows without a gradient (decoding) take one launch, `gate-up`, with LoRA's way up inside it
 * and two launches more for its ways down; streams take a linear each and `glu`.
 */
import type { Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { gateUpKernels } from '../kernels/linear.ts';
import { STEP_VALUES } from '../kernels/weights.ts';
import { type Activation, activationKind, glu } from './glu.ts';
import { formatOf, type LinearLayer, linear } from './linear.ts';
import { GEMV_COLUMNS, GEMV_ROWS, gemvVariant } from './variants.ts';
import { weightPieces } from './weight-pieces.ts';

type Inputs = {
  readonly x: Tensor;
  /** [F, C], of one encoding (f32 or bf16). */
  readonly gate_weight: Tensor;
  readonly up_weight: Tensor;
  /** LoRA: x A^T [T, R] and B [F, R] of both, or of neither. */
  readonly gate_h?: Tensor;
  readonly gate_b?: Tensor;
  readonly up_h?: Tensor;
  readonly up_b?: Tensor;
};
type Attrs = { readonly act: Activation; readonly gate_scale: number; readonly up_scale: number };

/** Whether one launch can read these two. */
function goTogether(x: Tensor, { gate, up }: GatedLayers): boolean {
  const { dtype } = gate.weight;
  return (
    (dtype === 'f32' || dtype === 'bf16') &&
    up.weight.dtype === dtype &&
    x.shape[1]! % STEP_VALUES[dtype] === 0 &&
    !(gate.bias || up.bias) &&
    gate.lora?.a.shape[0] === up.lora?.a.shape[0]
  );
}

export const gateUpOp: Op<Inputs, { y: Tensor }, Attrs> = {
  name: 'gate-up',
  infer: ({ x, gate_weight, up_weight, gate_h, gate_b, up_h, up_b }) => {
    const [columns, width] = gate_weight.shape as [number, number];
    if (up_weight.shape.join() !== gate_weight.shape.join() || width !== x.shape[1] || columns % 4 !== 0)
      throw new Error(`gate-up: ${gate_weight.name} [${gate_weight.shape}] and [${up_weight.shape}] do not fit x [${x.shape}].`);
    if (!goTogether(x, { gate: { weight: gate_weight }, up: { weight: up_weight } }))
      throw new Error(`gate-up: ${gate_weight.name} is ${gate_weight.dtype} beside ${up_weight.dtype}, ${width} wide.`);
    const branch = [gate_h, gate_b, up_h, up_b].filter(Boolean);
    if (branch.length % 4 !== 0 || branch.some((t) => t!.shape[1] !== gate_h!.shape[1]))
      throw new Error(`gate-up: the adapter's parts beside ${gate_weight.name} do not fit each other.`);
    return { y: { shape: [x.shape[0]!, columns], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs: { act, ...scales } }, device) => {
    const { x, gate_weight, up_weight, gate_h, gate_b, up_h, up_b } = inputs;
    const [rows, width] = x.shape as [number, number];
    const variant = gemvVariant(width);
    const kernel = gateUpKernels[variant][formatOf({ weight: gate_weight }) as 'f32' | 'bf16']; // as checked in `infer`
    const together = rows === 1 || variant === 'gemv-narrow' ? 1 : 4;
    const ups = weightPieces({ weight: up_weight }, device);
    return weightPieces({ weight: gate_weight }, device).map(({ first, count, weight }, i) => ({
      kernel,
      bind: {
        ...{ x, gate_weight: weight, up_weight: ups[i]!.weight, ...outputs },
        ...{ gate_h: gate_h ?? x, gate_b: gate_b ?? x, up_h: up_h ?? x, up_b: up_b ?? x },
      },
      params: {
        ...{ rows, width, columns: count, first_column: first, stride: gate_weight.shape[0]! },
        ...{ kind: activationKind(act), rank: gate_h?.shape[1] ?? 0, ...scales },
      },
      overrides: { ROWS: together },
      workgroups: [Math.ceil(count / GEMV_COLUMNS[variant]), Math.ceil(rows / together), 1],
      cost: 2 * rows * width * count,
    }));
  },
};

export interface GatedLayers {
  /** [F, C] */
  readonly gate: LinearLayer;
  readonly up: LinearLayer;
}

/** x [T, C] -> [T, F]. */
export function gateUp(trace: Trace, x: Tensor, layers: GatedLayers, act: Activation): Tensor {
  const { gate, up } = layers;
  const trained = [x, gate.lora?.a, up.lora?.a].some((t) => t?.needsGradient);
  if (trained || x.shape[0]! > GEMV_ROWS || !goTogether(x, layers)) return glu(trace, linear(trace, x, gate), linear(trace, x, up), act);
  const down = ({ lora }: LinearLayer): Tensor => linear(trace, x, { weight: lora!.a });
  const branch = gate.lora && up.lora && { gate_h: down(gate), gate_b: gate.lora.b, up_h: down(up), up_b: up.lora.b };
  const attrs = { act, gate_scale: gate.lora?.scale ?? 0, up_scale: up.lora?.scale ?? 0 };
  return trace.emit(gateUpOp, { x, gate_weight: gate.weight, up_weight: up.weight, ...branch }, attrs).y;
}
