/**
 * A mixture of experts as a layer: router, the chosen experts' SwiGLU, and the weighted sum (formulas in the ops).
 * A long stream goes through the experts in chunks of tokens, each a block of its own, because gate_up alone makes K * 2F values a token:
 * gpt-oss-20b at 2,048 tokens would need 189 MB for each of several such values.
 */
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { add } from './add.ts';
import { chunkCounts, concatRows, splitRows } from './chunks.ts';
import { expertSum, expertSwiglu, hasWholeSteps } from './expert-gemv.ts';
import { groupedLinear } from './grouped-linear.ts';
import { type LinearLayer, linear, matrixShape } from './linear.ts';
import { combineExperts } from './moe-combine.ts';
import { route } from './moe-route.ts';
import { canNormRoute, normRouteTopK, type Routed } from './norm-route-top-k.ts';
import { rmsNorm } from './rms-norm.ts';
import { routeTopK } from './route-top-k.ts';
import type { Balance } from './router-balance.ts';
import { type SwigluForm, swiglu } from './swiglu.ts';
import { GEMV_ROWS, GEMV_SLOTS, WIDE } from './variants.ts';

export interface MoeLayers {
  readonly router: LinearLayer;
  /** Weight [E, 2F, C], gate and up rows interleaved. */
  readonly gate_up: LinearLayer;
  /** Weight [E, C, F]. */
  readonly down: LinearLayer;
}

/** How experts are chosen and what they compute. */
export interface MoeForm {
  readonly experts_per_token: number;
  readonly swiglu: SwigluForm;
  /** The softmax that weighs the chosen goes over all experts. */
  readonly over_all: boolean;
}

/** Of a chunk's gate_up values, at most. */
const CHUNK_BYTES = 48 * 2 ** 20;

/** x [T, C] -> [T, C]. `balance`: where routers add to the load-balancing loss. */
export function moe(trace: Trace, x: Tensor, layers: MoeLayers, form: MoeForm, balance?: Balance, chunk_bytes = CHUNK_BYTES): Tensor {
  const logits = linear(trace, x, layers.router);
  const chosen = routeTopK(trace, logits, form.experts_per_token, balance, form.over_all);
  return expertMlp(trace, x, chosen, layers, form.swiglu, chunk_bytes);
}

/**
 * h + moe(norm(h)), h [T, C]. Few rows without a gradient (decoding) are three launches, five where rows are narrow, and one more for each further
 * piece of the experts' weights.
 */
export function moeBlock(
  trace: Trace,
  h: Tensor,
  layers: MoeLayers & { readonly norm: { readonly weight: Tensor; readonly eps: number } },
  form: MoeForm,
  balance?: Balance,
): Tensor {
  const { experts_per_token, over_all } = form;
  const { norm, router, gate_up, down } = layers;
  const rows = h.shape[0]!;
  const trained = [h, gate_up.lora?.a, down.lora?.a, router.lora?.a].some((t) => t?.needsGradient);
  const normed = (): Tensor => trace.emit(rmsNorm, { x: h, weight: norm.weight }, { eps: norm.eps }).y;
  if (rows > GEMV_ROWS || trained || balance) return add(trace, h, moe(trace, normed(), layers, form, balance));
  // In one launch where rows are wide: where they are narrow, its barriers cost more than two launches.
  const one = !router.lora && h.shape[1]! >= WIDE && canNormRoute(h, router);
  const { x, ...chosen } = one ? normRouteTopK(trace, h, norm, router, experts_per_token, over_all) : routed(trace, normed(), router, form);
  const whole = [gate_up, down].every(hasWholeSteps);
  if (rows * experts_per_token > GEMV_SLOTS || !whole) return add(trace, h, expertMlp(trace, x, chosen, layers, form.swiglu, CHUNK_BYTES));
  const hidden = expertSwiglu(trace, x, chosen.experts, gate_up, form.swiglu);
  return expertSum(trace, hidden, chosen.experts, chosen.weights, down, h);
}

function routed(trace: Trace, x: Tensor, router: LinearLayer, { experts_per_token, over_all }: MoeForm): Routed {
  return { x, ...routeTopK(trace, linear(trace, x, router), experts_per_token, undefined, over_all) };
}

/** The chosen experts' MLPs over x [T, C], weighted and summed. */
function expertMlp(
  trace: Trace,
  x: Tensor,
  chosen: { readonly experts: Tensor; readonly weights: Tensor },
  layers: MoeLayers,
  form: SwigluForm,
  chunk_bytes: number,
): Tensor {
  const [experts, width] = matrixShape(layers.gate_up) as [number, number];
  const counts = chunkCounts(x.shape[0]!, chosen.experts.shape[1]! * width * 4, chunk_bytes);
  const mlp = (rows: Tensor, ids: Tensor, weights: Tensor, { gate_up, down }: Experts): Tensor => {
    const plan = route(trace, ids, experts);
    const hidden = swiglu(trace, groupedLinear(trace, rows, plan, gate_up, { gather: true }), form);
    return combineExperts(trace, groupedLinear(trace, hidden, plan, down, { gather: false }), weights, plan);
  };
  if (counts.length === 1) return mlp(x, chosen.experts, chosen.weights, layers);
  const rows = splitRows(trace, x, counts);
  const own = splitOwn(trace, layers, counts);
  const ids = splitRows(trace, chosen.experts, counts);
  const weights = splitRows(trace, chosen.weights, counts);
  return concatRows(
    trace,
    counts.map((_, i) => trace.block(() => mlp(rows[i]!, ids[i]!, weights[i]!, own[i]!))),
  );
}

type Experts = Pick<MoeLayers, 'gate_up' | 'down'>;

/** By chunk, the layers with the ranks that its tokens keep, where tokens have adapters of their own. */
function splitOwn(trace: Trace, { gate_up, down }: Experts, counts: readonly number[]): Experts[] {
  const ranks = (gate_up.lora ?? down.lora)?.own?.ranks;
  if (!ranks) return counts.map(() => ({ gate_up, down }));
  const of = (layer: LinearLayer, part: Tensor): LinearLayer =>
    layer.lora?.own ? { ...layer, lora: { ...layer.lora, own: { ...layer.lora.own, ranks: part } } } : layer;
  return splitRows(trace, ranks, counts).map((part) => ({ gate_up: of(gate_up, part), down: of(down, part) }));
}
