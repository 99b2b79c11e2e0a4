/**
 * The adapters that this browser keeps: the last ten of all models, each a zip as it is exported, beside a record from which lists are made
 * without reading it. A small list tells which of them stands for each model, what they were renamed to and which are deleted but can be had back.
 * All of it is written as snapshots.ts writes. Where the disk is full, an adapter lasts as long as this tab instead of being lost.
 * Damage is a fact about one adapter: it is listed by name, and opening it throws.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { AdapterSummary } from '../../protocol/model.ts';
import { currentRun } from '../../protocol/saved.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { type ByteStore, memoryStore } from './byte-store.ts';
import type { CardFacts } from './model-card.ts';
import { deleteSnapshots, listSnapshots, loadSnapshot, peekSnapshot, type SnapshotKey, saveSnapshot } from './snapshots.ts';
import type { Bytes } from './source.ts';

export const SHELF_LIMIT = 10;

/** All that is known of a kept adapter without its weights. */
export interface ShelfRecord {
  name: string;
  origin: AdapterSummary['origin'];
  /** ISO date. */
  kept: string;
  model: { name: string; hash: string };
  /** SHA-256 of its adapter_model.safetensors. */
  hash: string;
  /** Of the zip. */
  bytes: number;
  /** What its card is written from, beside name and run; absent in records of earlier versions. */
  card?: Omit<CardFacts, 'name' | 'run'>;
  /** Measured by its run. */
  tokens_per_second?: number;
  /** The run that made it, with its settings and losses. */
  run?: RunRecord;
}

export interface ShelfEntry {
  id: string;
  /** Null where the record is damaged. */
  record: ShelfRecord | null;
  name: string;
  /** The disk was full: it lasts as long as this tab. */
  tab_only: boolean;
  /** On its model, whichever is open. */
  stands: boolean;
}

interface ShelfList {
  /** Adapter by model hash; null: that model stands without one. */
  standing: Record<string, string | null>;
  names: Record<string, string>;
  /** Deleted, until the page says for good. */
  deleted: string[];
}

const LIST: SnapshotKey = { id: 'adapter-list', kind: 'zip' };
const LOCK = 'mother-tongue.adapters';
/** By time; or, as earlier versions wrote them, one for each model by its hash. */
const ID = /^adapter-(?:(\d{13,15})|([0-9a-f]{64}))$/;

const keyOf = (id: string): SnapshotKey => ({ id, kind: 'zip' });

export class AdapterShelf {
  private readonly tab = memoryStore();
  /** The list where the disk would not take it. */
  private unwritten: ShelfList | null = null;
  private turn: Promise<unknown> = Promise.resolve();
  /** Records that were read; one is never written twice. That of a long run is large. */
  private readonly records = new Map<string, ShelfRecord>();

  constructor(
    private readonly disk: ByteStore,
    private readonly locks?: LockManager,
  ) {}

  /** Newest first, without the deleted ones. */
  async list(): Promise<ShelfEntry[]> {
    const list = await this.readList();
    const all = await this.readAll(list);
    return all.filter(({ id }) => !list.deleted.includes(id));
  }

  /**
   * Keeps an adapter, as the standing one of its model if `stands`; the oldest beyond the limit goes, but none that stands while another can go.
   * `problem`: why it lasts as long as the tab only.
   */
  put(record: ShelfRecord, zip: Bytes, stands: boolean): Promise<{ id: string; problem?: string }> {
    return this.exclusive(async () => {
      const list = await this.readList();
      for (const id of list.deleted) await this.erase(list, id);
      const existing = await this.readAll(list);
      const last = Math.max(0, ...existing.map(({ id }) => Number(ID.exec(id)?.[1] ?? 0)));
      const id = `adapter-${Math.max(Date.now(), last + 1)}`;
      const problem = await this.write(list, existing, id, record, zip);
      if (stands) list.standing[record.model.hash] = id;
      const twin = existing.find((other) => isTwin(other.record, record));
      if (twin) await this.erase(list, twin.id);
      await this.evict(list, id);
      await this.writeList(list);
      return { id, ...(problem !== undefined && { problem }) };
    });
  }

  /** Its zip, compared with its hash. */
  async open(id: string): Promise<{ record: ShelfRecord; zip: Bytes }> {
    const list = await this.readList();
    const found = (await loadSnapshot<ShelfRecord>(this.tab, keyOf(id))) ?? (await loadSnapshot<ShelfRecord>(this.disk, keyOf(id)));
    if (!found) {
      const { name } = (await this.readAll(list)).find((entry) => entry.id === id) ?? { name: id };
      throw new MotherTongueError(
        'FileError',
        `The kept adapter ${name} is damaged in this browser's storage and cannot be opened; delete it.`,
      );
    }
    const record = currentRecord(id, found.state, found.data.byteLength);
    return { record: { ...record, name: list.names[id] ?? record.name }, zip: found.data };
  }

  /** The adapter that stands for a model; where nothing was chosen, the newest one of that model. */
  async standing(model: string): Promise<string | null> {
    const list = await this.readList();
    const chosen = list.standing[model];
    const all = (await this.readAll(list)).filter(({ id }) => !list.deleted.includes(id));
    if (chosen === null || (chosen !== undefined && all.some(({ id }) => id === chosen))) return chosen;
    return all.find(({ id, record }) => record?.model.hash === model || id === `adapter-${model}`)?.id ?? null;
  }

  stand(model: string, id: string | null): Promise<void> {
    return this.change((list) => {
      list.standing[model] = id;
    });
  }

  rename(id: string, name: string): Promise<void> {
    return this.change((list) => {
      list.names[id] = name;
    });
  }

  delete(id: string): Promise<void> {
    return this.change((list) => {
      if (!list.deleted.includes(id)) list.deleted.push(id);
    });
  }

  undelete(id: string): Promise<void> {
    return this.change((list) => {
      list.deleted = list.deleted.filter((other) => other !== id);
    });
  }

  /** Frees the bytes of deleted ones. */
  purge(): Promise<void> {
    return this.change(async (list) => {
      for (const id of list.deleted) await this.erase(list, id);
    });
  }

  private async change(edit: (list: ShelfList) => void | Promise<void>): Promise<void> {
    await this.exclusive(async () => {
      const list = await this.readList();
      await edit(list);
      await this.writeList(list);
    });
  }

  /** One change at a time, among all tabs. */
  private exclusive<X>(body: () => Promise<X>): Promise<X> {
    const next = this.turn.then(() => (this.locks ? this.locks.request(LOCK, body) : body()));
    this.turn = next.catch(() => undefined);
    return next as Promise<X>;
  }

  /** To the disk; where it is full, once more after the oldest has gone that must go anyway; else to this tab's memory. */
  private async write(
    list: ShelfList,
    existing: readonly ShelfEntry[],
    id: string,
    record: ShelfRecord,
    zip: Bytes,
  ): Promise<string | undefined> {
    const data = { bytes: zip.byteLength, parts: [zip] };
    try {
      try {
        await saveSnapshot(this.disk, keyOf(id), data, record);
      } catch (error) {
        if (!isFull(error) || existing.length < SHELF_LIMIT) throw error;
        await this.evict(list, id);
        await saveSnapshot(this.disk, keyOf(id), data, record);
      }
      return undefined;
    } catch (error) {
      if (!isFull(error)) throw error;
      await saveSnapshot(this.tab, keyOf(id), data, record);
      return error.message;
    }
  }

  /** Leaves as many that the newest is the tenth. */
  private async evict(list: ShelfList, newest: string): Promise<void> {
    const all = (await this.readAll(list)).filter(({ id }) => id !== newest).reverse(); // oldest first
    const order = [...all.filter(({ stands }) => !stands), ...all.filter(({ stands }) => stands)];
    for (const { id } of order.slice(0, Math.max(0, all.length + 1 - SHELF_LIMIT))) await this.erase(list, id);
  }

  private async erase(list: ShelfList, id: string): Promise<void> {
    await deleteSnapshots(this.disk, keyOf(id));
    await deleteSnapshots(this.tab, keyOf(id));
    this.records.delete(id);
    delete list.names[id];
    list.deleted = list.deleted.filter((other) => other !== id);
    for (const [model, standing] of Object.entries(list.standing)) if (standing === id) list.standing[model] = null;
  }

  private async readAll(list: ShelfList): Promise<ShelfEntry[]> {
    const entries: ShelfEntry[] = [];
    const stands = new Set(Object.values(list.standing));
    for (const [store, tab_only] of [
      [this.tab, true],
      [this.disk, false],
    ] as const) {
      for (const id of await listSnapshots(store, 'zip')) {
        if (!ID.test(id) || entries.some((entry) => entry.id === id)) continue;
        const record = await this.readRecord(store, id);
        entries.push({
          id,
          record,
          tab_only,
          stands: stands.has(id),
          name: list.names[id] ?? record?.name ?? `of ${dateOf(id) || 'an earlier visit'}`,
        });
      }
    }
    const date = ({ id, record }: ShelfEntry): string => record?.kept ?? dateOf(id);
    return entries.sort((a, b) => date(b).localeCompare(date(a)) || b.id.localeCompare(a.id));
  }

  private async readRecord(store: ByteStore, id: string): Promise<ShelfRecord | null> {
    const known = this.records.get(id);
    if (known) return known;
    const state = await peekSnapshot<ShelfRecord>(store, keyOf(id));
    if (!state) return null;
    const record = currentRecord(id, state);
    this.records.set(id, record);
    return record;
  }

  private async readList(): Promise<ShelfList> {
    const list = this.unwritten ?? (await peekSnapshot<ShelfList>(this.disk, LIST));
    return structuredClone({ standing: {}, names: {}, deleted: [], ...list });
  }

  private async writeList(list: ShelfList): Promise<void> {
    try {
      await saveSnapshot(this.disk, LIST, { bytes: 0, parts: [] }, list);
      this.unwritten = null;
    } catch (error) {
      if (!isFull(error)) throw error;
      this.unwritten = list;
    }
  }
}

function isFull(error: unknown): error is MotherTongueError {
  return error instanceof MotherTongueError && error.name === 'FileError';
}

/** The same weights imported again replace their earlier import. */
function isTwin(a: ShelfRecord | null, b: ShelfRecord): boolean {
  return a !== null && a.origin === 'imported' && b.origin === 'imported' && a.hash === b.hash && a.model.hash === b.model.hash;
}

function dateOf(id: string): string {
  const time = ID.exec(id)?.[1];
  return time ? new Date(Number(time)).toISOString() : '';
}

/** Until 0.1 a record had a name, its origin and its run, and was found by the hash of its model. */
function currentRecord(id: string, saved: ShelfRecord, bytes = 0): ShelfRecord {
  const { run: kept, ...rest } = saved;
  const run = kept && currentRun(kept);
  const model = saved.model ?? { name: run?.model ?? '', hash: ID.exec(id)?.[2] ?? '' };
  return {
    ...rest,
    model,
    kept: saved.kept ?? run?.started ?? '',
    hash: saved.hash ?? '',
    bytes: saved.bytes ?? bytes,
    ...(run && { run }),
  };
}
