/**
 * Greedy decoding of the same random Llama by our engine and by transformers.js (ONNX Runtime Web) in one page, in turns, so that both meet the machine in
 * the same mood. Tokens a second are those after the first token, the best of all rounds; a round before them compiles. Both must give the same ids.
 */
import { AutoModelForCausalLM, type PreTrainedModel, Tensor, type TextStreamer } from '@huggingface/transformers';
import { bytesDirectory } from '../../src/engine/files/source.ts';
import { Generator } from '../../src/engine/generate/generator.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { openModelFiles } from '../../src/engine/models/files.ts';
import { loadSession } from '../../src/engine/models/session.ts';
import { configureRuntime } from '../../src/engine/peer/onnx-runtime.ts';
import { openPeerFiles } from '../../src/engine/peer/peer-files.ts';
import { chooseWeights, type PeerDevice } from '../../src/engine/peer/peer-weights.ts';
import { type Llama, type LlamaShape, makeLlama } from '../onnx/llama.ts';

const PROMPT = 16;

export interface DecodeFigures {
  readonly adapter: string;
  readonly shape: LlamaShape;
  readonly parameters: number;
  readonly new_tokens: number;
  /** Tokens a second. */
  readonly ours: number;
  readonly onnx_webgpu: number | null;
  readonly onnx_wasm: number | null;
  readonly ours_to_webgpu: number | null;
  /** Greedy ids of each are ours. */
  readonly same_ids: boolean;
}

export interface DecodeLab {
  measure(shape: LlamaShape, newTokens: number, rounds: number, devices: readonly PeerDevice[]): Promise<DecodeFigures>;
}

interface Round {
  readonly rate: number;
  readonly ids: readonly number[];
}
/** Generates so many tokens. */
type Contestant = (newTokens: number) => Promise<Round>;

async function measure(shape: LlamaShape, newTokens: number, rounds: number, devices: readonly PeerDevice[]): Promise<DecodeFigures> {
  const model = makeLlama(shape);
  const gpu = await Gpu.open(navigator.gpu);
  const contestants = new Map<'ours' | PeerDevice, Contestant>([['ours', await ours(gpu, model, shape)]]);
  for (const device of devices) contestants.set(device, await peer(model, device, shape));
  const best = new Map<string, Round>();
  for (let round = -1; round < rounds; round++) {
    for (const [name, generate] of contestants) {
      const got = await generate(newTokens);
      if (round >= 0 && got.rate > (best.get(name)?.rate ?? 0)) best.set(name, got);
    }
  }
  const rate = (name: string): number | null => best.get(name)?.rate ?? null;
  const [own, webgpu] = [rate('ours')!, rate('webgpu')];
  return {
    adapter: `${gpu.info.vendor} ${gpu.info.architecture}`,
    shape,
    parameters: model.safetensors.byteLength / 4,
    new_tokens: newTokens,
    ours: own,
    onnx_webgpu: webgpu,
    onnx_wasm: rate('wasm'),
    ours_to_webgpu: webgpu && own / webgpu,
    same_ids: [...best.values()].every(({ ids }) => ids.join() === best.get('ours')!.ids.join()),
  };
}

function promptOf({ vocab }: LlamaShape): number[] {
  return Array.from({ length: PROMPT }, (_, t) => (t * 37 + 5) % vocab);
}

/** From the times at which tokens came. */
function rateOf(times: readonly number[]): number {
  return ((times.length - 1) * 1000) / (times.at(-1)! - times[0]!);
}

async function ours(gpu: Gpu, { config, safetensors }: Llama, shape: LlamaShape): Promise<Contestant> {
  const files = new Map([
    ['config.json', new TextEncoder().encode(config)],
    ['model.safetensors', safetensors],
  ]);
  const session = await loadSession(gpu, await openModelFiles(bytesDirectory('llama', files)));
  const sampling = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 };
  const generator = new Generator(session);
  return async (newTokens) => {
    const ids: number[] = [];
    let [first, last, firstCount] = [0, 0, 0];
    await generator.generate({
      rows: [{ prompt: Uint32Array.from(promptOf(shape)), sampling, max_new_tokens: newTokens }],
      ...{ adapter: null, vocabulary_with_text: shape.vocab, eos: [] },
      onIds: (_, got) => {
        ids.push(...got);
        last = performance.now();
        if (first === 0) [first, firstCount] = [last, ids.length];
        return false;
      },
    });
    return { rate: ((ids.length - firstCount) * 1000) / (last - first), ids };
  };
}

async function peer({ config, onnx }: Llama, device: PeerDevice, shape: LlamaShape): Promise<Contestant> {
  configureRuntime();
  const blob = (text: string): Blob => new Blob([text]);
  const listed = [
    { path: 'config.json', file: blob(config) },
    { path: 'tokenizer.json', file: blob('{}') }, // asked for by name alone: nothing here has text
    { path: 'onnx/model.onnx', file: onnx },
  ];
  const files = await openPeerFiles({ kind: 'folder', name: 'llama', files: listed }, undefined);
  const weights = chooseWeights('llama', files.paths, device, false);
  const model = await AutoModelForCausalLM.from_pretrained(files.id, { revision: files.revision, device, ...weights });
  files.close();
  return (newTokens) => generateByPeer(model, promptOf(shape), newTokens);
}

async function generateByPeer(model: PreTrainedModel, prompt: readonly number[], newTokens: number): Promise<Round> {
  const times: number[] = [];
  // The first call brings the prompt. The package's type names the class of which these two methods are used.
  const streamer = { put: () => void times.push(performance.now()), end: () => {} } as unknown as TextStreamer;
  const tensor = (values: readonly number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const sequences = (await model.generate({
    ...{ input_ids: tensor(prompt), attention_mask: tensor(prompt.map(() => 1)) },
    ...{ max_new_tokens: newTokens, do_sample: false, streamer },
  } as Parameters<PreTrainedModel['generate']>[0])) as Tensor;
  return { rate: rateOf(times.slice(1)), ids: (sequences.tolist() as bigint[][])[0]!.slice(prompt.length).map(Number) };
}

const lab: DecodeLab = { measure };
Object.assign(globalThis, { lab });
document.body.dataset.ready = 'true';
