/**
 * A dense family beside ours, through the table alone: its logits and what it decodes greedily against a plain loop in float64. Two rotary
 * tables, a sliding and a full layer, a tied head, biases on q, k and v only.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Generator } from '../../src/engine/generate/generator.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { families } from '../../src/engine/models/index.ts';
import { computeLogits } from '../../src/engine/models/logits.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { isSliding, toy, toyFolder, toyJson, toyWeights } from './toy-family.ts';

let gpu: Gpu;
let session: Session;
beforeAll(async () => {
  families.toy = toy;
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  session = await openSession(gpu, toyFolder());
});
afterAll(() => {
  delete families.toy;
  gpu.device.destroy();
});

const { hidden_size: C, num_attention_heads: H, num_key_value_heads: G, head_dim: D, vocab_size: V } = toyJson;
const weights = toyWeights();
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => range(a.length).reduce((sum, i) => sum + a[i]! * b[i]!, 0);
const plus = (a: number[], b: ArrayLike<number>): number[] => a.map((x, i) => x + b[i]!);

function apply(path: string, x: number[]): number[] {
  const { data, shape } = weights.get(`${path}.weight`)!;
  const bias = weights.get(`${path}.bias`)?.data;
  return range(shape[0]!).map((o) => dot(data.subarray(o * x.length, (o + 1) * x.length), x) + (bias?.[o] ?? 0));
}

function norm(path: string, x: number[]): number[] {
  const { data } = weights.get(`${path}.weight`)!;
  const scale = 1 / Math.sqrt(dot(x, x) / x.length + 1e-6);
  return x.map((value, i) => value * scale * data[i]!);
}

/** One head of x, rotated: pairs are i and i + D/2. */
function rotated(x: number[], head: number, position: number, theta: number): number[] {
  return range(D).map((i) => {
    const pair = i % (D / 2);
    const angle = position * theta ** ((-2 * pair) / D);
    const [low, high] = [x[head * D + pair]!, x[head * D + pair + D / 2]!];
    return i < D / 2 ? low * Math.cos(angle) - high * Math.sin(angle) : high * Math.cos(angle) + low * Math.sin(angle);
  });
}

function attention(layer: number, rows: number[][]): number[][] {
  const path = `model.layers.${layer}.self_attn`;
  const theta = isSliding(layer) ? toyJson.rope_local_base_freq : toyJson.rope_theta;
  const [q, k, v] = ['q_proj', 'k_proj', 'v_proj'].map((name) => rows.map((x) => apply(`${path}.${name}`, x))) as [
    number[][],
    number[][],
    number[][],
  ];
  return rows.map((_, t) => {
    const first = isSliding(layer) ? Math.max(0, t - toyJson.sliding_window + 1) : 0;
    const heads = range(H).map((h) => {
      const g = Math.floor(h / (H / G));
      const query = rotated(q[t]!, h, t, theta);
      const keys = range(t + 1 - first).map((j) => first + j);
      const p = keys.map((j) => Math.exp(toyJson.attention_scale * dot(query, rotated(k[j]!, g, j, theta))));
      const sum = p.reduce((a, b) => a + b, 0);
      return range(D).map((d) => keys.reduce((y, j, at) => y + (p[at]! / sum) * v[j]![g * D + d]!, 0));
    });
    return apply(`${path}.o_proj`, heads.flat());
  });
}

function mlp(layer: number, x: number[]): number[] {
  const z = apply(`model.layers.${layer}.mlp.gate_up_proj`, x);
  const inner = range(z.length / 2).map((i) => {
    const gate = Math.min(z[2 * i]!, 7);
    return ((Math.max(-7, Math.min(7, z[2 * i + 1]!)) + 1) * gate) / (1 + Math.exp(-1.702 * gate));
  });
  return apply(`model.layers.${layer}.mlp.down_proj`, inner);
}

function logitsOf(ids: readonly number[]): number[] {
  const table = weights.get('model.embed_tokens.weight')!.data;
  let h = ids.map((id) => [...table.subarray(id * C, (id + 1) * C)]);
  for (const layer of range(toyJson.num_hidden_layers)) {
    const attended = attention(
      layer,
      h.map((x) => norm(`model.layers.${layer}.input_layernorm`, x)),
    );
    h = h.map((x, t) => plus(x, attended[t]!));
    h = h.map((x) => plus(x, mlp(layer, norm(`model.layers.${layer}.post_attention_layernorm`, x))));
  }
  return h.flatMap((x) => apply('model.embed_tokens', norm('model.norm', x)));
}

const ids = [3, 17, 0, 30, 8, 8, 25, 11, 2];

it('gives the logits of the loop', async () => {
  const want = logitsOf(ids);
  const got = await computeLogits(session, ids);
  expect(got.length).toBe(want.length);
  const largest = Math.max(...want.map(Math.abs));
  expect(Math.max(...want.map((x, i) => Math.abs(x - got[i]!))) / largest).toBeLessThan(1e-5);
});

it('decodes what the loop finds most likely', async () => {
  const want = [...ids];
  for (let n = 0; n < 6; n++) {
    const last = logitsOf(want).slice(-V);
    want.push(last.indexOf(Math.max(...last)));
  }
  const got: number[] = [];
  await new Generator(session).generate({
    rows: [
      {
        prompt: Uint32Array.from(ids),
        sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 1, salt: 0 },
        max_new_tokens: 6,
      },
    ],
    adapter: null,
    vocabulary_with_text: V,
    eos: [],
    onIds: (_, next) => {
      got.push(...next);
      return false;
    },
  });
  expect(got).toEqual(want.slice(ids.length));
});
