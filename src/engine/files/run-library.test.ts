/** Runs are kept as they were logged, listed without their logs, renamed, deleted and had back; damage and a full disk cost no other run anything. */
import { describe, expect, it } from 'vitest';
import { MotherTongueError } from '../../lib/errors.ts';
import type { Question } from '../../protocol/evaluation.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { memoryStore } from './byte-store.ts';
import { packLog } from './run-columns.ts';
import { RunLibrary } from './run-library.ts';
import type { Bytes } from './source.ts';

const hashes = { model: 'aa', dataset: 'bb' };

function run(id: string, steps = 3, over: Partial<RunRecord> = {}): RunRecord {
  const metrics = Array.from({ length: steps }, (_, i) => ({
    step: i + 1,
    epoch: i / 7,
    loss: Math.fround(3 / (i + 1)),
    learning_rate: 1e-3 * (1 - i / steps),
    grad_norm: 0.1 + i,
    num_tokens: 1000 * (i + 1),
    step_time: 0.25,
    tokens_per_second: 4000,
  }));
  return {
    id,
    started: '2026-11-28T10:00:00.000Z',
    model: 'mini',
    dataset: 'rows.jsonl',
    settings: defaultSettings('2026-11-28'),
    phase: 'done',
    total_steps: steps,
    metrics,
    evals: [{ step: steps, eval_loss: 1.25 }],
    samples: [{ step: 0, language: 'German', question: 'q', thinking: 'Das', content: '2', share: 1 }],
    saves: [1],
    ...over,
  };
}

const names = async (library: RunLibrary): Promise<string[]> => (await library.list()).map(({ name }) => name);

describe('kept runs', () => {
  it('come back digit for digit, with what was not a number and what single steps lack', async () => {
    const library = new RunLibrary(memoryStore());
    const given = run('1', 4);
    given.metrics[1]!.loss = Number.NaN;
    given.metrics[2]!.grad_norm = Number.POSITIVE_INFINITY;
    given.metrics[3]!.entropy = 0.1 + 0.2;
    given.questions = [{ question: 'Was ist 2 + 2?' } as Question];
    given.best_step = 3;
    await library.put(given, hashes);
    expect(await library.open('1')).toEqual(given);
    const [entry] = await library.list();
    expect(entry!.head).not.toHaveProperty('questions');
    expect(entry).toMatchObject({ id: '1', name: 'SFT on rows.jsonl, 1-', head: { steps: 4, hashes, phase: 'done' } });
    expect(entry!.head!.result).toEqual({ metric: 'loss', first: 3, last: 0.75 });
    expect(entry!.head!.sparkline).toEqual([3, null, 1, 0.75]);
  });

  it('take the place of what was kept of them, newest first; the oldest beyond the limit go', async () => {
    const library = new RunLibrary(memoryStore(), undefined, 3);
    await library.put(run('2', 0, { phase: 'preparing' }), hashes);
    for (const id of ['1', '2', '3', '4']) await library.put(run(id), hashes);
    expect((await library.list()).map(({ id, head }) => [id, head?.phase])).toEqual([
      ['4', 'done'],
      ['3', 'done'],
      ['2', 'done'],
    ]);
  });

  it('are renamed, deleted, had back, and gone for good with their bytes', async () => {
    const files = new Map<string, Bytes>();
    const library = new RunLibrary(memoryStore(files));
    await library.put(run('1'), hashes);
    await library.rename('1', 'Tuesday');
    expect(await names(library)).toEqual(['Tuesday']);
    await library.delete('1');
    expect(await names(library)).toEqual([]);
    await library.undelete('1');
    expect(await names(library)).toEqual(['Tuesday']);
    await library.delete('1');
    expect(await library.purge()).toEqual(['1']);
    expect([...files.keys()].filter((name) => name.startsWith('run-1'))).toEqual([]);
  });

  it('of 10,000 steps take less than an eighth of their JSON text', () => {
    const long = run('1', 10_000);
    expect(packLog(long).byteLength).toBeLessThan(JSON.stringify(long.metrics).length / 8);
  });
});

describe('damage and a full disk', () => {
  it('are named, and the other runs are there', async () => {
    const files = new Map<string, Bytes>();
    const library = new RunLibrary(memoryStore(files));
    for (const id of ['1', '2', '3']) await library.put(run(id), hashes);
    await library.rename('2', 'Mine');
    files.get('run-2.1.run.json')![90]! ^= 1; // the record
    files.get('run-3.1.run')![9]! ^= 1; // what it logged
    files.set('run-4.1.run', new Uint8Array(9)); // a crash before its record
    const later = new RunLibrary(memoryStore(files)); // another visit
    expect((await later.list()).map(({ id, name, head }) => [id, name, head === null])).toEqual([
      ['4', '4', true],
      ['3', 'SFT on rows.jsonl, 3-', false],
      ['2', 'Mine', true],
      ['1', 'SFT on rows.jsonl, 1-', false],
    ]);
    await library.put(run('1', 0), hashes);
    await library.put(run('1', 5), hashes);
    files.get('run-1.3.run')![9]! ^= 1;
    await expect(new RunLibrary(memoryStore(files)).open('1'), 'no older state is taken for it').rejects.toThrow('The run 1 is damaged');
    await library.put(run('1'), hashes);
    await expect(later.open('2')).rejects.toThrow('The run Mine is damaged in this browser');
    await expect(later.open('3')).rejects.toThrow('The run 3 is damaged');
    expect((await later.open('1')).metrics).toHaveLength(3);
    for (const id of ['2', '3', '4']) await later.delete(id);
    await later.purge();
    expect((await later.list()).map(({ id }) => id)).toEqual(['1']);
    await expect(later.open('2')).rejects.toThrow('The run 2 is not kept in this browser any more.');
  });

  it('a damaged list of names loses names alone', async () => {
    const files = new Map<string, Bytes>();
    const library = new RunLibrary(memoryStore(files));
    await library.put(run('1'), hashes);
    await library.rename('1', 'Mine');
    for (const name of files.keys()) if (name.startsWith('run-list.')) files.set(name, new Uint8Array(3));
    expect(await names(new RunLibrary(memoryStore(files)))).toEqual(['SFT on rows.jsonl, 1-']);
  });

  it('a full disk keeps a run as long as the tab', async () => {
    const files = new Map<string, Bytes>();
    const disk = memoryStore(files);
    let full = false;
    const library = new RunLibrary({
      ...disk,
      put: async (name, data) => {
        if (full) throw new MotherTongueError('FileError', 'The storage is full.');
        await disk.put(name, data);
      },
    });
    await library.put(run('1'), hashes);
    full = true;
    expect(await library.put(run('2'), hashes)).toEqual({ problem: 'The storage is full.' });
    expect((await library.list()).map(({ id }) => id)).toEqual(['2', '1']);
    expect((await library.open('2')).metrics).toHaveLength(3);
    full = false;
    await library.put(run('2', 5), hashes);
    expect((await new RunLibrary(disk).open('2')).metrics).toHaveLength(5);
  });
});
