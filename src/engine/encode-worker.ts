/**
 * The worker that passes over one dataset and encodes it, beside the engine and without a GPU. It reads the file and opens the tokenizer itself, and
 * keeps what it has encoded for the next visit. It takes one request and is then terminated.
 */
import '../lib/trusted-types.ts'; // it starts workers itself
import type { PassReply, PassRequest } from './api/encode-in-worker.ts';
import { type Encoding, passOver } from './batch/encode-dataset.ts';
import { buffersOf } from './batch/encoded-piece.ts';
import { EncodingSaver, keyOf, loadEncoding } from './batch/encoded-store.ts';
import { openText } from './chat/open-text.ts';
import { templatesInWorker } from './chat/templates-in-worker.ts';
import { openDataset } from './data/dataset.ts';
import type { ByteStore } from './files/byte-store.ts';
import { openOpfsStore } from './files/opfs.ts';
import { folderDirectory } from './files/source.ts';

const say = (reply: PassReply, moved: ArrayBuffer[] = []): void => self.postMessage(reply, { transfer: moved });

self.addEventListener('message', async ({ data: request }: MessageEvent<PassRequest>) => {
  try {
    await answer(request);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    say({ type: 'failed', name, message });
  }
});

/** A worker of this worker: a template that does not stop ends with it, and the pass goes on. */
const runTemplates = templatesInWorker(
  () => new Worker(new URL('./template-worker.ts', import.meta.url), { type: 'module', name: 'template' }),
);

async function answer({ blob, name, mapping, text }: PassRequest): Promise<void> {
  const store = text && (await openStore());
  const key =
    text && (await keyOf([blob, ...text.files.map(({ file }) => file)], [mapping, text.settings, text.capacity, import.meta.url]));
  const kept = store && key !== null ? await loadEncoding(store, key) : null;
  if (kept) {
    for (const piece of kept.pieces) say({ type: 'piece', piece }, buffersOf(piece));
    say({ type: 'done', findings: kept.findings });
    return;
  }
  const encoding: Encoding | null = text && {
    settings: text.settings,
    capacity: text.capacity,
    text: await openText(folderDirectory(name, text.files), runTemplates),
  };
  const dataset = await openDataset(blob, name, { mapping });
  const saver = store && key !== null ? new EncodingSaver(store, key) : null;
  const findings = await passOver(dataset, encoding, {
    onProgress: (done, total) => say({ type: 'progress', done, total }),
    onPiece: async (piece) => {
      await saver?.add(piece);
      say({ type: 'piece', piece }, buffersOf(piece));
    },
  });
  await saver?.finish(findings); // first: the worker is terminated when it is done
  say({ type: 'done', findings });
}

/** None where the browser gives no files, and none in development, where the script's address does not change with its content. */
async function openStore(): Promise<ByteStore | null> {
  if (import.meta.env.DEV) return null;
  try {
    return await openOpfsStore('mother-tongue-encoded');
  } catch {
    return null;
  }
}
