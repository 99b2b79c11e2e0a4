/**
 * The adapters that this browser keeps, checkpoints of runs among them: of all models, up to a number and a size in all. Each is a zip as it is exported, beside a record from which lists are made
 * without reading it. A small list tells which of them stands for each model, what they were renamed to and which are deleted but can be had back.
 * All of it is written as snapshots.ts writes. Where the disk is full, an adapter lasts as long as this tab instead of being lost.
 * Damage is a fact about one adapter: it is listed by name, and opening it throws.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { AdapterSummary } from '../../protocol/model.ts';
import { currentRun } from '../../protocol/saved.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { type ByteStore, memoryStore } from './byte-store.ts';
import { isFull, KeptList, type KeptNames } from './kept-list.ts';
import type { CardFacts } from './model-card.ts';
import { deleteSnapshots, loadSnapshot, type Peeked, peekSnapshots, type SnapshotKey, saveSnapshot } from './snapshots.ts';
import type { Bytes } from './source.ts';

export interface ShelfLimits {
  readonly count: number;
  readonly bytes: number;
}

export const SHELF_LIMITS: ShelfLimits = { count: 200, bytes: 4 * 2 ** 30 };

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
  /** The run that made it, with its settings and its first and last losses; the library of runs has all of them. */
  run?: RunRecord;
  /** Of a run that went on after it. */
  checkpoint?: true;
}

/** About to be kept, or just written. */
interface NextAdapter {
  readonly id: string;
  readonly bytes: number;
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

interface ShelfList extends KeptNames {
  /** Adapter by model hash; null: that model stands without one. */
  standing: Record<string, string | null>;
}

const LIST: SnapshotKey = { id: 'adapter-list', kind: 'zip' };
const LOCK = 'mother-tongue.adapters';
/** By time; or, as earlier versions wrote them, one for each model by its hash. */
const ID = /^adapter-(?:(\d{13,15})|([0-9a-f]{64}))$/;

const keyOf = (id: string): SnapshotKey => ({ id, kind: 'zip' });

export class AdapterShelf {
  private readonly tab = memoryStore();
  private readonly kept: KeptList<ShelfList>;
  /** Records that were read. */
  private readonly known = new Map<string, Peeked<ShelfRecord>>();

  constructor(
    private readonly disk: ByteStore,
    locks?: LockManager,
    private readonly limits = SHELF_LIMITS,
  ) {
    this.kept = new KeptList<ShelfList>(disk, LIST, { standing: {}, names: {}, deleted: [] }, LOCK, locks);
  }

  /** Newest first, without the deleted ones. */
  async list(): Promise<ShelfEntry[]> {
    const list = await this.kept.read();
    const all = await this.readAll(list);
    return all.filter(({ id }) => !list.deleted.includes(id));
  }

  /**
   * Keeps an adapter, as the standing one of its model if `stands`; the oldest beyond the limits go, checkpoints first, and none that stands while
   * another can go. Of a checkpoint's run, the newest `checkpoints` stay.
   * `problem`: why it lasts as long as the tab only.
   */
  put(record: ShelfRecord, zip: Bytes, stands: boolean, checkpoints = 0): Promise<{ id: string; problem?: string }> {
    return this.kept.change(async (list) => {
      for (const id of list.deleted) await this.erase(list, id);
      const existing = await this.readAll(list);
      const last = Math.max(0, ...existing.map(({ id }) => Number(ID.exec(id)?.[1] ?? 0)));
      const id = `adapter-${Math.max(Date.now(), last + 1)}`;
      const problem = await this.write(list, id, record, zip);
      if (stands) list.standing[record.model.hash] = id;
      const twin = existing.find((other) => isTwin(other.record, record));
      if (twin) await this.erase(list, twin.id);
      if (record.checkpoint && record.run) await this.dropCheckpoints(list, record.run.id, checkpoints);
      await this.evict(list, { id, bytes: record.bytes });
      return { id, ...(problem !== undefined && { problem }) };
    });
  }

  /** Its zip, compared with its hash. */
  async open(id: string): Promise<{ record: ShelfRecord; zip: Bytes }> {
    const list = await this.kept.read();
    const found = (await loadSnapshot<ShelfRecord>(this.tab, keyOf(id))) ?? (await loadSnapshot<ShelfRecord>(this.disk, keyOf(id)));
    if (!found) {
      const entry = (await this.readAll(list)).find((one) => one.id === id);
      if (!entry) throw new MotherTongueError('FileError', `The adapter ${id} is not kept in this browser any more.`);
      throw new MotherTongueError(
        'FileError',
        `The kept adapter ${entry.name} is damaged in this browser's storage and cannot be opened; delete it.`,
      );
    }
    const record = currentRecord(id, found.state, found.data.byteLength);
    return { record: { ...record, name: list.names[id] ?? record.name }, zip: found.data };
  }

  /** The adapter that stands for a model; where nothing was chosen, the newest one of that model. */
  async standing(model: string): Promise<string | null> {
    const list = await this.kept.read();
    const chosen = list.standing[model];
    const all = (await this.readAll(list)).filter(({ id }) => !list.deleted.includes(id));
    if (chosen === null || (chosen !== undefined && all.some(({ id }) => id === chosen))) return chosen;
    return all.find(({ id, record }) => record?.model.hash === model || id === `adapter-${model}`)?.id ?? null;
  }

  stand(model: string, id: string | null): Promise<void> {
    return this.kept.change((list) => {
      list.standing[model] = id;
    });
  }

  rename(id: string, name: string): Promise<void> {
    return this.kept.rename(id, name);
  }

  delete(id: string): Promise<void> {
    return this.kept.delete(id);
  }

  undelete(id: string): Promise<void> {
    return this.kept.undelete(id);
  }

  /** All adapters of a run. */
  undeleteOf(run: string): Promise<void> {
    return this.kept.change(async (list) => {
      const own = (await this.readAll(list)).filter(({ record }) => record?.run?.id === run).map(({ id }) => id);
      list.deleted = list.deleted.filter((id) => !own.includes(id));
    });
  }

  /** Frees the bytes of deleted ones; whether there were any. */
  async purge(): Promise<boolean> {
    if ((await this.kept.read()).deleted.length === 0) return false;
    await this.kept.change(async (list) => {
      for (const id of list.deleted) await this.erase(list, id);
    });
    return true;
  }

  /** To the disk; where it is full, again after the oldest has gone that must go anyway, or a checkpoint; else to this tab's memory. */
  private async write(list: ShelfList, id: string, record: ShelfRecord, zip: Bytes): Promise<string | undefined> {
    const data = { bytes: zip.byteLength, parts: [zip] };
    const next = { id, bytes: record.bytes };
    for (;;) {
      try {
        await saveSnapshot(this.disk, keyOf(id), data, record);
        return undefined;
      } catch (error) {
        if (!isFull(error)) throw error;
        if ((await this.evict(list, next)) || (await this.evictCheckpoint(list, next))) continue;
        await saveSnapshot(this.tab, keyOf(id), data, record);
        return error.message;
      }
    }
  }

  /** Leaves as many that the next keeps within the limits. True where one went. */
  private async evict(list: ShelfList, next: NextAdapter): Promise<boolean> {
    const leaving = this.beyond(await this.readAll(list), next);
    for (const { id } of leaving) await this.erase(list, id);
    return leaving.length > 0;
  }

  private async evictCheckpoint(list: ShelfList, next: NextAdapter): Promise<boolean> {
    const oldest = (await this.readAll(list)).findLast((entry) => entry.id !== next.id && isCheckpoint(entry));
    if (oldest) await this.erase(list, oldest.id);
    return oldest !== undefined;
  }

  private beyond(all: readonly ShelfEntry[], next: NextAdapter): ShelfEntry[] {
    const others = all.filter(({ id }) => id !== next.id);
    let count = others.length + 1;
    let bytes = others.reduce((sum, { record }) => sum + (record?.bytes ?? 0), next.bytes);
    const leaving: ShelfEntry[] = [];
    for (const entry of inOrderOfLeaving(others)) {
      if (count <= this.limits.count && bytes <= this.limits.bytes) break;
      leaving.push(entry);
      count -= 1;
      bytes -= entry.record?.bytes ?? 0;
    }
    return leaving;
  }

  /** The first that another adapter of so many bytes takes the place of; null while there is a place. */
  async leaving(bytes: number): Promise<ShelfEntry | null> {
    return this.beyond(await this.list(), { id: '', bytes })[0] ?? null;
  }

  private async dropCheckpoints(list: ShelfList, run: string, most: number): Promise<void> {
    const own = (await this.readAll(list)).filter(({ record }) => record?.checkpoint && record.run?.id === run);
    for (const { id } of own.slice(most)) await this.erase(list, id);
  }

  private async erase(list: ShelfList, id: string): Promise<void> {
    await deleteSnapshots(this.disk, keyOf(id));
    await deleteSnapshots(this.tab, keyOf(id));
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
      for (const [id, { state }] of await peekSnapshots<ShelfRecord>(store, 'zip', ID, this.known)) {
        if (entries.some((entry) => entry.id === id)) continue;
        const record = state && currentRecord(id, state);
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
}

/** Checkpoints first, then what does not stand; what stands comes last, the oldest first among equals. */
function inOrderOfLeaving(newestFirst: readonly ShelfEntry[]): ShelfEntry[] {
  const rank = (entry: ShelfEntry): number => (entry.stands ? 2 : isCheckpoint(entry) ? 0 : 1);
  return newestFirst.toReversed().sort((a, b) => rank(a) - rank(b));
}

function isCheckpoint({ record }: ShelfEntry): boolean {
  return record?.checkpoint === true;
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
