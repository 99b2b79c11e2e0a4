/**
 * A synthetic checkpoint through the verbs `synthesize`, `logits` and `grads`, against what transformers and PEFT computed for the same weights
 * (e2e/fixtures/scale). Large gradients are compared by 512 of their entries and by 32 sums with random signs: for each of those the difference
 * of the sums is as large as the difference of the gradients, on average over the signs (E (s . d)^2 = |d|^2), so that nothing in them can hide.
 */
import { writeFileSync } from 'node:fs';
import { fillWords, keyOf } from '../../lab/synthetic/hash.ts';
import { synthesize } from '../../lab/synthetic/verb.ts';
import { grads } from '../../src/headless/verbs/grads.ts';
import { logits } from '../../src/headless/verbs/logits.ts';
import { readJson, readTensors, relativeL2, type TestRunner } from './headless-support.ts';

const SEED = 1;
const SIGNED = 32;

/** One figure and how large it may be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly bound: number;
}

interface Case {
  config: Record<string, unknown>;
  positions: number[];
  /** Whether the logits without the adapter are compared too. */
  base: boolean;
}
interface Golden {
  loss: number;
  gradients: Record<string, { shape: number[]; norm: number }>;
}

export const said = ({ what, value, bound }: Figure): string =>
  `${value <= bound ? 'ok  ' : 'FAIL'} ${what}: ${value.toExponential(2)} (at most ${bound})`;

/** Writes the model of `e2e/fixtures/scale/NAME` with its adapter into `folder`; nothing is written where it is whole already. */
export async function writeCase(runner: TestRunner, name: string, folder: string): Promise<void> {
  const fixture = `e2e/fixtures/scale/${name}`;
  const published = readJson<Record<string, unknown>>('e2e/fixtures/configs/gpt-oss-20b/config.json');
  const config = { ...published, ...readJson<Case>(`${fixture}/case.json`).config };
  writeFileSync(runner.path('config.json'), JSON.stringify(config));
  await synthesize(['--out', folder, '--config', runner.path('config.json'), '--lora', `${fixture}/lora.json`], runner);
}

/** With block inputs kept as int16, the largest relative error of a gradient. */
const PACKED_BOUND = 1e-3;

/** `bound`: largest relative error of logits (over the largest logit), loss, and every gradient (Euclidean). */
export async function compareCase(runner: TestRunner, name: string, folder: string, bound: number): Promise<Figure[]> {
  const fixture = `e2e/fixtures/scale/${name}`;
  const golden = await readTensors(`${fixture}/golden.safetensors`);
  const { loss, gradients } = readJson<Golden>(`${fixture}/golden.json`);
  const { positions, base } = readJson<Case>(`${fixture}/case.json`);
  const batch = `${fixture}/batch.json`;
  const adapter = ['--adapter', `${folder}/adapter`];
  const figures: Figure[] = [];
  for (const kind of base ? ['base', 'adapted'] : ['adapted']) {
    const more = kind === 'adapted' ? adapter : [];
    const out = runner.path(`${kind}.safetensors`);
    await logits(['--model', folder, ...more, '--ids', batch, '--out', out], runner);
    const got = rowsOf((await readTensors(out)).get('logits.0')!, positions, golden.get(kind)!.length / positions.length);
    figures.push({
      what: `logits${kind === 'adapted' ? ' with the adapter' : ''} of ${positions.length} rows`,
      value: largestShare(got, golden.get(kind)!),
      bound,
    });
  }
  for (const dtype of ['float32', 'int16']) {
    const out = runner.path(`grads-${dtype}.safetensors`);
    await grads(['--model', folder, ...adapter, '--batch', batch, '--out', out, '--checkpoint-dtype', dtype], runner);
    const got = await readTensors(out);
    const [within, kept] = dtype === 'int16' ? [Math.max(bound, PACKED_BOUND), ', block inputs as int16'] : [bound, ''];
    figures.push({ what: `loss${kept}`, value: Math.abs(got.get('loss')![0]! - loss) / loss, bound });
    got.delete('loss');
    if ([...got.keys()].sort().join() !== Object.keys(gradients).sort().join())
      throw new Error('Other gradients than those of the golden.');
    for (const [kind, of] of Object.entries(groupsOf([...got.keys()]))) {
      const push = (what: string, values: readonly number[]): void => {
        figures.push({ what: `gradients of ${kind}${kept}, worst of ${of.length}: ${what}`, value: Math.max(...values), bound: within });
      };
      push(
        '512 entries',
        of.map((key) => relativeL2(sample(key, got.get(key)!), golden.get(`entries.${key}`)!)),
      );
      push(
        `${SIGNED} signed sums`,
        of.map((key) => relativeL2(signedSums(key, got.get(key)!), golden.get(`signed.${key}`)!)),
      );
      push(
        'norm',
        of.map((key) => Math.abs(norm(got.get(key)!) / gradients[key]!.norm - 1)),
      );
    }
  }
  return figures;
}

function groupsOf(keys: readonly string[]): Record<string, string[]> {
  return {
    attention: keys.filter((key) => key.includes('self_attn')),
    'experts, gate_up_proj': keys.filter((key) => key.includes('experts.base_layer')),
    'experts, down_proj': keys.filter((key) => key.includes('experts.lora')),
  };
}

function rowsOf(all: Float32Array, positions: readonly number[], width: number): Float32Array {
  const rows = new Float32Array(positions.length * width);
  for (const [i, position] of positions.entries()) rows.set(all.subarray(position * width, (position + 1) * width), i * width);
  return rows;
}

/** Largest |difference| as a share of the largest |wanted|. */
function largestShare(got: Float32Array, want: Float32Array): number {
  let most = 0;
  let largest = 0;
  for (let i = 0; i < want.length; i++) {
    most = Math.max(most, Math.abs(got[i]! - want[i]!));
    largest = Math.max(largest, Math.abs(want[i]!));
  }
  return got.length === want.length && got.every(Number.isFinite) ? most / largest : Number.POSITIVE_INFINITY;
}

/** The entries that generate.py's `sketch` takes. */
function sample(key: string, gradient: Float32Array): Float32Array {
  const places = new Uint32Array(512);
  fillWords(keyOf(SEED, `sample:${key}`), 0, places);
  return Float32Array.from(places, (word) => gradient[word % gradient.length]!);
}

/** Its sums with signs: bit p of word(i) of "signs:KEY", 1 is minus. */
function signedSums(key: string, gradient: Float32Array): Float32Array {
  const bits = new Uint32Array(gradient.length);
  fillWords(keyOf(SEED, `signs:${key}`), 0, bits);
  const sums = new Float64Array(SIGNED);
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i]!;
    const word = bits[i]!;
    for (let p = 0; p < SIGNED; p++) sums[p]! += (word >>> p) & 1 ? -g : g;
  }
  return Float32Array.from(sums);
}

function norm(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
