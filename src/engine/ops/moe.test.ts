/** Experts in chunks of tokens compute what they compute in one piece, gradients included; and in the plan only one chunk's values are alive. */
import { describe, expect, it } from 'vitest';
import { backward } from '../graph/backward.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Trace } from '../graph/trace.ts';
import { fill } from '../reference/fill.ts';
import { interpret } from '../reference/interpret.ts';
import type { Array64 } from '../reference/twin.ts';
import { sums } from './add.ts';
import { moe } from './moe.ts';
import { ranksOf } from './own-ranks.ts';
import { GPT_OSS_SWIGLU } from './swiglu.ts';

const [TOKENS, WIDTH, EXPERTS, INNER, RANK, CHOSEN] = [150, 8, 4, 12, 4, 2];
const normal = { kind: 'normal', scale: 0.5 } as const;

interface Traced {
  readonly trace: Trace;
  readonly out: Tensor;
  readonly values: Map<Tensor, Array64>;
}

/** A layer between two trainable things (x and the adapters), recomputed as a model's layers are. `mixed`: every third token has no adapter; no backward. */
function traced(chunkBytes: number, mixed = false): Traced {
  const trace = new Trace();
  const values = new Map<Tensor, Array64>();
  const given = (tensor: Tensor): Tensor => {
    values.set(tensor, fill({ shape: tensor.shape, fill: normal }, tensor.name));
    return tensor;
  };
  const input = (name: string, ...shape: number[]): Tensor => given(trace.input(name, shape));
  const x = given(trace.trainable('x', [TOKENS, WIDTH]));
  const ranks = trace.input('ranks', [TOKENS, 1, 2], 'u32');
  const own = Array.from({ length: TOKENS }, (_, t) => (t % 3 === 0 ? undefined : 0));
  values.set(ranks, { shape: ranks.shape, data: Float64Array.from(ranksOf(own, [[RANK]])) });
  const adapter = (name: string, out: number, width: number) => ({
    a: given(trace.trainable(`${name}.a`, [EXPERTS, RANK, width])),
    b: given(trace.trainable(`${name}.b`, [EXPERTS, out, RANK])),
    scale: 2,
    arena: x, // read by dense layers alone
    a_at: 0,
    b_at: 0,
    ...(mixed && { own: { ranks, mix: 0 } }),
  });
  const layers = {
    router: { weight: input('router', EXPERTS, WIDTH), bias: input('router.bias', EXPERTS) },
    gate_up: {
      weight: input('gate_up', EXPERTS, 2 * INNER, WIDTH),
      bias: input('gate_up.bias', EXPERTS, 2 * INNER),
      lora: adapter('gate_up', 2 * INNER, WIDTH),
    },
    down: { weight: input('down', EXPERTS, WIDTH, INNER), bias: input('down.bias', EXPERTS, WIDTH), lora: adapter('down', WIDTH, INNER) },
  };
  const out = trace.keep(
    trace.block(() => moe(trace, x, layers, { experts_per_token: CHOSEN, swiglu: GPT_OSS_SWIGLU, over_all: false }, undefined, chunkBytes)),
  );
  if (!mixed) backward(trace, new Map([[out, input('dout', TOKENS, WIDTH)]]), sums);
  return { trace, out, values };
}

const WHOLE = 1e9;
const CHUNKED = 64 * CHOSEN * 2 * INNER * 4;

describe('a moe of experts in three chunks', () => {
  const [whole, chunked] = [traced(WHOLE), traced(CHUNKED)];
  interpret(whole.trace.nodes, whole.values);
  interpret(chunked.trace.nodes, chunked.values);

  it('gives the same values', () => {
    const want = whole.values.get(whole.out)!.data;
    const got = chunked.values.get(chunked.out)!.data;
    for (let i = 0; i < want.length; i++) expect(got[i]).toBeCloseTo(want[i]!, 12);
  });

  it.each(['x', 'gate_up.a', 'gate_up.b', 'down.a', 'down.b'])('gives the same gradient of %s', (name) => {
    const gradient = ({ trace, values }: Traced): Float64Array => values.get(trace.persistent.get(`gradient:${name}`)!)!.data;
    const want = gradient(whole);
    expect(want.some((v) => v !== 0)).toBe(true);
    gradient(chunked).forEach((v, i) => {
      expect(v).toBeCloseTo(want[i]!, 10);
    });
  });

  it('keeps the gate_up values of one chunk at a time', () => {
    const slots = plan(chunked.trace, DEFAULT_CAPABILITIES).slots.filter(({ bytes }) => bytes === CHUNKED);
    expect(slots.length).toBeLessThanOrEqual(3); // the chunk's values, its adapter's sum, and their gradient
    const bytesOfOne = 64 * CHOSEN * 2 * INNER * 4;
    expect(plan(chunked.trace, DEFAULT_CAPABILITIES).slots.every(({ bytes }) => bytes <= bytesOfOne)).toBe(true);
  });
});

it('tokens keep their own adapter in every chunk', () => {
  const [whole, chunked, all] = [traced(WHOLE, true), traced(CHUNKED, true), traced(WHOLE)];
  for (const { trace, values } of [whole, chunked, all]) interpret(trace.nodes, values);
  const rowOf = ({ out, values }: Traced, token: number): number[] => [
    ...values.get(out)!.data.subarray(token * WIDTH, (token + 1) * WIDTH),
  ];
  for (let t = 0; t < TOKENS; t++) {
    for (const [i, v] of rowOf(chunked, t).entries()) expect(v).toBeCloseTo(rowOf(whole, t)[i]!, 12);
    const same = rowOf(all, t).every((v, i) => Math.abs(v - rowOf(whole, t)[i]!) < 1e-12);
    expect(same, `token ${t}`).toBe(t % 3 !== 0);
  }
});
