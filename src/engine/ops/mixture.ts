/**
 * A mixture of experts as a layer: router, the chosen experts' clamped SwiGLU, and the weighted sum (gpt-oss; spec of the formulas in the ops).
 * A long stream goes through the experts in chunks of tokens, each a block of its own, because gate_up alone makes K * 2F values a token:
 * gpt-oss-20b at 2,048 tokens would need 189 MB for each of several such values.
 */
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { add } from './add.ts';
import { chunkCounts, concatRows, splitRows } from './chunks.ts';
import { expertSum, expertSwiglu, hasWholeSteps } from './few-slots.ts';
import { type LinearLayer, linear, matrixShape } from './linear.ts';
import { combineExperts } from './moe-combine.ts';
import { expertLinear } from './moe-linear.ts';
import { route } from './moe-route.ts';
import { type Picked, pickExperts, shouldPick } from './pick-experts.ts';
import { rmsNorm } from './rms-norm.ts';
import type { Balance } from './router-balance.ts';
import { chooseExperts } from './router-top-k.ts';
import { swiglu } from './swiglu.ts';

export interface MixtureLayers {
  readonly router: LinearLayer;
  /** Weight [E, 2F, C], gate and up rows interleaved. */
  readonly gate_up: LinearLayer;
  /** Weight [E, C, F]. */
  readonly down: LinearLayer;
}

/** Most bytes of a chunk's gate_up values. */
const CHUNK_BYTES = 48 * 2 ** 20;

/** x [T, C] -> [T, C]. `balance`: where routers add to the load-balancing loss. */
export function mixture(
  trace: Trace,
  x: Tensor,
  layers: MixtureLayers,
  experts_per_token: number,
  balance?: Balance,
  chunk_bytes = CHUNK_BYTES,
): Tensor {
  return throughExperts(trace, x, chooseExperts(trace, linear(trace, x, layers.router), experts_per_token, balance), layers, chunk_bytes);
}

/** Rows of a stream that count as few, and slots up to which no route is made. */
const FEW_ROWS = 16;
const FEW_SLOTS = 16;

/**
 * h + mixture(norm(h)), h [T, C]. Few rows without a gradient (decoding) take three launches, five where rows are narrow, and one more for each
 * further group of experts.
 */
export function normedMixture(
  trace: Trace,
  h: Tensor,
  layers: MixtureLayers & { readonly norm: { readonly weight: Tensor; readonly eps: number } },
  experts_per_token: number,
  balance?: Balance,
): Tensor {
  const { norm, router, gate_up, down } = layers;
  const rows = h.shape[0]!;
  const learns = [h, gate_up.lora?.a, down.lora?.a, router.lora?.a].some((t) => t?.needsGradient);
  const normed = (): Tensor => trace.emit(rmsNorm, { x: h, weight: norm.weight }, { eps: norm.eps }).y;
  if (rows > FEW_ROWS || learns || balance) return add(trace, h, mixture(trace, normed(), layers, experts_per_token, balance));
  const one = !router.lora && shouldPick(h, router);
  const { x, ...chosen } = one
    ? pickExperts(trace, h, norm, router, experts_per_token)
    : choose(trace, normed(), router, experts_per_token);
  const whole = [gate_up, down].every(hasWholeSteps);
  if (rows * experts_per_token > FEW_SLOTS || !whole) return add(trace, h, throughExperts(trace, x, chosen, layers, CHUNK_BYTES));
  const hidden = expertSwiglu(trace, x, chosen.experts, gate_up);
  return expertSum(trace, hidden, chosen.experts, chosen.weights, down, h);
}

function choose(trace: Trace, x: Tensor, router: LinearLayer, experts_per_token: number): Picked {
  return { x, ...chooseExperts(trace, linear(trace, x, router), experts_per_token) };
}

function throughExperts(
  trace: Trace,
  x: Tensor,
  chosen: { readonly experts: Tensor; readonly weights: Tensor },
  layers: MixtureLayers,
  chunk_bytes: number,
): Tensor {
  const [experts, width] = matrixShape(layers.gate_up) as [number, number];
  const counts = chunkCounts(x.shape[0]!, chosen.experts.shape[1]! * width * 4, chunk_bytes);
  const through = (rows: Tensor, ids: Tensor, weights: Tensor): Tensor => {
    const plan = route(trace, ids, experts);
    const hidden = swiglu(trace, expertLinear(trace, rows, plan, layers.gate_up, { gather: true }));
    return combineExperts(trace, expertLinear(trace, hidden, plan, layers.down, { gather: false }), weights, plan);
  };
  if (counts.length === 1) return through(x, chosen.experts, chosen.weights);
  const rows = splitRows(trace, x, counts);
  const ids = splitRows(trace, chosen.experts, counts);
  const weights = splitRows(trace, chosen.weights, counts);
  return concatRows(
    trace,
    counts.map((_, i) => trace.block(() => through(rows[i]!, ids[i]!, weights[i]!))),
  );
}
