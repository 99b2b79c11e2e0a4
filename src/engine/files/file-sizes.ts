/** How much of the disk the files of a store take. A name is written once (snapshots are numbered, answers belong to a step), so each is asked for once. */
import type { ByteStore } from './byte-store.ts';

const ASKED_AT_ONCE = 32;

export class FileSizes {
  private readonly known = new Map<string, number>();

  constructor(private readonly store: ByteStore) {}

  /** Bytes by name of all files that are there. */
  async read(): Promise<Map<string, number>> {
    const names = await this.store.list();
    const fresh = names.filter((name) => !this.known.has(name));
    for (let at = 0; at < fresh.length; at += ASKED_AT_ONCE) {
      const part = fresh.slice(at, at + ASKED_AT_ONCE);
      for (const [i, bytes] of (await Promise.all(part.map((name) => this.store.size(name)))).entries()) this.known.set(part[i]!, bytes);
    }
    const here = new Set(names);
    for (const name of this.known.keys()) if (!here.has(name)) this.known.delete(name);
    return new Map(this.known);
  }
}
