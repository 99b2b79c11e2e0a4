/**
 * How much of a file is cached: a sealed record beside the data. It lists the parts on the disk with the hashes that they had when they
 * arrived, so that after a crash every part is either proven or fetched again. Files lie under the id that the Hub states of their content, so an
 * unchanged file of a new revision is the same file here.
 */
import type { DiskFolder } from './disk.ts';
import type { HubFile } from './listing.ts';
import { readRecord, recordNames, writeRecord } from './sealed-record.ts';

export interface FileRecord {
  format: 1;
  path: string;
  size: number;
  commit: string;
  etag: string | null;
  /** Bytes of a part; the last may be shorter. */
  part: number;
  /** SHA-256 of each part as it arrived; null: not here. */
  parts: (string | null)[];
  /** The whole file was read back and has the hash that the Hub states. */
  verified: boolean;
}

/** Name of a file in its folder, without ending. */
export function blobName(file: HubFile, commit: string): string {
  if (file.sha256) return file.sha256;
  if (file.sha1) return `git-${file.sha1}`;
  return `at-${commit}-${encodeURIComponent(file.path)}`;
}

export const dataName = (blob: string): string => `${blob}.data`;
export const isData = (name: string): boolean => name.endsWith('.data');
export const fileNames = (blob: string): string[] => [dataName(blob), ...recordNames(`${blob}.record`)];

export function newRecord(file: HubFile, commit: string, part: number): FileRecord {
  const parts = new Array<string | null>(Math.ceil(file.size / part)).fill(null);
  return { format: 1, path: file.path, size: file.size, commit, etag: null, part, parts, verified: false };
}

/** Null where there is none, or none that fits the file, or one that calls data whole which are no longer here. */
export async function readFileRecord(folder: DiskFolder, blob: string, file: HubFile): Promise<FileRecord | null> {
  const record = await readRecord<FileRecord>(folder, `${blob}.record`);
  if (record?.format !== 1 || record.size !== file.size) return null;
  return record.verified && (await folder.size(dataName(blob))) !== file.size ? null : record;
}

export function writeFileRecord(folder: DiskFolder, blob: string, record: FileRecord): Promise<void> {
  return writeRecord(folder, `${blob}.record`, record);
}

/** Bytes [from, to) of a part. */
export function partRange({ part, size }: FileRecord, index: number): { from: number; to: number } {
  return { from: index * part, to: Math.min(size, (index + 1) * part) };
}

/** Bytes that are here, by the record. */
export function storedBytes(record: FileRecord | null): number {
  if (!record) return 0;
  return record.parts.reduce((sum, hash, index) => {
    const { from, to } = partRange(record, index);
    return hash === null ? sum : sum + to - from;
  }, 0);
}
