/**
 * The runs that this browser keeps, however they ended: of each a sealed record from which lists are made, and beside it all that it logged. Written as
 * snapshots.ts writes, at its start and at its end; in between, its checkpoints know more (checkpoint.ts). Damage is a fact about one run: it is
 * listed, and opening it throws. Where the disk is full, a run lasts as long as this tab.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { type RunResult, resultOf, sparklineOf } from '../../protocol/kept-runs.ts';
import { currentRun } from '../../protocol/saved.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { type ByteStore, memoryStore } from './byte-store.ts';
import { isFull, KeptList, type KeptNames } from './kept-list.ts';
import { packLog, unpackLog } from './run-columns.ts';
import { deleteSnapshots, loadSnapshot, type Peeked, peekSnapshots, type SnapshotKey, saveSnapshot } from './snapshots.ts';

/** The oldest beyond this many go. */
const RUN_LIMIT = 1000;

/** All that is known of a run without what it logged. */
export interface RunHead extends Omit<RunRecord, 'metrics' | 'evals' | 'samples' | 'saves' | 'questions'> {
  name: string;
  hashes: { model: string; dataset: string };
  steps: number;
  result: RunResult | null;
  sparkline: (number | null)[];
}

export interface LibraryEntry {
  id: string;
  /** Null where the record is damaged. */
  head: RunHead | null;
  name: string;
  bytes: number;
}

const LIST: SnapshotKey = { id: 'run-list', kind: 'run' };
const LOCK = 'mother-tongue.runs';
const ID = /^run-(\d+)$/;

const keyOf = (run: string): SnapshotKey => ({ id: `run-${run}`, kind: 'run' });

export class RunLibrary {
  private readonly tab = memoryStore();
  private readonly kept: KeptList<KeptNames>;
  /** Records that were read. */
  private readonly known = new Map<string, Peeked<RunHead>>();

  constructor(
    private readonly disk: ByteStore,
    locks?: LockManager,
    private readonly limit = RUN_LIMIT,
  ) {
    this.kept = new KeptList<KeptNames>(disk, LIST, { names: {}, deleted: [] }, LOCK, locks);
  }

  /** Newest first, without the deleted ones. */
  async list(): Promise<LibraryEntry[]> {
    const { names, deleted } = await this.kept.read();
    return (await this.readAll(names)).filter(({ id }) => !deleted.includes(id));
  }

  /** Ids of those that can be had back. */
  async deleted(): Promise<readonly string[]> {
    return (await this.kept.read()).deleted;
  }

  /** Keeps a run as it is now, in place of what was kept of it. `problem`: why it lasts as long as the tab only. */
  put(run: RunRecord, hashes: RunHead['hashes']): Promise<{ problem?: string }> {
    const { metrics, evals, samples, saves, questions, ...rest } = run;
    const [result, sparkline] = [resultOf(run), sparklineOf(run)];
    const head: RunHead = { ...rest, name: runName(run), hashes, steps: metrics.at(-1)?.step ?? 0, result, sparkline };
    const log = packLog({ metrics, evals, samples, ...(saves && { saves }), ...(questions && { questions }) });
    const data = { bytes: log.byteLength, parts: [log] };
    return this.kept.change(async (list) => {
      try {
        await saveSnapshot(this.disk, keyOf(run.id), data, head);
        await deleteSnapshots(this.tab, keyOf(run.id));
      } catch (error) {
        if (!isFull(error)) throw error;
        await saveSnapshot(this.tab, keyOf(run.id), data, head);
        return { problem: error.message };
      }
      for (const { id } of (await this.readAll(list.names)).slice(this.limit)) await this.erase(list, id);
      return {};
    });
  }

  /** The whole run. */
  async open(run: string): Promise<RunRecord> {
    const found = (await loadSnapshot<RunHead>(this.tab, keyOf(run))) ?? (await loadSnapshot<RunHead>(this.disk, keyOf(run)));
    const { names } = await this.kept.read();
    const entry = (await this.readAll(names)).find(({ id }) => id === run);
    if (!entry) throw new MotherTongueError('FileError', `The run ${run} is not kept in this browser any more.`);
    if (!found || (entry.head?.steps ?? 0) > found.state.steps) {
      throw new MotherTongueError(
        'FileError',
        `The run ${names[run] ?? run} is damaged in this browser's storage and cannot be opened; delete it.`,
      );
    }
    const { name: _name, hashes: _hashes, steps: _steps, result: _result, sparkline: _sparkline, ...rest } = found.state;
    return currentRun({ ...rest, ...unpackLog(found.data) });
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

  /** Frees the bytes of deleted ones, or of those that `only` names; which they were. */
  async purge(only?: readonly string[]): Promise<string[]> {
    if ((await this.deleted()).length === 0) return [];
    return this.kept.change(async (list) => {
      const gone = list.deleted.filter((id) => only?.includes(id) ?? true);
      for (const id of gone) await this.erase(list, id);
      return gone;
    });
  }

  private async erase(list: KeptNames, id: string): Promise<void> {
    await deleteSnapshots(this.disk, keyOf(id));
    await deleteSnapshots(this.tab, keyOf(id));
    delete list.names[id];
    list.deleted = list.deleted.filter((other) => other !== id);
  }

  private async readAll(names: KeptNames['names']): Promise<LibraryEntry[]> {
    const found = new Map<string, LibraryEntry>();
    for (const store of [this.tab, this.disk]) {
      for (const [file, { state, bytes }] of await peekSnapshots<RunHead>(store, 'run', ID, this.known)) {
        const id = ID.exec(file)![1]!;
        if (!found.has(id)) found.set(id, { id, head: state, name: names[id] ?? state?.name ?? id, bytes });
      }
    }
    return [...found.values()].sort((a, b) => b.id.localeCompare(a.id)); // ids are times
  }
}

/** Until it is renamed; with the time that its adapter's name has. */
function runName({ id, settings, dataset }: Pick<RunRecord, 'id' | 'settings' | 'dataset'>): string {
  return `${(settings.method ?? 'sft').toUpperCase()} on ${dataset}, ${id.slice(0, 8)}-${id.slice(8, 14)}`;
}
