/**
 * Evaluations that this browser keeps, up to a number and a size in all: a record each, and its answers in files of PART lines of JSON, which are written
 * as answers come. A crash can tear the file that is being written: lines that are not whole are passed over, and those answers are made again, the same
 * by their seeds. The oldest results beyond the limits go, those that can still go on after those that are over.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { EvaluationSample } from '../../protocol/evaluation.ts';
import type { EvaluationRecord, ResultsRoom } from '../../protocol/evaluation-run.ts';
import type { ByteStore } from '../files/byte-store.ts';
import { askKey } from './asks.ts';

const PART = 64;
const NAME = /^evaluation-([0-9a-z]+)\.(json|\d{6}\.jsonl)$/;

interface ResultLimits {
  readonly count: number;
  readonly bytes: number;
}

const RESULT_LIMITS: ResultLimits = { count: 200, bytes: 512 * 2 ** 20 };

interface Stored {
  readonly format: 1;
  readonly record: EvaluationRecord;
  /** Can be had back until it is purged. */
  readonly deleted: boolean;
}

const recordName = (id: string): string => `evaluation-${id}.json`;
const partName = (id: string, part: number): string => `evaluation-${id}.${String(part).padStart(6, '0')}.jsonl`;
const encode = (text: string) => new TextEncoder().encode(text);

export class EvaluationShelf {
  constructor(
    private readonly files: ByteStore,
    private readonly limits = RESULT_LIMITS,
  ) {}

  /** Newest first. A record that cannot be read is passed over. */
  async list(): Promise<EvaluationRecord[]> {
    const stored = await this.all();
    return stored
      .filter(({ deleted }) => !deleted)
      .map(({ record }) => record)
      .sort((one, other) => (one.started < other.started ? 1 : -1));
  }

  /** `records`: as `list` gives them. */
  room(records: readonly EvaluationRecord[]): ResultsRoom {
    const [first] = this.beyond(records, largest(records));
    const used = records.reduce((sum, record) => sum + bytesOf(record), 0);
    return { used, limit: this.limits.bytes, most: this.limits.count, leaving: first?.id ?? null };
  }

  /** For a result that begins or has grown; of one whose size is not known yet, that of the largest. What was deleted goes first, and for good. */
  async makeRoom(record: EvaluationRecord): Promise<void> {
    await this.purge();
    const others = (await this.list()).filter(({ id }) => id !== record.id);
    const next = record.done > 0 ? bytesOf(record) : largest(others);
    await this.erase(this.beyond(others, next).map(({ id }) => id));
  }

  /** Those of which nothing can stay when one of so many bytes comes, in the order of leaving. */
  private beyond(others: readonly EvaluationRecord[], next: number): EvaluationRecord[] {
    let count = others.length + 1;
    let bytes = others.reduce((sum, record) => sum + bytesOf(record), next);
    const leaving: EvaluationRecord[] = [];
    const rank = ({ phase }: EvaluationRecord): number => (phase === 'done' || phase === 'failed' ? 0 : 1);
    for (const record of others.toSorted((a, b) => rank(a) - rank(b) || (a.started < b.started ? -1 : 1))) {
      if (count <= this.limits.count && bytes <= this.limits.bytes) break;
      leaving.push(record);
      count -= 1;
      bytes -= bytesOf(record);
    }
    return leaving;
  }

  async get(id: string): Promise<EvaluationRecord> {
    const stored = await this.read(id);
    if (stored && !stored.deleted) return stored.record;
    throw new MotherTongueError('StateError', 'This evaluation is not kept any more; another tab may have deleted it.');
  }

  async put(record: EvaluationRecord): Promise<void> {
    await this.write({ format: 1, record, deleted: false });
  }

  /** Can be had back until `purge`. */
  async delete(id: string): Promise<void> {
    await this.write({ format: 1, record: await this.get(id), deleted: true });
  }

  async undelete(id: string): Promise<void> {
    const stored = await this.read(id);
    if (!stored) throw new MotherTongueError('StateError', 'This evaluation cannot be had back any more.');
    await this.write({ ...stored, deleted: false });
  }

  /** Gives back the storage of deleted ones. */
  async purge(): Promise<void> {
    await this.erase((await this.all()).filter(({ deleted }) => deleted).map(({ record }) => record.id));
  }

  private async erase(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const gone = new Set(ids);
    for (const name of await this.files.list()) if (gone.has(NAME.exec(name)?.[1] ?? '')) await this.files.delete(name);
  }

  /** As they were kept; of an answer that was made twice, the first. */
  async samples(id: string): Promise<EvaluationSample[]> {
    const found = new Map<string, EvaluationSample>();
    for (const lines of await this.parts(id)) {
      for (const sample of lines) {
        const key = askKey(sample);
        if (!found.has(key)) found.set(key, sample);
      }
    }
    return [...found.values()];
  }

  /** Writes answers behind those that there are. */
  async writer(id: string): Promise<SampleWriter> {
    const parts = await this.parts(id);
    const last = parts.at(-1);
    const [part, lines] = last && last.length < PART ? [parts.length - 1, last] : [parts.length, []];
    return new SampleWriter(this.files, id, part, lines);
  }

  private async parts(id: string): Promise<EvaluationSample[][]> {
    const parts: EvaluationSample[][] = [];
    for (let part = 0; ; part++) {
      const bytes = await this.files.get(partName(id, part));
      if (!bytes) return parts;
      parts.push(new TextDecoder().decode(bytes).split('\n').flatMap(readLine));
    }
  }

  private async all(): Promise<Stored[]> {
    const ids = (await this.files.list()).flatMap((name) => {
      const [, id, ending] = NAME.exec(name) ?? [];
      return id !== undefined && ending === 'json' ? [id] : [];
    });
    return (await Promise.all(ids.map((id) => this.read(id)))).filter((stored) => stored !== null);
  }

  private async read(id: string): Promise<Stored | null> {
    const bytes = await this.files.get(recordName(id));
    try {
      const stored = bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Stored); // written by `write`, unless it is torn
      return stored?.format === 1 ? stored : null;
    } catch {
      return null;
    }
  }

  private async write(stored: Stored): Promise<void> {
    await this.files.put(recordName(stored.record.id), encode(JSON.stringify(stored)));
  }
}

/** Its answers, and its questions, which are most of the record. */
function bytesOf({ bytes, questions }: EvaluationRecord): number {
  return bytes + questions.reduce((sum, { question, gold }) => sum + question.length + (gold?.length ?? 0), 0);
}

const largest = (records: readonly EvaluationRecord[]): number => records.reduce((most, record) => Math.max(most, bytesOf(record)), 0);

function readLine(line: string): EvaluationSample[] {
  try {
    return [JSON.parse(line) as EvaluationSample]; // written by SampleWriter, unless it is torn
  } catch {
    return [];
  }
}

export class SampleWriter {
  private writing: Promise<void> | null = null;
  private dirty = false;
  /** Of what was written by it. */
  bytes = 0;

  constructor(
    private readonly files: ByteStore,
    private readonly id: string,
    private part: number,
    private lines: EvaluationSample[],
  ) {}

  /** Resolves when it is in the file. Answers that come while another is written go into the file together. */
  async add(sample: EvaluationSample): Promise<void> {
    if (this.lines.length >= PART) await this.writing;
    if (this.lines.length >= PART) {
      this.part++;
      this.lines = [];
    }
    this.lines.push(sample);
    this.bytes += encode(JSON.stringify(sample)).byteLength + 1;
    this.dirty = true;
    this.writing ??= this.write().finally(() => {
      this.writing = null;
    });
    await this.writing;
  }

  private async write(): Promise<void> {
    while (this.dirty) {
      this.dirty = false;
      await this.files.put(partName(this.id, this.part), encode(this.lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
    }
  }
}
