/**
 * A peer: any ONNX causal language model that transformers.js runs, to answer the same question beside ours. It runs on onnxruntime-web, over WebGPU
 * where there is a real GPU and over WebAssembly otherwise; it shares no code with our own engine and cannot be trained.
 *
 * Greedy answers equal PyTorch's token by token (e2e/flows/peer.spec.ts). Messages are rendered by the peer's own chat template; a model without one
 * continues the last message as plain text.
 */
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  type PreTrainedModel,
  type PreTrainedTokenizer,
  type ProgressInfo,
  random,
  StoppingCriteria,
  type Tensor,
  TextStreamer,
} from '@huggingface/transformers';
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type { Message } from '../../protocol/conversation.ts';
import type { PeerSource } from '../../protocol/engine.ts';
import type { StopReason } from '../../protocol/generation.ts';
import { configureRuntime } from './onnx-runtime.ts';
import { openPeerFiles, type PeerFiles } from './peer-files.ts';
import { chooseWeights, type PeerDevice, type PeerWeights } from './peer-weights.ts';

export interface PeerOptions {
  /** Bytes of the weights file read so far. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
  /** Absent: WebGPU on a real GPU, else WebAssembly. */
  device?: PeerDevice;
}

export interface PeerRequest {
  messages: Message[];
  max_new_tokens: number;
  /** 0 means greedy. */
  temperature: number;
  /** 0 or absent: off. */
  top_k?: number;
  seed: number;
  /** The answer so far, whenever a whole word is there. */
  onToken?: (progress: { text: string; tokens: number }) => void;
  signal?: AbortSignal;
}

export interface PeerAnswer {
  ids: number[];
  text: string;
  stop: Exclude<StopReason, 'error'>;
}

export interface Peer {
  name: string;
  device: PeerDevice;
  /** Precision of the weights, as transformers.js names it. */
  dtype: string;
  /** How the text marks reasoning: Harmony channels (control tokens are kept in the text), or `<think>` and plain text. */
  format: 'harmony' | 'think';
  generate(request: PeerRequest): Promise<PeerAnswer>;
  dispose(): Promise<void>;
}

interface Loaded {
  model: PreTrainedModel;
  tokenizer: PreTrainedTokenizer;
  format: Peer['format'];
}

export async function loadPeer(source: PeerSource, options: PeerOptions = {}): Promise<Peer> {
  const { signal } = options;
  const name = source.kind === 'folder' ? source.name : source.repo;
  configureRuntime();
  const adapter = await gpuAdapter();
  const device = options.device ?? (adapter && !adapter.info.isFallbackAdapter ? 'webgpu' : 'wasm');
  const files = await openPeerFiles(source, signal);
  try {
    const weights = chooseWeights(name, files.paths, device, adapter?.features.has('shader-f16') ?? false);
    const loaded = await load(files, weights, device, options).catch((error: Error) => {
      throwIfCancelled(signal, `Loading ${name}`);
      throw new MotherTongueError('ModelError', `${name} could not be loaded as an ONNX language model: ${error.message}`);
    });
    return {
      name,
      device,
      dtype: String(weights.dtype),
      format: loaded.format,
      generate: (request) => generate(loaded, request),
      dispose: async () => void (await loaded.model.dispose()),
    };
  } finally {
    files.close();
  }
}

async function gpuAdapter(): Promise<GPUAdapter | null> {
  return typeof navigator !== 'undefined' && navigator.gpu ? navigator.gpu.requestAdapter() : null;
}

async function load(files: PeerFiles, weights: PeerWeights, device: PeerDevice, { onProgress, signal }: PeerOptions): Promise<Loaded> {
  const progress_callback = (info: ProgressInfo) => {
    if (info.status === 'progress' && /\.onnx(_data)?/.test(info.file)) onProgress?.(info.loaded, info.total);
  };
  const tokenizer = await AutoTokenizer.from_pretrained(files.id, { revision: files.revision });
  tokenizer.chat_template ??= await files.readText('chat_template.jinja'); // newer exports keep it apart, where AutoTokenizer does not look
  const model = await AutoModelForCausalLM.from_pretrained(files.id, { revision: files.revision, device, ...weights, progress_callback });
  if (signal?.aborted) await model.dispose();
  throwIfCancelled(signal, 'Loading the peer');
  const harmony = (tokenizer.encode('<|channel|>', { add_special_tokens: false }) as number[]).length === 1;
  return { model, tokenizer, format: harmony ? 'harmony' : 'think' };
}

async function generate({ model, tokenizer, format }: Loaded, request: PeerRequest): Promise<PeerAnswer> {
  const { max_new_tokens, temperature, signal } = request;
  const inputs = encode(tokenizer, request.messages);
  const promptLength = inputs.input_ids.dims[1] ?? 0;
  const skip_special_tokens = format !== 'harmony';
  const progress = { text: '', tokens: 0 };
  const streamer = new TextStreamer(tokenizer, {
    skip_prompt: true,
    skip_special_tokens,
    token_callback_function: (ids) => {
      progress.tokens += ids.length;
    },
    callback_function: (text) => {
      progress.text += text;
      request.onToken?.({ ...progress });
    },
  });
  random.seed(request.seed);
  const sequences = (await yieldingBetweenTokens(model).generate({
    ...inputs,
    max_new_tokens,
    do_sample: temperature > 0,
    ...(temperature > 0 && { temperature, top_k: request.top_k ?? 0 }),
    streamer,
    stopping_criteria: new StopWhenAborted(signal),
  } as Parameters<PreTrainedModel['generate']>[0])) as Tensor; // the package's own type asks for every setting
  const ids = (sequences.tolist() as bigint[][])[0]!.slice(promptLength).map(Number);
  const ended = endIds(model).includes(ids.at(-1) ?? -1);
  const stop = ended ? 'eos' : signal?.aborted ? 'cancelled' : 'length';
  return { ids, text: decode(tokenizer, ended ? ids.slice(0, -1) : ids, skip_special_tokens), stop };
}

function decode(tokenizer: PreTrainedTokenizer, ids: number[], skip_special_tokens: boolean): string {
  return ids.length === 0 ? '' : tokenizer.decode(ids, { skip_special_tokens });
}

interface EncodedPrompt {
  input_ids: Tensor;
  attention_mask: Tensor;
}

function encode(tokenizer: PreTrainedTokenizer, messages: Message[]): EncodedPrompt {
  const plain = asChat(messages);
  if (!tokenizer.chat_template) return tokenizer(plain.at(-1)?.content ?? '') as EncodedPrompt;
  return tokenizer.apply_chat_template(plain, { add_generation_prompt: true, return_dict: true }) as unknown as EncodedPrompt;
}

/** Roles and texts that every template knows: developer joins system, and the reasoning of earlier turns stays out, as templates drop it too. */
function asChat(messages: Message[]): { role: string; content: string }[] {
  const system = messages.filter(({ role }) => role === 'system' || role === 'developer').map(({ content }) => content ?? '');
  const turns = messages
    .filter(({ role }) => role === 'user' || role === 'assistant' || role === 'tool')
    .map(({ role, content }) => ({ role, content: content ?? '' }));
  const first = system.filter((text) => text !== '').join('\n\n');
  return first === '' ? turns : [{ role: 'system', content: first }, ...turns];
}

function endIds(model: PreTrainedModel): number[] {
  const config = model.generation_config?.eos_token_id ?? (model.config as { eos_token_id?: number | number[] }).eos_token_id;
  return [config ?? []].flat();
}

class StopWhenAborted extends StoppingCriteria {
  constructor(private readonly signal: AbortSignal | undefined) {
    super();
  }

  override _call(input_ids: number[][]): boolean[] {
    return input_ids.map(() => this.signal?.aborted ?? false);
  }
}

/** On WebAssembly a whole answer is one chain of microtasks, and a message that cancels it would never be read; so each token waits for a new task. */
function yieldingBetweenTokens(model: PreTrainedModel): PreTrainedModel {
  const yielding = Object.create(model) as PreTrainedModel;
  yielding.forward = async (inputs) => {
    await nextTask();
    return model.forward(inputs);
  };
  return yielding;
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
