/** PEFT's rules of targeting, ranks, scales and layouts. */
import { describe, expect, it } from 'vitest';
import { both, keysOf, plan, settings, weights } from './adapter-cases.ts';
import { engineToPeftB, peftToEngineB } from './adapter-layout.ts';
import { type AdapterTarget, initialAdapter, planAdapter } from './adapter-plan.ts';

describe('planAdapter', () => {
  it('takes all-linear as the attention projections', () => {
    expect(plan().map(({ path }) => path)).toEqual(weights.filter(({ kind }) => kind === 'module').map(({ path }) => path));
    expect(plan()[0]).toMatchObject({ r: 3, alpha: 6, scale: 2, keyA: 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight' });
  });

  it('nests the first of two expert weights, whatever the order of the list, and none when it is alone', () => {
    const layer = 'base_model.model.model.layers.1.mlp.experts';
    expect(keysOf(plan({ target_modules: [], target_parameters: both.map((entry) => `1.${entry}`) }))).toEqual([
      `${layer}.base_layer.lora_A.weight`,
      `${layer}.base_layer.lora_B.weight`,
      `${layer}.lora_A.weight`,
      `${layer}.lora_B.weight`,
    ]);
    expect(plan({ target_modules: [], target_parameters: ['1.mlp.experts.gate_up_proj'] }).map(({ keyA }) => keyA)).toEqual([
      `${layer}.lora_A.weight`,
    ]);
  });

  it('matches entries at dots only', () => {
    expect(plan({ target_modules: ['1.self_attn.q_proj'] }).map(({ path }) => path)).toEqual(['model.layers.1.self_attn.q_proj']);
    expect(() => plan({ target_modules: ['proj'] })).toThrow(/entry proj matches no linear layer/);
  });

  it('takes ranks and alphas from the first pattern that matches, and the root of the rank with rsLoRA', () => {
    const changes = {
      target_parameters: both,
      rank_pattern: { 'layers\\.[1-9]\\.self_attn\\.q_proj': 9, q_proj: 4, experts: 7, 'experts.down_proj': 2 },
      alpha_pattern: { o_proj: 12 },
      use_rslora: true,
    };
    const found = Object.fromEntries(plan(changes).map(({ path, r, scale }) => [path.replace('model.layers.', ''), [r, scale]]));
    expect(found['0.self_attn.q_proj']).toEqual([4, 6 / 2]);
    expect(found['1.self_attn.q_proj']).toEqual([9, 6 / 3]);
    expect(found['1.self_attn.o_proj']).toEqual([3, 12 / Math.sqrt(3)]);
    expect(found['0.mlp.experts.gate_up_proj']).toEqual([3, 6 / Math.sqrt(3)]); // "experts" alone does not match a parameter
    expect(found['0.mlp.experts.down_proj']).toEqual([2, 6 / Math.sqrt(2)]);
  });

  it('lists every setting that cannot be', () => {
    expect(() =>
      plan({
        r: 0,
        lora_alpha: Number.NaN,
        rank_pattern: { q_proj: 1.5 },
        target_modules: ['router'],
        target_parameters: ['mlp.router.weight'],
      }),
    ).toThrow(
      /target_modules entry router .*target_parameters entry mlp\.router\.weight .*r is 0.*rank_pattern\.q_proj is 1\.5.*lora_alpha is NaN/,
    );
    expect(() => plan({ target_modules: [] })).toThrow(/nothing is targeted/);
    expect(() => plan({ rank_pattern: { '(': 1 } })).toThrow(/key \(, which is not a regular expression/);
  });
});

describe('initialAdapter', () => {
  it('is uniform in A within 1/sqrt(in), zero in B, and the same for the same seed', () => {
    const targets = planAdapter({ ...settings, r: 64 }, weights);
    const tensors = initialAdapter(targets, 42);
    const a = tensors.get(targets[1]!.keyA)!;
    expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(1 / 4);
    expect(Math.sqrt(a.reduce((sum, x) => sum + x * x, 0) / a.length)).toBeCloseTo(1 / 4 / Math.sqrt(3), 2);
    expect(tensors.get(targets[1]!.keyB)!.every((x) => x === 0)).toBe(true);
    expect(initialAdapter(targets, 42)).toEqual(tensors);
    expect(initialAdapter(targets, 43)).not.toEqual(tensors);
    expect(initialAdapter(targets.slice(1), 42).get(targets[1]!.keyA)).toEqual(a);
  });
});

describe('layouts', () => {
  const target: AdapterTarget = plan({ target_modules: [], target_parameters: ['0.mlp.experts.gate_up_proj'] })[0]!;
  const { experts, r, out } = target;

  it('puts column k E + e of PEFT at [e, o, k]', () => {
    const peft = Float32Array.from({ length: out * r * experts }, (_, i) => i);
    const engine = peftToEngineB(target, peft);
    for (const [e, o, k] of [
      [0, 0, 1],
      [1, 0, 0],
      [4, 23, 2],
      [2, 7, 1],
    ] as const) {
      expect(engine[(e * out + o) * r + k]).toBe(o * r * experts + k * experts + e);
    }
    expect(engineToPeftB(target, engine)).toEqual(peft);
  });

  it('leaves ordinary LoRA as it is', () => {
    const module = plan()[0]!;
    const b = Float32Array.from({ length: module.out * module.r }, (_, i) => i);
    expect(peftToEngineB(module, b)).toEqual(b);
  });
});
