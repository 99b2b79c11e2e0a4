/**
 * Big things that survive a reload, in IndexedDB: the run record, the last answers, a dropped dataset, chosen questions, and the handle of a model's folder.
 * One object store with fixed keys; a browser that forbids IndexedDB makes every read `undefined` and every write a no-op.
 */
import { type IDBPDatabase, openDB } from 'idb';
import type { QuestionMapping, QuestionSource } from '../protocol/evaluation.ts';
import type { AskRequest } from '../protocol/generation.ts';
import type { RunRecord } from '../protocol/training.ts';
import { type Answers, facts } from './facts.ts';

export interface Kept {
  run: RunRecord;
  answers: { request: AskRequest; answers: Answers };
  dataset: { name: string; file: Blob };
  /** `source` null: it was too large. */
  questions: { name: string; source: QuestionSource | null; mapping?: QuestionMapping };
  /** A handle is no copy: the folder stays where it is, and the browser prompts before it is read again. */
  folder: { name: string; handle: FileSystemDirectoryHandle };
}

const STORE = 'kept';
let opened: Promise<IDBPDatabase | null> | undefined;

function database(): Promise<IDBPDatabase | null> {
  if (typeof indexedDB === 'undefined') return Promise.resolve(null);
  opened ??= openDB('mother-tongue', 1, {
    upgrade(db) {
      db.createObjectStore(STORE);
    },
  }).catch(() => null);
  return opened;
}

/** Not while another tab trains: what is kept is what that one reads again. Where the browser's storage is full, the record lasts only as long as the tab; a run that cannot be saved reports it itself. False: the storage is full. */
export async function keep<K extends keyof Kept>(key: K, value: Kept[K]): Promise<boolean> {
  if (facts.getState().elsewhere) return true;
  try {
    await (await database())?.put(STORE, value, key);
    return true;
  } catch (error) {
    const full = error instanceof DOMException && ['QuotaExceededError', 'AbortError'].includes(error.name);
    if (!full) throw error;
    return false;
  }
}

export async function kept<K extends keyof Kept>(key: K): Promise<Kept[K] | undefined> {
  return (await database())?.get(STORE, key);
}

export async function forget(key: keyof Kept): Promise<void> {
  if (facts.getState().elsewhere) return;
  await (await database())?.delete(STORE, key);
}
