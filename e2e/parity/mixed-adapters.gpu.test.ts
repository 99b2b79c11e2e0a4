/**
 * One batch whose rows have adapters of their own, {base, one adapter, another of other ranks and targets}, against each alone: the logits of a decoded
 * token and of the prompts within 1e-5 of the largest, and the greedy ids exactly; also where rows leave, and where they share the prompts' cache.
 */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { besideBase, createJoined, freeJoined, type JoinedAdapter, joinLayouts, uploadJoined } from '../../src/engine/adapters/joined.ts';
import { type AdapterLayout, createAdapter, freeAdapter, layoutAdapter, uploadAdapter, withLora } from '../../src/engine/adapters/lora.ts';
import { readAdapter } from '../../src/engine/files/adapter.ts';
import { describeTargets, sizeA, sizeB } from '../../src/engine/files/adapter-plan.ts';
import { Decoding } from '../../src/engine/generate/decoding.ts';
import { type GenerationRequest, type GenerationRow, Generator, sharedSizes, sizesOf } from '../../src/engine/generate/generator.ts';
import { type GenerationContext, traceDecode, tracePrefill } from '../../src/engine/generate/programs.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { plan } from '../../src/engine/graph/plan.ts';
import { Pool, Program } from '../../src/engine/graph/program.ts';
import { byteLength, type Tensor } from '../../src/engine/graph/tensor.ts';
import type { Trace } from '../../src/engine/graph/trace.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { computeLogits } from '../../src/engine/models/logits.ts';
import { positionsOf } from '../../src/engine/models/rope.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { Random } from '../../src/lib/random.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

const greedy = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 1, salt: 0 };
const NEW = 9;

interface Case {
  readonly model: string;
  readonly adapter: string;
  readonly prompts: readonly number[][];
  /** The embedding table stays on the host. */
  readonly hostTable?: boolean;
}

const read = <X>(path: string): X => JSON.parse(readFileSync(path, 'utf8')) as X;
const gptOss = (name: string): Case => {
  const { model } = read<{ model: string }>(`e2e/fixtures/peft/${name}/case.json`);
  const folder = `e2e/fixtures/models/${model}`;
  const { input_ids } = read<{ input_ids: number[][] }>(`${folder}/ids.json`);
  return { model: folder, adapter: `e2e/fixtures/peft/${name}/adapter`, prompts: input_ids };
};
const dense = (name: string): Case => {
  const folder = `e2e/fixtures/dense/${name}`;
  const { greedy: of } = read<{ greedy: { input_ids: number[][] } }>(`${folder}/case.json`);
  return { model: folder, adapter: `${folder}/adapter`, prompts: of.input_ids };
};

interface Loaded {
  readonly session: Session;
  readonly all: readonly JoinedAdapter[];
  readonly prompts: readonly number[][];
}

let open: Session | null = null;
afterEach(() => {
  open?.store.free(() => true);
  open = null;
});

/** Adapters: the fixture's, a random one of another rank and other targets with rsLoRA, and one of a single layer. */
async function load({ model, adapter, prompts, hostTable }: Case): Promise<Loaded> {
  const session = await openSession(gpu, nodeDirectory(model), hostTable ? { largestTableOnGpu: 0 } : {});
  open = session;
  const weights = adaptableWeights(session.config);
  const first = await readAdapter(nodeDirectory(adapter), weights);
  const random = (seed: string, r: number, use_rslora: boolean, chosen: typeof weights): JoinedAdapter => {
    const settings = { r, lora_alpha: 5, use_rslora, rank_pattern: { v_proj: 2 * r - 1 }, alpha_pattern: { q_proj: 1.5 } };
    const targets = describeTargets({ ...settings, target_modules: 'all-linear', target_parameters: null }, chosen);
    const draw = (name: string, n: number): Float32Array<ArrayBuffer> => {
      const from = new Random(`${seed} ${name}`);
      return Float32Array.from({ length: n }, () => 0.3 * from.normal());
    };
    return {
      targets,
      tensors: new Map(
        targets.flatMap((t) => [
          [t.keyA, draw(t.keyA, sizeA(t))],
          [t.keyB, draw(t.keyB, sizeB(t))],
        ]),
      ),
    };
  };
  const second = random(
    'second',
    7,
    true,
    weights.filter(({ path }) => !/layers\.1\.|k_proj|up_proj/.test(path)),
  );
  const third = random(
    'third',
    12,
    false,
    weights.filter(({ path }) => /layers\.2\./.test(path)),
  );
  const usable = prompts.filter(({ length }) => length > 1);
  return {
    session,
    all: [first, second, third],
    prompts: Array.from({ length: 4 }, (_, i) => usable[i % usable.length]!.slice(Math.floor(i / usable.length))),
  };
}

/** What the model says alone: without an adapter, or with one as the only one on the GPU. */
async function alone<X>(
  session: Session,
  adapter: JoinedAdapter | undefined,
  body: (layout: AdapterLayout | null) => Promise<X>,
): Promise<X> {
  if (!adapter) return body(null);
  const layout = layoutAdapter(adapter.targets);
  createAdapter(session.store, layout, { training: false });
  uploadAdapter(session.store, layout, adapter.tensors);
  try {
    return await body(layout);
  } finally {
    freeAdapter(session.store);
  }
}

async function generate(
  session: Session,
  generator: Generator,
  request: Omit<GenerationRequest, 'vocabulary_with_text' | 'eos' | 'onIds'>,
): Promise<number[][]> {
  const ids: number[][] = request.rows.map(() => []);
  await generator.generate({
    ...request,
    ...{ vocabulary_with_text: session.config.vocab_size, eos: [] },
    onIds: (r, fresh) => {
      ids[r]!.push(...fresh);
      return false;
    },
  });
  return ids;
}

function rowsOf(prompts: readonly (readonly number[])[], adapters: readonly (number | undefined)[], max_new_tokens = NEW): GenerationRow[] {
  return prompts.map((prompt, r) => ({
    ...{ prompt: Uint32Array.from(prompt), sampling: greedy, max_new_tokens },
    ...(adapters[r] !== undefined && { adapter: adapters[r] }),
  }));
}

/** All prompts with one adapter after the other, the base model last; `of` picks what each row of a mixed batch should give. */
async function expectedIds({ session, all, prompts }: Loaded): Promise<{ of(row: number, adapter: number | undefined): number[] }> {
  const expected: number[][][] = [];
  for (const adapter of [...all, undefined]) {
    const ids = await alone(session, adapter, async (layout) => {
      const generator = new Generator(session, 'alone.');
      const found = await generate(session, generator, { rows: rowsOf(prompts, []), adapter: layout });
      generator.free();
      return found;
    });
    expected.push(ids);
  }
  return { of: (row, adapter) => expected[adapter ?? all.length]![row]! };
}

function join({ session, all }: Loaded): AdapterLayout {
  const layout = joinLayouts(adaptableWeights(session.config), all);
  createJoined(session.store, layout);
  uploadJoined(session.store, layout, all);
  return layout;
}

/** Largest difference over the largest expected value. */
function error(got: Float32Array, want: Float32Array): number {
  const largest = want.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  return got.reduce((m, v, i) => Math.max(m, Math.abs(v - want[i]!)), 0) / largest;
}

/** The logits of the second new token of every row, decoded as one batch; `ids`: the first. */
async function decodedLogits(
  session: Session,
  adapter: AdapterLayout,
  rows: readonly GenerationRow[],
): Promise<{ logits: Float32Array; ids: number[] }> {
  const { shape, prompt } = sizesOf(rows, positionsOf(session.config));
  const context: GenerationContext = { session, shape, adapter, vocabulary_with_text: session.config.vocab_size, prefix: 'mixed.' };
  const decode = traceDecode(context);
  const kept = decode.keep(lastLinear(decode));
  const plans = [tracePrefill(context, prompt), decode].map((trace) => plan(trace, session.capabilities));
  for (const t of plans.flatMap((p) => p.persistent))
    if (t.name.startsWith('mixed.') && !session.store.has(t.name)) session.store.create(t.name, byteLength(t), 'inputs');
  const pool = new Pool(session.store, 'mixed.slots');
  pool.reserve(plans.map((p) => p.slots));
  const [first, step] = await Promise.all(plans.map((p) => Program.build(session.store, p, pool)));
  const ids: number[] = [];
  const onIds = (r: number, fresh: readonly number[]): false => {
    ids[r] ??= fresh[0]!;
    return false;
  };
  const request: GenerationRequest = { rows, adapter, vocabulary_with_text: session.config.vocab_size, eos: [], onIds };
  const decoding = new Decoding(session, context, request, new Map([[rows.length, step!]]));
  await decoding.writePrompts(prompt);
  first!.run();
  await decoding.run();
  const logits = new Float32Array(await step!.read(kept));
  for (const program of [first!, step!]) program.free();
  session.store.free((name) => name.startsWith('mixed.'));
  return { logits, ids };
}

function lastLinear(trace: Trace): Tensor {
  const head = trace.nodes.filter(({ op }) => op.name === 'linear').at(-1)!;
  return head.outputs.y!;
}

describe.each([
  ['gpt-oss, experts of both kinds', gptOss('both-experts')],
  ['gpt-oss, patterns, the table on the host', { ...gptOss('patterns'), hostTable: true }],
  ['qwen3', dense('qwen3')],
  ['qwen3 with experts', dense('qwen3-moe-raw')],
] as const)('%s', (_title, files) => {
  it('decodes rows of the base model and of three adapters as each alone, also where rows leave and where they share prompts', async () => {
    const loaded = await load(files);
    const { session, prompts } = loaded;
    const expected = await expectedIds(loaded);
    expect(new Set([undefined, 0, 1, 2].map((adapter) => expected.of(1, adapter).join())).size).toBe(4); // they do differ
    const joined = join(loaded);
    const generator = new Generator(session);
    const adapters = [0, undefined, 1, 2];
    const lengths = [3, 2, NEW, NEW];
    const rows = rowsOf(prompts, adapters).map((row, r) => ({ ...row, max_new_tokens: lengths[r]! }));
    expect(await generate(session, generator, { rows, adapter: joined, block: 2 })).toEqual(
      adapters.map((adapter, r) => expected.of(r, adapter).slice(0, lengths[r])),
    );
    // Rows of one question share its place in the cache only where their adapter is the same.
    const again = [0, 1, 2, 3, 0, 0, 1, 0];
    const others = [2, 1, undefined, 0, 2, undefined, 0, 1];
    const tokens = again.reduce((n, p) => n + prompts[p]!.length, 0) - prompts[0]!.length;
    const longest = Math.max(...prompts.map(({ length }) => length));
    const sizes = sharedSizes(again.length, { longest, prompts: tokens, new_tokens: NEW }, positionsOf(session.config));
    const mixed = rowsOf(
      again.map((p) => prompts[p]!),
      others,
    );
    expect(await generate(session, generator, { rows: mixed, adapter: joined, sizes })).toEqual(
      again.map((p, r) => expected.of(p, others[r])),
    );
    generator.free();
    freeJoined(session.store);
  });

  it('gives the logits of each alone, one adapter beside the base model or several', async () => {
    const loaded = await load(files);
    const { session, all, prompts } = loaded;
    const compare = async (layout: AdapterLayout, adapters: readonly (number | undefined)[]): Promise<void> => {
      const rows = rowsOf(prompts.slice(0, adapters.length), adapters, 2);
      const { logits, ids } = await decodedLogits(session, layout, rows);
      const vocabulary = session.config.vocab_size;
      for (const [r, adapter] of adapters.entries()) {
        const single = adapter === undefined ? null : layoutAdapter(all[adapter]!.targets);
        const place = single && layout.arena === single.arena; // it lies where it would alone
        const row = [...prompts[r]!, ids[r]!];
        const want = await (place || !single
          ? computeLogits(session, row, (t, w) => (single ? withLora(t, w, single) : w))
          : alone(session, all[adapter!], (one) => computeLogits(session, row, (t, w) => withLora(t, w, one!))));
        expect(error(logits.subarray(r * vocabulary, (r + 1) * vocabulary), want.subarray(-vocabulary))).toBeLessThan(1e-5);
      }
    };
    const joined = join(loaded);
    await compare(joined, [undefined, 0, 1, 2]);
    await alone(session, all[0], (layout) => compare(besideBase(layout!), [0, undefined, 0]));
  });
});
