/**
 * Results that this browser keeps and that come line by line (evaluations, traces), up to a number and a size in all: a record each, and its lines in files
 * of PART lines of JSON, which are written as they come. A crash can tear the file that is being written: lines that are not whole are passed over, and what
 * they held is made again, the same by its seed. The oldest results beyond the limits go, those that can still go on after those that are over.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { ResultsRoom } from '../../protocol/evaluation-run.ts';
import type { ByteStore } from './byte-store.ts';
import type { Bytes } from './source.ts';

const PART = 64;

export interface ResultLimits {
  readonly count: number;
  readonly bytes: number;
}

export const RESULT_LIMITS: ResultLimits = { count: 200, bytes: 512 * 2 ** 20 };

/** What every such result has. */
export interface KeptResult {
  readonly id: string;
  /** ISO date. */
  readonly started: string;
  readonly phase: 'running' | 'paused' | 'done' | 'failed';
  /** Lines that there are. */
  readonly done: number;
}

/** What a shelf holds. */
export interface ResultKind<Kept extends KeptResult, Line> {
  /** Of its files' names. */
  readonly prefix: string;
  /** In sentences: "This evaluation". */
  readonly called: string;
  /** Lines of one key are the same; the first counts. */
  keyOf(line: Line): string;
  /** All that it takes of the storage. */
  bytesOf(record: Kept): number;
}

interface Stored<Kept> {
  readonly format: 1;
  readonly record: Kept;
  /** Can be had back until it is purged. */
  readonly deleted: boolean;
}

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Bytes) => new TextDecoder().decode(bytes);

export class ResultShelf<Kept extends KeptResult, Line> {
  private readonly name: RegExp;

  constructor(
    private readonly files: ByteStore,
    private readonly kind: ResultKind<Kept, Line>,
    private readonly limits = RESULT_LIMITS,
  ) {
    this.name = new RegExp(`^${kind.prefix}-([0-9a-z]+)\\.(json|beside|\\d{6}\\.jsonl)$`);
  }

  /** Newest first. A record that cannot be read is passed over. */
  async list(): Promise<Kept[]> {
    const stored = await this.all();
    return stored
      .filter(({ deleted }) => !deleted)
      .map(({ record }) => record)
      .sort((one, other) => (one.started < other.started ? 1 : -1));
  }

  /** `records`: as `list` gives them. */
  room(records: readonly Kept[]): ResultsRoom {
    const [first] = this.beyond(records, this.largest(records));
    const used = records.reduce((sum, record) => sum + this.kind.bytesOf(record), 0);
    return { used, limit: this.limits.bytes, most: this.limits.count, leaving: first?.id ?? null };
  }

  /** For a result that begins or has grown; of one whose size is not known yet, that of the largest. What was deleted goes first; what fits can still be had back. */
  async makeRoom(record: Kept): Promise<void> {
    const stored = (await this.all()).filter((other) => other.record.id !== record.id);
    const deleted = new Set(stored.filter((other) => other.deleted).map((other) => other.record.id));
    const others = stored.map((other) => other.record);
    const next = record.done > 0 ? this.kind.bytesOf(record) : this.largest(others.filter(({ id }) => !deleted.has(id)));
    await this.erase(this.beyond(others, next, deleted).map(({ id }) => id));
  }

  private largest(records: readonly Kept[]): number {
    return records.reduce((most, record) => Math.max(most, this.kind.bytesOf(record)), 0);
  }

  /** Those of which nothing can stay when one of so many bytes comes, in the order of leaving. */
  private beyond(others: readonly Kept[], next: number, deleted: ReadonlySet<string> = new Set()): Kept[] {
    let count = others.length + 1;
    let bytes = others.reduce((sum, record) => sum + this.kind.bytesOf(record), next);
    const leaving: Kept[] = [];
    const rank = ({ id, phase }: Kept): number => (deleted.has(id) ? -1 : phase === 'done' || phase === 'failed' ? 0 : 1);
    for (const record of others.toSorted((a, b) => rank(a) - rank(b) || (a.started < b.started ? -1 : 1))) {
      if (count <= this.limits.count && bytes <= this.limits.bytes) break;
      leaving.push(record);
      count -= 1;
      bytes -= this.kind.bytesOf(record);
    }
    return leaving;
  }

  async get(id: string): Promise<Kept> {
    const stored = await this.read(id);
    if (stored && !stored.deleted) return stored.record;
    throw new MotherTongueError('StateError', `This ${this.kind.called} is not kept any more; another tab may have deleted it.`);
  }

  async put(record: Kept): Promise<void> {
    await this.write({ format: 1, record, deleted: false });
  }

  /** Can be had back until `purge`. */
  async delete(id: string): Promise<void> {
    await this.write({ format: 1, record: await this.get(id), deleted: true });
  }

  async undelete(id: string): Promise<void> {
    const stored = await this.read(id);
    if (!stored) throw new MotherTongueError('StateError', `This ${this.kind.called} cannot be had back any more.`);
    await this.write({ ...stored, deleted: false });
  }

  /** Gives back the storage of deleted ones. */
  async purge(): Promise<void> {
    await this.erase((await this.all()).filter(({ deleted }) => deleted).map(({ record }) => record.id));
  }

  private async erase(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const gone = new Set(ids);
    for (const name of await this.files.list()) if (gone.has(this.name.exec(name)?.[1] ?? '')) await this.files.delete(name);
  }

  /** One text beside the record, written once: what is too large to be written with it again and again. */
  async putBeside(id: string, text: string): Promise<void> {
    await this.files.put(this.besideName(id), encode(text));
  }

  async beside(id: string): Promise<string | null> {
    const bytes = await this.files.get(this.besideName(id));
    return bytes && decode(bytes);
  }

  /** As they were kept; of a line that was made twice, the first. */
  async lines(id: string): Promise<Line[]> {
    const found = new Map<string, Line>();
    for (const lines of await this.parts(id)) {
      for (const line of lines) {
        const key = this.kind.keyOf(line);
        if (!found.has(key)) found.set(key, line);
      }
    }
    return [...found.values()];
  }

  /** Writes lines behind those that there are. */
  async writer(id: string): Promise<LineWriter<Line>> {
    const parts = await this.parts(id);
    const last = parts.at(-1);
    const [part, lines] = last && last.length < PART ? [parts.length - 1, last] : [parts.length, []];
    return new LineWriter(this.files, (at) => this.partName(id, at), part, lines);
  }

  private async parts(id: string): Promise<Line[][]> {
    const parts: Line[][] = [];
    for (let part = 0; ; part++) {
      const bytes = await this.files.get(this.partName(id, part));
      if (!bytes) return parts;
      parts.push(
        decode(bytes)
          .split('\n')
          .flatMap(readLine<Line>),
      );
    }
  }

  private async all(): Promise<Stored<Kept>[]> {
    const ids = (await this.files.list()).flatMap((name) => {
      const [, id, ending] = this.name.exec(name) ?? [];
      return id !== undefined && ending === 'json' ? [id] : [];
    });
    return (await Promise.all(ids.map((id) => this.read(id)))).filter((stored) => stored !== null);
  }

  private async read(id: string): Promise<Stored<Kept> | null> {
    const bytes = await this.files.get(this.recordName(id));
    try {
      const stored = bytes && (JSON.parse(decode(bytes)) as Stored<Kept>); // written by `write`, unless it is torn
      return stored?.format === 1 ? stored : null;
    } catch {
      return null;
    }
  }

  private async write(stored: Stored<Kept>): Promise<void> {
    await this.files.put(this.recordName(stored.record.id), encode(JSON.stringify(stored)));
  }

  private recordName(id: string): string {
    return `${this.kind.prefix}-${id}.json`;
  }

  private besideName(id: string): string {
    return `${this.kind.prefix}-${id}.beside`;
  }

  private partName(id: string, part: number): string {
    return `${this.kind.prefix}-${id}.${String(part).padStart(6, '0')}.jsonl`;
  }
}

function readLine<Line>(line: string): Line[] {
  try {
    return [JSON.parse(line) as Line]; // written by LineWriter, unless it is torn
  } catch {
    return [];
  }
}

export class LineWriter<Line> {
  private writing: Promise<void> | null = null;
  private dirty = false;
  /** Of what was written by it. */
  bytes = 0;

  constructor(
    private readonly files: ByteStore,
    private readonly nameOf: (part: number) => string,
    private part: number,
    private lines: Line[],
  ) {}

  /** Resolves when it is in the file. Lines that come while another is written go into the file together. */
  async add(line: Line): Promise<void> {
    if (this.lines.length >= PART) await this.writing;
    if (this.lines.length >= PART) {
      this.part++;
      this.lines = [];
    }
    this.lines.push(line);
    this.bytes += encode(JSON.stringify(line)).byteLength + 1;
    this.dirty = true;
    this.writing ??= this.write().finally(() => {
      this.writing = null;
    });
    await this.writing;
  }

  private async write(): Promise<void> {
    while (this.dirty) {
      this.dirty = false;
      await this.files.put(this.nameOf(this.part), encode(this.lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
    }
  }
}
