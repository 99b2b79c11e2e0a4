/** Importing: what is trusted, what is refused, and that a refusal lists everything. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ImportedAdapter, importAdapter } from './adapter.ts';
import { both, plan, weights } from './adapter-cases.ts';
import { peftTensors } from './adapter-layout.ts';
import { type AdapterTarget, initialAdapter } from './adapter-plan.ts';
import { openCheckpoint } from './safetensors-read.ts';
import { f32Tensor, type TensorData, writeSafetensors } from './safetensors-write.ts';
import { bytesDirectory } from './source.ts';

const full = plan({ target_parameters: both });
const config = (changes: Record<string, unknown> = {}): string =>
  JSON.stringify({ peft_type: 'LORA', r: 3, lora_alpha: 6, target_modules: ['q_proj', 'o_proj'], target_parameters: both, ...changes });
const good = (): Map<string, TensorData> => peftTensors(full, initialAdapter(full, 1));
const read = async (tensors: Map<string, TensorData>, configJson = config()): Promise<ImportedAdapter> =>
  importAdapter(
    configJson,
    await openCheckpoint(
      bytesDirectory('my-adapter', new Map([['adapter_model.safetensors', writeSafetensors(tensors)]])),
      'adapter_model',
    ),
    weights,
  );
const only = (suffix: string): [Map<string, TensorData>, AdapterTarget] => {
  const targets = plan({ target_modules: [], target_parameters: [suffix] });
  return [peftTensors(targets, initialAdapter(targets, 1)), targets[0]!];
};

describe('importAdapter', () => {
  it('reads bf16 and f16', async () => {
    const tensors = good();
    const [first, second] = [full[0]!, full[1]!];
    tensors.set(first.keyA, { dtype: 'BF16', shape: [3, 8], data: new Uint16Array(24).fill(0xbf80) });
    tensors.set(second.keyA, { dtype: 'F16', shape: [3, 16], data: new Uint16Array(48).fill(0x3800) });
    const adapter = await read(tensors);
    expect(new Set(adapter.tensors.get(first.keyA))).toEqual(new Set([-1]));
    expect(new Set(adapter.tensors.get(second.keyA))).toEqual(new Set([0.5]));
  });

  it('trusts the tensors where the list says less', async () => {
    const adapter = await read(good(), config({ target_modules: ['q_proj'], target_parameters: ['0.mlp.experts.down_proj'] }));
    expect(adapter.targets.map(({ path }) => path)).toEqual(full.map(({ path }) => path));
    expect(adapter.settings.target_modules).toEqual(weights.filter(({ kind }) => kind === 'module').map(({ path }) => path));
    expect(adapter.settings.target_parameters).toEqual(weights.filter(({ kind }) => kind === 'expert').map(({ path }) => path));
  });

  it('knows a single expert weight by the list, or without one by its shape', async () => {
    const [tensors, target] = only('0.mlp.experts.down_proj');
    for (const list of [['0.mlp.experts.down_proj'], null]) {
      const adapter = await read(tensors, config({ target_modules: null, target_parameters: list }));
      expect(adapter.targets).toEqual([target]);
    }
    const wrongList = read(tensors, config({ target_modules: null, target_parameters: ['0.mlp.experts.gate_up_proj'] }));
    await expect(wrongList).rejects.toThrow(
      /layers\.0\.mlp\.experts\.lora_A\.weight is \[15, 12\] and should be \[15, 8\]; .*lora_B\.weight is \[8, 15\] and should be \[24, 15\]/,
    );
  });

  it('does not take half of a nested pair for a whole', async () => {
    const [tensors] = only('0.mlp.experts.down_proj');
    await expect(
      read(tensors, config({ target_modules: null, target_parameters: ['0.mlp.experts.down_proj', '0.mlp.experts.gate_up_proj'] })),
    ).rejects.toThrow(/layers\.0\.mlp\.experts\.base_layer\.lora_A\.weight \[15, 8\] is missing/);
  });
});

describe('importAdapter refuses', () => {
  it('lists everything that is missing, foreign, mis-shaped or of another dtype in one error', async () => {
    const tensors = good();
    tensors.delete(full[0]!.keyB);
    tensors.set('base_model.model.model.layers.2.self_attn.q_proj.lora_A.weight', f32Tensor(new Float32Array(24), 3, 8));
    tensors.set('base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector', f32Tensor(new Float32Array(16), 16));
    tensors.set(full[1]!.keyA, f32Tensor(new Float32Array(64), 4, 16));
    tensors.set(full[1]!.keyB, { dtype: 'I32', shape: [8, 3], data: new Int32Array(24) });
    const error = await read(tensors).then(
      () => null,
      (thrown: Error) => thrown,
    );
    expect(error?.name).toBe('AdapterError');
    for (const finding of [
      /my-adapter does not fit this model/,
      /layers\.2\.self_attn\.q_proj\.lora_A\.weight belongs to no weight/,
      /lora_magnitude_vector belongs to no weight/,
      /layers\.0\.self_attn\.q_proj\.lora_B\.weight \[16, 3\] is missing/,
      /layers\.0\.self_attn\.o_proj\.lora_A\.weight is \[4, 16\] and should be \[3, 16\]/,
      /layers\.0\.self_attn\.o_proj\.lora_B\.weight is I32/,
    ]) {
      expect(error?.message).toMatch(finding);
    }
  });

  /** Red before: one finding for each of a hundred tensors. */
  it('says once that it is DoRA, and once that it adapts the router', async () => {
    const tensors = good();
    for (const layer of [0, 1]) {
      tensors.set(`base_model.model.model.layers.${layer}.self_attn.q_proj.lora_magnitude_vector`, f32Tensor(new Float32Array(16), 16));
      tensors.set(`base_model.model.model.layers.${layer}.mlp.gate.lora_A.weight`, f32Tensor(new Float32Array(24), 3, 8));
      tensors.set(`base_model.model.model.layers.${layer}.mlp.gate.lora_B.weight`, f32Tensor(new Float32Array(15), 5, 3));
    }
    await expect(read(tensors)).rejects.toThrow(
      /^my-adapter does not fit this model: it adapts the router of the experts [^;]+: leave it out of the targets; lora_magnitude_vector belongs to no weight of plain LoRA, so this is DoRA, [^;]+: train it with use_dora false\. Use an adapter/,
    );
    await expect(read(good(), config({ use_dora: true }))).rejects.toThrow(
      /^my-adapter cannot be used \(adapter_config\.json\): use_dora is set \(DoRA\), which is not supported\. Choose a plain LoRA adapter\.$/,
    );
  });

  // They were imported, and every answer with the adapter was NaN.
  it('refuses values that are not finite, with every tensor and place', async () => {
    const tensors = good();
    const bad = new Float32Array(24);
    bad[17] = Number.NaN;
    tensors.set(full[0]!.keyA, f32Tensor(bad, 3, 8));
    tensors.set(full[1]!.keyA, { dtype: 'F16', shape: [3, 16], data: new Uint16Array(48).fill(0xfc00, 47) });
    tensors.set(full[1]!.keyB, { dtype: 'BF16', shape: [8, 3], data: new Uint16Array(24).fill(0x7f80, 3, 4) });
    const { keyA } = full[0]!;
    await expect(read(tensors)).rejects.toThrow(
      `my-adapter cannot be used: ${keyA} holds NaN at [2, 1]; ${full[1]!.keyA} holds -Infinity at [2, 15]; ${full[1]!.keyB} holds Infinity at [1, 0]. `,
    );
  });

  it('says how keys that are not those of save_pretrained are mended', async () => {
    const renamed = (name: (key: string) => string) => new Map([...good()].map(([key, value]) => [name(key), value]));
    await expect(read(renamed((key) => key.replace('.weight', '.default.weight')))).rejects.toThrow(
      /lora_A\.default\.weight has the adapter's own name in it; write it with PEFT's save_pretrained/,
    );
    await expect(read(renamed((key) => key.replace('base_model.model.', '')))).rejects.toThrow(
      /does not begin with base_model\.model\.; write it with PEFT's save_pretrained/,
    );
  });

  it('refuses a scale that float32 does not hold', async () => {
    await expect(read(good(), config({ alpha_pattern: { '0.self_attn.q_proj': 1e300 } }))).rejects.toThrow(
      /my-adapter does not fit this model: model\.layers\.0\.self_attn\.q_proj has alpha 1e\+300 and r 3, whose scale .* float32 does not hold/,
    );
    await expect(read(good(), config({ lora_alpha: 1e-60 }))).rejects.toThrow(/q_proj has alpha 1e-60/);
    expect(() => plan({ lora_alpha: 1e40 })).toThrow(/LoRA settings do not fit the model: .*q_proj has alpha 1e\+40/);
  });

  it('misses a layer that the list names', async () => {
    const tensors = good();
    tensors.delete(full[4]!.keyA);
    tensors.delete(full[4]!.keyB);
    await expect(read(tensors)).rejects.toThrow(/layers\.1\.self_attn\.q_proj\.lora_A\.weight \[3, 8\] is missing.*lora_B/);
    const narrowed = await read(tensors, config({ layers_to_transform: [0] }));
    expect(narrowed.targets.length).toBe(full.length - 1);
  });
});

describe('adapter_config.json', () => {
  it.each([
    [{ peft_type: 'IA3' }, /peft_type is "IA3"/],
    [{ use_dora: true, lora_bias: true }, /use_dora is set \(DoRA\).*lora_bias is set/],
    [{ modules_to_save: ['lm_head'] }, /modules_to_save is set \(fully trained modules\)/],
    [{ bias: 'all' }, /bias is "all"/],
    [{ init_lora_weights: 'pissa_niter_4' }, /init_lora_weights is "pissa_niter_4", which changes the base model/],
    [{ r: -1, lora_alpha: 'x' }, /r is -1.*lora_alpha is "x"/],
    [{ rank_pattern: { a: 'b' } }, /rank_pattern is not a map.*: a is "b"/],
    [
      { rank_pattern: { a: 2.5, b: 0 }, r: 2.5 },
      /r is 2\.5, not a whole number.*rank_pattern\.a is 2\.5, not a whole.*rank_pattern\.b is 0/,
    ],
    [{ alpha_pattern: [1, 2] }, /alpha_pattern is not a map/],
    [{ target_modules: { a: 1 }, target_parameters: 'x' }, /target_modules is neither.*target_parameters is not a list/],
  ])('refuses the config %j', async (changes, message) => {
    await expect(read(good(), config(changes))).rejects.toThrow(message);
  });

  it.each(['', '[]', 'null', '"x"'])('refuses the config text %j', async (text) => {
    await expect(read(good(), text)).rejects.toThrow(/adapter_config\.json of my-adapter is not a JSON object/);
  });

  // Python writes these words, and JSON reads 1e999 as infinity.
  it.each(['NaN', 'Infinity', '-Infinity', '1e999'])('refuses %s where a number belongs, by its name', async (value) => {
    const text = config({ alpha_pattern: { 'q"NaN"_proj': 'HERE' }, lora_alpha: 'HERE' }).replaceAll('"HERE"', value);
    await expect(read(good(), text)).rejects.toThrow(
      new RegExp(
        `lora_alpha is "?${value === '1e999' ? 'Infinity' : value}"?, not a number above 0.*alpha_pattern.*q"NaN"_proj is "?-?[NI]`,
      ),
    );
    expect((await read(good(), config({ lora_dropout: 'HERE' }).replace('"HERE"', value))).targets).toEqual(full); // not used, as in PEFT
  });

  it('any config either imports or is refused by name', async () => {
    const keys = fc.constantFrom(
      'r',
      'lora_alpha',
      'target_modules',
      'target_parameters',
      'rank_pattern',
      'alpha_pattern',
      'use_rslora',
      'bias',
      'use_dora',
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, fc.jsonValue({ maxDepth: 2 })), async (changes) => {
        try {
          const adapter = await read(good(), config(changes));
          expect(adapter.tensors.size).toBe(2 * adapter.targets.length);
        } catch (error) {
          expect(['AdapterError', 'SettingsError']).toContain((error as Error).name);
        }
      }),
      { numRuns: 400, seed: 7 },
    );
  });
});
