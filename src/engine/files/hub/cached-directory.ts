/** A complete cached model as a Directory: every file opened once, when first read, and read in place by range. Never holds a file whole. */

import { MotherTongueError } from '../../../lib/errors.ts';
import { createDirectory, type Directory } from '../source.ts';
import type { Disk, DiskFile } from './disk.ts';
import { blobName, dataName } from './file-record.ts';
import { lockForReading, type ModelRecord } from './model-cache.ts';

export async function openCachedModel(disk: Disk, id: string, { repository, files, commit }: ModelRecord): Promise<Directory> {
  const release = await lockForReading(disk, id, repository);
  const folder = await disk.folder(id);
  const opened = new Map<string, Promise<DiskFile>>();
  let closed = false;
  const open = async (name: string, path: string): Promise<DiskFile> => {
    const file = await folder.open(name, 'read');
    if (file) return file;
    throw new MotherTongueError(
      'FileError',
      `${path} of ${repository} is gone from this browser's storage; load the model again to fetch it.`,
    );
  };
  const entries = files.map((file) => {
    const name = dataName(blobName(file, commit));
    return {
      path: file.path,
      size: file.size,
      readRange: async (offset: number, length: number) => {
        if (closed) throw new MotherTongueError('StateError', `${repository} was closed; load the model again.`);
        if (!opened.has(name)) opened.set(name, open(name, file.path));
        const into = new Uint8Array(length);
        return into.subarray(0, (await opened.get(name)!).read(into, offset));
      },
    };
  });
  const close = (): void => {
    if (closed) return;
    closed = true;
    for (const file of opened.values()) {
      file.then(
        (handle) => handle.close(),
        () => undefined, // it never opened: the reader got the error
      );
    }
    release();
  };
  return { ...createDirectory(repository, entries), close };
}
