/**
 * A folder of the user's machine through a handle (File System Access API): read in place, remembered over a reload, and opened again with
 * one click where the browser prompts for permission again. Browsers without handles get a folder through an <input>, which cannot be remembered.
 */
import { MotherTongueError } from '../lib/errors.ts';
import type { FolderFile } from '../protocol/model.ts';
import { forget, keep, kept } from './records.ts';

/** What TypeScript's DOM types lack, as only Chromium has it. */
interface PermissionHandle {
  queryPermission?(descriptor: { mode: 'read' }): Promise<PermissionState>;
  requestPermission?(descriptor: { mode: 'read' }): Promise<PermissionState>;
}
interface PickerWindow {
  showDirectoryPicker?(options?: { id?: string; mode?: 'read' | 'readwrite' }): Promise<FileSystemDirectoryHandle>;
}

export function hasFolderPicker(): boolean {
  return typeof (globalThis as PickerWindow).showDirectoryPicker === 'function';
}

/** Opens the folder picker; null when the user closes it. */
export async function pickFolder(id: string, mode: 'read' | 'readwrite' = 'read'): Promise<FileSystemDirectoryHandle | null> {
  try {
    return (await (globalThis as PickerWindow).showDirectoryPicker?.({ id, mode })) ?? null;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw new MotherTongueError(
      'FileError',
      `The browser gave no folder (${(error as Error).message}); ${mode === 'read' ? 'drop the folder onto the page instead' : 'choose another one'}.`,
    );
  }
}

const DEEPEST = 4;

/** The files under a handle, as references: nothing is read yet. Hidden entries (.git, .cache) are left out; an empty folder is a FileError. */
export async function filesOf(handle: FileSystemDirectoryHandle): Promise<FolderFile[]> {
  const files: FolderFile[] = [];
  const visit = async (folder: FileSystemDirectoryHandle, prefix: string, depth: number): Promise<void> => {
    for await (const entry of folder.values()) {
      if (entry.name.startsWith('.')) continue;
      if (entry.kind === 'file') files.push({ path: prefix + entry.name, file: await (entry as FileSystemFileHandle).getFile() });
      else if (depth < DEEPEST) await visit(entry as FileSystemDirectoryHandle, `${prefix}${entry.name}/`, depth + 1);
    }
  };
  try {
    await visit(handle, '', 0);
  } catch (error) {
    throw new MotherTongueError('FileError', `${handle.name} could not be read (${(error as Error).message}); open the folder again.`);
  }
  if (files.length === 0) throw new MotherTongueError('FileError', `${handle.name} is empty; choose the folder that holds config.json.`);
  return files;
}

export async function rememberFolder(handle: FileSystemDirectoryHandle): Promise<void> {
  await keep('folder', { name: handle.name, handle });
}

export async function forgetFolder(): Promise<void> {
  await forget('folder');
}

/** The folder of an earlier visit, where its handle is still there. */
export async function rememberedFolder(): Promise<FileSystemDirectoryHandle | null> {
  const { handle } = (await kept('folder')) ?? {};
  return handle instanceof Object && 'values' in handle ? handle : null;
}

/** Whether the folder may be read without a prompt; with `ask` (only from a click) the browser shows one. */
export async function mayRead(handle: FileSystemDirectoryHandle, ask: boolean): Promise<boolean> {
  const { queryPermission, requestPermission } = handle as PermissionHandle;
  const state = await queryPermission?.call(handle, { mode: 'read' });
  if (state === 'granted' || state === undefined) return true;
  return ask && (await requestPermission?.call(handle, { mode: 'read' })) === 'granted';
}
