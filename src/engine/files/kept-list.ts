/**
 * The small list beside many kept things (adapters, runs): what they were renamed to and which are deleted but can be had back. One change at a
 * time, among all tabs. Where the disk will not take it, it lasts as long as this tab; where it is damaged, it begins anew and nothing else is lost.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { ByteStore } from './byte-store.ts';
import { peekSnapshot, type SnapshotKey, saveSnapshot } from './snapshots.ts';

export interface KeptNames {
  names: Record<string, string>;
  /** Deleted, until the page says for good. */
  deleted: string[];
}

export class KeptList<List extends KeptNames> {
  /** The list where the disk would not take it. */
  private unwritten: List | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly disk: ByteStore,
    private readonly key: SnapshotKey,
    private readonly empty: List,
    /** The name of the Web Lock under which it is changed, and the locks of this origin, if there are tabs. */
    private readonly lock: string,
    private readonly locks: LockManager | undefined,
  ) {}

  async read(): Promise<List> {
    const list = this.unwritten ?? (await peekSnapshot<List>(this.disk, this.key));
    return structuredClone({ ...this.empty, ...list });
  }

  change<X>(edit: (list: List) => X | Promise<X>): Promise<X> {
    const body = async (): Promise<X> => {
      const list = await this.read();
      const result = await edit(list);
      await this.write(list);
      return result;
    };
    const next = this.turn.then(() => (this.locks ? this.locks.request(this.lock, body) : body()));
    this.turn = next.catch(() => undefined);
    return next as Promise<X>;
  }

  rename(id: string, name: string): Promise<void> {
    return this.change(({ names }) => {
      names[id] = name;
    });
  }

  delete(id: string): Promise<void> {
    return this.change(({ deleted }) => {
      if (!deleted.includes(id)) deleted.push(id);
    });
  }

  undelete(id: string): Promise<void> {
    return this.change((list) => {
      list.deleted = list.deleted.filter((other) => other !== id);
    });
  }

  private async write(list: List): Promise<void> {
    try {
      await saveSnapshot(this.disk, this.key, { bytes: 0, parts: [] }, list);
      this.unwritten = null;
    } catch (error) {
      if (!isFull(error)) throw error;
      this.unwritten = list;
    }
  }
}

export function isFull(error: unknown): error is MotherTongueError {
  return error instanceof MotherTongueError && error.name === 'FileError';
}
