/**
 * Plans of stages that this browser keeps, each as it stood after its last step; written as snapshots.ts writes, so that a crash leaves the step before. Where
 * the disk is full, a plan lasts as long as this tab.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { isPlanRecord } from '../../protocol/stage-states.ts';
import type { PlanRecord } from '../../protocol/stages.ts';
import type { ByteStore } from './byte-store.ts';
import { isFull } from './kept-list.ts';
import { deleteSnapshots, listSnapshots, peekSnapshot, type SnapshotKey, saveSnapshot } from './snapshots.ts';

/** The oldest beyond this many go; their runs and traces stay. */
const LIMIT = 20;
const ID = /^plan-(\d+)$/;

const keyOf = (plan: string): SnapshotKey => ({ id: `plan-${plan}`, kind: 'run' });

export class PlanShelf {
  private readonly tab = new Map<string, PlanRecord>();

  constructor(
    private readonly disk: ByteStore,
    private readonly limit = LIMIT,
  ) {}

  /** Newest first. One whose record is damaged, or of another version, is passed over. */
  async list(): Promise<PlanRecord[]> {
    const ids = new Set([...this.tab.keys(), ...(await this.idsOnDisk())]);
    const records = await Promise.all([...ids].map((id) => this.read(id)));
    return records.filter((record) => record !== null).sort((a, b) => b.id.localeCompare(a.id)); // ids are times
  }

  async get(id: string): Promise<PlanRecord> {
    const record = await this.read(id);
    if (record) return record;
    throw new MotherTongueError('StateError', 'This plan is not kept any more; another tab may have deleted it.');
  }

  async put(record: PlanRecord): Promise<void> {
    try {
      await saveSnapshot(this.disk, keyOf(record.id), { bytes: 0, parts: [] }, record);
      this.tab.delete(record.id);
    } catch (error) {
      if (!isFull(error)) throw error;
      this.tab.set(record.id, structuredClone(record));
    }
    for (const { id } of (await this.list()).slice(this.limit)) await this.delete(id);
  }

  async delete(id: string): Promise<void> {
    this.tab.delete(id);
    await deleteSnapshots(this.disk, keyOf(id));
  }

  private async read(id: string): Promise<PlanRecord | null> {
    const record = this.tab.get(id) ?? (await peekSnapshot<unknown>(this.disk, keyOf(id)));
    return isPlanRecord(record) ? record : null;
  }

  private async idsOnDisk(): Promise<string[]> {
    return (await listSnapshots(this.disk, 'run')).flatMap((name) => ID.exec(name)?.[1] ?? []);
  }
}
