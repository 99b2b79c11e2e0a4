/**
 * A mixture of experts as a layer: router, the chosen experts' clamped SwiGLU, and the weighted sum (gpt-oss; spec of the formulas in the ops).
 * A long stream goes through the experts in chunks of tokens, each a block of its own, because gate_up alone makes K * 2F values a token:
 * gpt-oss-20b at 2,048 tokens would need 189 MB for each of several such values.
 */
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { chunkCounts, concatRows, splitRows } from './chunks.ts';
import { type LinearLayer, linear, matrixShape } from './linear.ts';
import { combineExperts } from './moe-combine.ts';
import { expertLinear } from './moe-linear.ts';
import { route } from './moe-route.ts';
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
  const chosen = chooseExperts(trace, linear(trace, x, layers.router), experts_per_token, balance);
  const [experts, width] = matrixShape(layers.gate_up) as [number, number];
  const counts = chunkCounts(x.shape[0]!, experts_per_token * width * 4, chunk_bytes);
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
