/** The adapter, or the model with it merged in, to a repository of the Hub. What is large lies on the disk meanwhile, never in memory. */
import { unzipSync } from 'fflate';
import { MotherTongueError } from '../../lib/errors.ts';
import type { MergeDtype } from '../../protocol/merging.ts';
import type { PublishPlan, PublishRequest, PublishResult, PublishWhat } from '../../protocol/publishing.ts';
import { type PublishFile, publish } from '../files/hub/publish.ts';
import { mergedCard } from '../files/merged-card.ts';
import { exportAdapter } from './adapter.ts';
import type { EngineState } from './engine-state.ts';
import { planMerged, writeMergedInto } from './merged.ts';

const TASK = 'publish';
const STAGING = 'mother-tongue-publish';

export async function planPublish(engine: EngineState, what: PublishWhat): Promise<PublishPlan> {
  const adapter = await adapterFiles(engine);
  const sizes = (files: readonly PublishFile[]) => files.map(({ path, content }) => ({ path, bytes: content.size }));
  const files =
    what.kind === 'adapter'
      ? sizes(adapter)
      : [...(await planMerged(engine, what.dtype)).files, ...sizes([await mergedReadme(engine, adapter, what.dtype)])];
  return { files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

export async function publishNow(engine: EngineState, request: PublishRequest): Promise<PublishResult> {
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way; stop it before publishing.');
  return engine.task(TASK, `Sending to ${request.repository}`, 'bytes', async (signal, progress) => {
    try {
      const files = await filesOf(engine, request.what, signal, progress);
      const { endpoint, repository, token, visibility } = request;
      const create = visibility && { visibility };
      const title = request.what.kind === 'adapter' ? 'Add the adapter' : 'Add the merged model';
      return await publish({ endpoint, repository, token, create, files, title, signal, onProgress: progress });
    } finally {
      await emptyStaging();
    }
  });
}

async function filesOf(
  engine: EngineState,
  what: PublishWhat,
  signal: AbortSignal,
  progress: (done: number, total: number, label?: string) => void,
): Promise<PublishFile[]> {
  const adapter = await adapterFiles(engine);
  if (what.kind === 'adapter') return adapter;
  await emptyStaging();
  const root = await navigator.storage.getDirectory();
  const staging = await root.getDirectoryHandle(STAGING, { create: true });
  const report = (done: number, total: number): void => progress(done, total, 'Merging the adapter into the model');
  const folder = await writeMergedInto(engine, what.dtype, staging, signal, report);
  return [...(await filesUnder(folder)), await mergedReadme(engine, adapter, what.dtype)];
}

/** What the adapter's zip holds. */
async function adapterFiles(engine: EngineState): Promise<PublishFile[]> {
  const { bytes } = await exportAdapter(engine);
  return Object.entries(unzipSync(bytes)).map(([path, content]) => ({ path, content: new Blob([content as Uint8Array<ArrayBuffer>]) }));
}

async function mergedReadme(engine: EngineState, adapter: readonly PublishFile[], dtype: MergeDtype): Promise<PublishFile> {
  const card = await adapter.find(({ path }) => path === 'README.md')!.content.text();
  const base = engine.adapter?.summary.base_model ?? engine.needModel().session.name;
  const numbers = dtype === 'base' ? 'each weight in the number format of the base' : dtype;
  return { path: 'README.md', content: new Blob([mergedCard(base, card, numbers)]) };
}

async function filesUnder(folder: FileSystemDirectoryHandle, prefix = ''): Promise<PublishFile[]> {
  const files: PublishFile[] = [];
  for await (const entry of folder.values()) {
    if (entry.kind === 'directory') files.push(...(await filesUnder(entry as FileSystemDirectoryHandle, `${prefix}${entry.name}/`)));
    else files.push({ path: prefix + entry.name, content: await (entry as FileSystemFileHandle).getFile() });
  }
  return files;
}

async function emptyStaging(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(STAGING, { recursive: true }).catch(() => undefined); // there is none
}
