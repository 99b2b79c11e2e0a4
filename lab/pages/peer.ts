/** The ONNX peer alone, for e2e/flows/peer.spec.ts: loads the fixture as a picked folder would be, and answers. */
import { loadPeer, type PeerAnswer } from '../../src/engine/peer/peer.ts';
import type { PeerDevice } from '../../src/engine/peer/peer-weights.ts';
import type { Message } from '../../src/protocol/conversation.ts';

const paths = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'onnx/model.onnx',
];

export interface PeerLab {
  load(device: PeerDevice, leaveOut?: string): Promise<{ name: string; device: string; dtype: string; bytes: number }>;
  ask(messages: Message[], max_new_tokens: number, temperature?: number, seed?: number): Promise<PeerAnswer & { streamed: string }>;
  cancelEarly(messages: Message[], max_new_tokens: number): Promise<PeerAnswer>;
}

let peer: Awaited<ReturnType<typeof loadPeer>>;

const lab: PeerLab = {
  async load(device, leaveOut) {
    const wanted = paths.filter((path) => path !== leaveOut);
    const files = await Promise.all(
      wanted.map(async (path) => ({ path: `tiny-llama/${path}`, file: await (await fetch(`/onnx/tiny-llama/${path}`)).blob() })),
    );
    let bytes = 0;
    const onProgress = (done: number) => {
      bytes = done;
    };
    peer = await loadPeer({ kind: 'folder', name: 'tiny-llama', files }, { device, onProgress });
    return { name: peer.name, device: peer.device, dtype: peer.dtype, bytes };
  },
  async ask(messages, max_new_tokens, temperature = 0, seed = 0) {
    let streamed = '';
    const onToken = ({ text }: { text: string }) => {
      streamed = text;
    };
    return { ...(await peer.generate({ messages, max_new_tokens, temperature, seed, onToken })), streamed };
  },
  async cancelEarly(messages, max_new_tokens) {
    const controller = new AbortController();
    const onToken = () => void setTimeout(() => controller.abort()); // as a message to a worker would: in a task of its own
    return peer.generate({ messages, max_new_tokens, temperature: 0, seed: 0, signal: controller.signal, onToken });
  },
};

Object.assign(globalThis, { lab });
document.body.dataset.ready = 'true';
