/** The open model with its adapter merged in, as a folder of the user's or as one zip: sizes and losses first, then the bytes as a stream. */
import { makeZip } from 'client-zip';
import { MotherTongueError } from '../../lib/errors.ts';
import { formatBytes } from '../../lib/format.ts';
import type { MergeDtype, MergedPlan, MergeTarget } from '../../protocol/merging.ts';
import { downloadAdapter } from '../adapters/lora.ts';
import type { FloatDtype } from '../files/dtypes.ts';
import { openModelFiles } from '../models/files.ts';
import { mergeLoss } from '../models/merge.ts';
import { type MergedFolder, mergedFolder, type StreamedFile } from '../models/merged-folder.ts';
import { fileName } from './adapter.ts';
import type { EngineState } from './engine-state.ts';

const TASK = 'merged';
const DTYPES: Record<MergeDtype, FloatDtype | null> = { base: null, bf16: 'BF16', f16: 'F16', f32: 'F32' };
/** Where a zip is written before the browser takes it; emptied at the next merge. */
const STAGING = 'mother-tongue-merged';

export async function planMerged(engine: EngineState, dtype: MergeDtype): Promise<MergedPlan> {
  const folder = await openMerged(engine, dtype);
  const loss = await mergeLoss(folder.tensors);
  const { usage = 0, quota } = await navigator.storage.estimate();
  return {
    name: nameOf(engine),
    files: folder.files.map(({ path, bytes }) => ({ path, bytes })),
    bytes: folder.bytes,
    loss: loss && { relative_error: loss.relativeError, unchanged_ratio: loss.unchangedRatio },
    storage: quota === undefined ? null : quota - usage,
  };
}

/** Null for a folder, which then holds the files; otherwise the zip, on the disk until the next merge. What fails or is cancelled leaves nothing. */
export async function writeMerged(engine: EngineState, dtype: MergeDtype, target: MergeTarget): Promise<File | null> {
  const name = nameOf(engine);
  return engine.task(TASK, `Writing ${name}`, 'bytes', async (signal, progress) => {
    if (target.kind === 'zip') return writeZip(engine, dtype, signal, progress);
    await writeMergedInto(engine, dtype, target.parent, signal, progress);
    return null;
  });
}

/** For a caller with a task of its own: the folder that was made inside `parent`. */
export async function writeMergedInto(
  engine: EngineState,
  dtype: MergeDtype,
  parent: FileSystemDirectoryHandle,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<FileSystemDirectoryHandle> {
  const folder = await openMerged(engine, dtype);
  const name = nameOf(engine);
  try {
    await writeFolder(parent, name, folder, signal, counted(folder.bytes, progress));
  } catch (error) {
    throw explain(error, name, folder.bytes);
  }
  return parent.getDirectoryHandle(name);
}

async function openMerged(engine: EngineState, dtype: MergeDtype): Promise<MergedFolder> {
  const { adapter, directory } = engine;
  if (!adapter || !directory) throw new MotherTongueError('StateError', 'There is no adapter to merge; train or import one first.');
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way; stop it before the adapter is merged.');
  const files = await openModelFiles(directory);
  const release = await engine.lock();
  try {
    if (engine.adapter?.layout !== adapter.layout)
      throw new MotherTongueError(
        'StateError',
        'Another adapter or model was opened before the adapter was read; choose again what to merge.',
      );
    const tensors = await downloadAdapter(engine.needModel().session.store, adapter.layout);
    const merging = { targets: adapter.layout.targets, tensors };
    return mergedFolder(directory, { files, adapter: merging, dtype: DTYPES[dtype], configText: files.configText });
  } finally {
    release();
  }
}

function nameOf(engine: EngineState): string {
  return `${fileName(engine.adapter!.summary.name)}-merged`;
}

async function writeFolder(
  parent: FileSystemDirectoryHandle,
  name: string,
  { files }: MergedFolder,
  signal: AbortSignal,
  report: (bytes: number) => void,
): Promise<void> {
  if (await exists(parent, name))
    throw new MotherTongueError(
      'FileError',
      `${parent.name} has a folder ${name} already; rename or remove it, so that nothing is overwritten.`,
    );
  const folder = await parent.getDirectoryHandle(name, { create: true });
  try {
    for (const file of files) await writeFile(await place(folder, file.path), file, signal, report);
  } catch (error) {
    await parent.removeEntry(name, { recursive: true });
    throw error;
  }
}

async function exists(parent: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  return parent.getDirectoryHandle(name).then(
    () => true,
    () => false,
  );
}

async function place(folder: FileSystemDirectoryHandle, path: string): Promise<FileSystemFileHandle> {
  const parts = path.split('/');
  let at = folder;
  for (const part of parts.slice(0, -1)) at = await at.getDirectoryHandle(part, { create: true });
  return at.getFileHandle(parts.at(-1)!, { create: true });
}

async function writeFile(
  handle: FileSystemFileHandle,
  file: StreamedFile,
  signal: AbortSignal,
  report: (bytes: number) => void,
): Promise<void> {
  const writable = await handle.createWritable();
  try {
    for await (const bytes of file.content(signal)) {
      await writable.write(bytes);
      report(bytes.byteLength);
    }
    await writable.close();
  } catch (error) {
    await writable.abort().catch(() => undefined);
    throw error;
  }
}

/** Stored, not compressed: weights do not shrink. zip64 where it is larger than 4 GiB. */
async function writeZip(
  engine: EngineState,
  dtype: MergeDtype,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<File> {
  const { files, bytes } = await openMerged(engine, dtype);
  const name = nameOf(engine);
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(STAGING, { recursive: true }).catch(() => undefined); // there is none
  const staging = await root.getDirectoryHandle(STAGING, { create: true });
  const report = counted(bytes, progress);
  const entries = files.map((file) => ({ name: `${name}/${file.path}`, size: file.bytes, input: reported(file, signal, report) }));
  try {
    const handle = await staging.getFileHandle(`${name}.zip`, { create: true });
    await makeZip(entries).pipeTo(await handle.createWritable(), { signal });
    return await handle.getFile();
  } catch (error) {
    await root.removeEntry(STAGING, { recursive: true }).catch(() => undefined);
    throw explain(error, name, bytes);
  }
}

function counted(total: number, progress: (done: number, total: number) => void): (bytes: number) => void {
  let done = 0;
  return (bytes) => {
    done += bytes;
    progress(done, total);
  };
}

async function* reported(
  file: StreamedFile,
  signal: AbortSignal,
  report: (bytes: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const bytes of file.content(signal)) {
    yield bytes;
    report(bytes.byteLength);
  }
}

function explain(error: unknown, name: string, bytes: number): unknown {
  if (!(error instanceof Error) || error instanceof MotherTongueError) return error;
  if (error.name === 'AbortError')
    return new MotherTongueError('Cancelled', 'Writing the merged model was cancelled; nothing of it is left.');
  if (error.name === 'QuotaExceededError')
    return new MotherTongueError(
      'FileError',
      `There is no space for ${name} (${formatBytes(bytes)}); free disk space, or write into a folder of another disk.`,
    );
  return new MotherTongueError('FileError', `${name} could not be written (${error.message}); choose another folder.`);
}
