/**
 * The first half of a gated MLP: act(gate(norm(x))) * up(norm(x)). A few rows without a gradient (decoding) take two launches, the norm and `gate-up`,
 * LoRA's ways down inside the one (norm-down.ts) and its ways up inside the other; streams take a linear each and `glu`.
 */
import type { Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { gateUpKernels } from '../kernels/linear.ts';
import { STEP_VALUES } from '../kernels/weights.ts';
import { type Activation, activationKind, glu } from './glu.ts';
import { formatOf, type LinearLayer, linear } from './linear.ts';
import { normDown, rowLength, spanOf, type Up } from './norm-down.ts';
import { type Norm, normed } from './rms-norm.ts';
import { GEMV_COLUMNS, GEMV_ROWS, gemvVariant } from './variants.ts';
import { weightPieces } from './weight-pieces.ts';

type Inputs = {
  /** [T, C], or with an adapter [x | h]. */
  readonly x: Tensor;
  /** [F, C], of one encoding (f32 or bf16). */
  readonly gate_weight: Tensor;
  readonly up_weight: Tensor;
  /** [F], both or none. */
  readonly gate_bias?: Tensor;
  readonly up_bias?: Tensor;
  /** [L] f32: B of both branches lies in it. */
  readonly adapter?: Tensor;
};
/** `ups`: the branches of gate and up, or of neither. */
type Attrs = { readonly act: Activation; readonly ups: readonly Up[] };

const NONE: Up = { rank: 0, at: 0, scale: 0 };

/** Whether one launch can read these two. */
function goTogether({ gate, up }: Pick<GatedLayers, 'gate' | 'up'>): boolean {
  const { dtype } = gate.weight;
  return (
    (dtype === 'f32' || dtype === 'bf16') &&
    up.weight.dtype === dtype &&
    gate.weight.shape[1]! % STEP_VALUES[dtype] === 0 &&
    !gate.bias === !up.bias
  );
}

export const gateUpOp: Op<Inputs, { y: Tensor }, Attrs> = {
  name: 'gate-up',
  infer: ({ x, gate_weight, up_weight, gate_bias, up_bias, adapter }, { ups }) => {
    const [columns, width] = gate_weight.shape as [number, number];
    const stride = adapter ? rowLength(width, ups, 0) : width;
    if (up_weight.shape.join() !== gate_weight.shape.join() || stride !== x.shape[1] || columns % 4 !== 0)
      throw new Error(`gate-up: ${gate_weight.name} [${gate_weight.shape}] and [${up_weight.shape}] do not fit x [${x.shape}].`);
    if (!goTogether({ gate: { weight: gate_weight }, up: { weight: up_weight } }))
      throw new Error(`gate-up: ${gate_weight.name} is ${gate_weight.dtype} beside ${up_weight.dtype}, ${width} wide.`);
    if (!gate_bias !== !up_bias) throw new Error(`gate-up: one of two biases beside ${gate_weight.name}.`);
    return { y: { shape: [x.shape[0]!, columns], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs: { act, ups } }, device) => {
    const { x, gate_weight, up_weight, gate_bias, up_bias, adapter } = inputs;
    const [rows, stride_x] = x.shape as [number, number];
    const [all, width] = gate_weight.shape as [number, number];
    const variant = gemvVariant(width);
    const kernel = gateUpKernels[adapter ? 'adapted' : 'plain'][variant][formatOf({ weight: gate_weight }) as 'f32' | 'bf16']; // as checked in `infer`
    const together = rows === 1 || variant === 'gemv-narrow' ? 1 : 4;
    const [gate = NONE, up = NONE] = ups;
    const span = adapter && spanOf(adapter, ups, all);
    const upPieces = weightPieces({ weight: up_weight }, device);
    return weightPieces({ weight: gate_weight }, device).map(({ first, count, weight }, i) => ({
      kernel,
      bind: {
        ...{ x, gate_weight: weight, up_weight: upPieces[i]!.weight, ...outputs },
        ...{ gate_bias: gate_bias ?? x, up_bias: up_bias ?? x, ...(span && { up: span.bound }) },
      },
      params: {
        ...{
          rows,
          width,
          columns: count,
          first_column: first,
          stride: all,
          kind: activationKind(act),
          has_bias: gate_bias ? 1 : 0,
          stride_x,
        },
        ...{ gate_rank: gate.rank, up_rank: up.rank, gate_scale: gate.scale, up_scale: up.scale },
        ...{ gate_up_at: span?.quadOf(gate) ?? 0, up_up_at: span?.quadOf(up) ?? 0 },
      },
      overrides: { ROWS: together },
      workgroups: [Math.ceil(count / GEMV_COLUMNS[variant]), Math.ceil(rows / together), 1],
      cost: rows * count * (2 * width + gate.rank + up.rank),
    }));
  },
};

export interface GatedLayers {
  /** What x is normed by first. */
  readonly norm: Norm;
  /** [F, C] */
  readonly gate: LinearLayer;
  readonly up: LinearLayer;
}

/** x [T, C] -> [T, F]. */
export function gateUp(trace: Trace, x: Tensor, layers: GatedLayers, act: Activation): Tensor {
  const { norm, gate, up } = layers;
  const trained = [x, gate.lora?.a, up.lora?.a].some((t) => t?.needsGradient);
  const few = !trained && x.shape[0]! <= GEMV_ROWS && goTogether(layers);
  const weights = { gate_weight: gate.weight, up_weight: up.weight };
  const biases = gate.bias && up.bias ? { gate_bias: gate.bias, up_bias: up.bias } : {};
  const down = few ? normDown(trace, x, norm, [gate, up]) : null;
  if (down) return trace.emit(gateUpOp, { x: down.z, ...weights, ...biases, adapter: down.adapter }, { act, ups: down.ups }).y;
  const y = normed(trace, x, norm);
  if (few && !gate.lora && !up.lora) return trace.emit(gateUpOp, { x: y, ...weights, ...biases }, { act, ups: [] }).y;
  return glu(trace, linear(trace, y, gate), linear(trace, y, up), act);
}
