/**
 * Self-distillation against PyTorch in float64, which agrees with TRL's own losses where it has them (e2e/fixtures/distillation): for every case the loss, the
 * divergence at each token and every LoRA gradient. Largest relative deviations are printed by kind.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARENAS, downloadAdapter, freeAdapter } from '../../src/engine/adapters/lora.ts';
import { peftTensors } from '../../src/engine/files/adapter-layout.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { readDistillationFile } from '../../src/headless/distillation-file.ts';
import { differentiateDistillation } from '../../src/headless/grads-distillation.ts';
import type { Json } from '../../src/headless/json-files.ts';
import { limitsOf, type OpenAdapter, readAdapterFolder } from '../../src/headless/model-folder.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { grads } from '../../src/headless/verbs/grads.ts';
import { readJson, readTensors, relativeL2, testRunner } from './headless-support.ts';

const ROOT = 'e2e/fixtures/distillation';
const ADAPTERS = 'e2e/fixtures/grpo';
/** A gradient smaller than this share of the largest is measured against that. */
const FLOOR = 1e-3;
const runner = testRunner();

interface Cases {
  readonly model: string;
  readonly cases: Record<string, Json>;
}

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));

/** Largest |difference| over the larger of 1 and the largest |wanted|. */
function deviation(got: Float32Array | undefined, want: Float32Array): number {
  if (got?.length !== want.length) return Number.POSITIVE_INFINITY;
  const most = want.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
  return want.reduce((m, v, i) => Math.max(m, Math.abs(got[i]! - v)), 0) / most;
}

describe.each(['qwen3', 'gpt-oss'])('%s', (name) => {
  const { model, cases } = readJson<Cases>(`${ROOT}/${name}/cases.json`);
  const worst = new Map<string, number>();
  let session: Session;
  let adapter: OpenAdapter;
  let golden: Map<string, Float32Array>;
  beforeAll(async () => {
    session = await openSession(await runner.gpu(), nodeDirectory(`e2e/fixtures/${model}`));
    adapter = await readAdapterFolder(resolve(`${ADAPTERS}/${name}/adapter`), session.config);
    golden = await readTensors(`${ROOT}/${name}/golden.safetensors`);
  });
  afterAll(() => {
    session.store.free(() => true);
    console.log(`${name}: worst deviations ${[...worst].map(([kind, value]) => `${kind} ${value.toExponential(1)}`).join(', ')}`);
  });
  const note = (kind: string, value: number): number => {
    worst.set(kind, Math.max(value, worst.get(kind) ?? 0));
    return value;
  };

  it.each(Object.keys(cases))('%s', async (key) => {
    const file = readDistillationFile(cases[key]!, key, limitsOf(session.config));
    const results = await differentiateDistillation(session, adapter, file, {});
    const gradients = peftTensors(adapter.targets, await downloadAdapter(session.store, adapter.layout, ARENAS.gradients));
    freeAdapter(session.store);
    const wanted = [...golden]
      .filter(([tensor]) => tensor.startsWith(`${key}/`))
      .map(([tensor, v]) => [tensor.slice(key.length + 1), v] as const);
    const largest = Math.max(...wanted.filter(([tensor]) => tensor.startsWith('grad.')).map(([, v]) => norm(v)));
    for (const [tensor, want] of wanted) {
      if (!tensor.startsWith('grad.')) {
        const got = results.get(tensor)?.data as Float32Array | undefined;
        expect(note(tensor === 'loss' ? 'loss' : 'divergence', deviation(got, want)), tensor).toBeLessThanOrEqual(1e-5);
        continue;
      }
      const got = gradients.get(tensor.slice('grad.'.length))!.data as Float32Array;
      expect(note('gradients', relativeL2(got, want) * Math.min(1, norm(want) / (FLOOR * largest))), tensor).toBeLessThanOrEqual(1e-4);
    }
    expect(wanted.filter(([tensor]) => tensor.startsWith('grad.')).length).toBe(gradients.size);
    expect(largest).toBeGreaterThan(1e-4);
    expect([...results.keys()].filter((tensor) => !wanted.some(([own]) => own === tensor))).toEqual([]);
  });
});

it('the verb `grads` writes gradients, the loss and the divergences of such a file', async () => {
  const { cases } = readJson<Cases>(`${ROOT}/qwen3/cases.json`);
  const key = 'forward-clip';
  writeFileSync(runner.path('batch.json'), JSON.stringify(cases[key]));
  const out = runner.path('out.safetensors');
  const [model, adapter] = ['e2e/fixtures/dense/qwen3', `${ADAPTERS}/qwen3/adapter`];
  await grads(['--model', model, '--adapter', adapter, '--batch', runner.path('batch.json'), '--out', out], runner);
  const got = await readTensors(out);
  for (const [name, want] of await readTensors(`${ROOT}/qwen3/golden.safetensors`)) {
    if (!name.startsWith(`${key}/`)) continue;
    expect(deviation(got.get(name.slice(key.length + 1).replace('grad.', '')), want), name).toBeLessThanOrEqual(1e-4);
  }
});
