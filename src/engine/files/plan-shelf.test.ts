import { expect, it } from 'vitest';
import { MotherTongueError } from '../../lib/errors.ts';
import { newRecord } from '../../protocol/stage-states.ts';
import type { StagePlan } from '../../protocol/stages.ts';
import { memoryStore } from './byte-store.ts';
import { PlanShelf } from './plan-shelf.ts';
import { saveSnapshot } from './snapshots.ts';
import type { Bytes } from './source.ts';

const plan: StagePlan = { name: 'small', choice_seed: 0, stages: [] };
const open = { model: { name: 'm', hash: 'a' }, dataset: { name: 'd', hash: 'b' } };
const record = (second: number) => newRecord(plan, open, new Date(Date.UTC(2026, 0, 1, 0, 0, second)));

it('keeps plans over a visit, newest first, and the oldest beyond the limit go', async () => {
  const disk = memoryStore();
  const shelf = new PlanShelf(disk, 2);
  for (const second of [1, 2, 3]) await shelf.put(record(second));
  await shelf.put({ ...record(3), phase: 'done' });
  const again = await new PlanShelf(disk, 2).list();
  expect(again.map(({ id, phase }) => [id, phase])).toEqual([
    [record(3).id, 'done'],
    [record(2).id, 'running'],
  ]);
  await shelf.delete(record(3).id);
  await expect(shelf.get(record(3).id)).rejects.toThrow('This plan is not kept any more');
});

it('a torn record leaves the one before', async () => {
  const files = new Map<string, Bytes>();
  const shelf = new PlanShelf(memoryStore(files));
  await shelf.put(record(1));
  await shelf.put({ ...record(1), phase: 'done' });
  const newest = [...files.keys()]
    .filter((name) => name.endsWith('.json'))
    .sort()
    .at(-1)!;
  files.set(newest, files.get(newest)!.slice(0, 40));
  expect((await shelf.get(record(1).id)).phase).toBe('running');
});

it('one of which nothing is whole is passed over, and the others are listed', async () => {
  const files = new Map<string, Bytes>();
  const shelf = new PlanShelf(memoryStore(files));
  await shelf.put(record(1));
  await shelf.put(record(2));
  const torn = [...files.keys()].filter((name) => name.startsWith(`plan-${record(2).id}.`));
  for (const name of torn) files.set(name, files.get(name)!.slice(0, 40));
  expect((await shelf.list()).map(({ id }) => id)).toEqual([record(1).id]);
  await expect(shelf.get(record(2).id)).rejects.toThrow('This plan is not kept any more');
});

const stage = { name: 'One', what: 'It is tried.', kind: 'sft', model: 'open', from: 'base', data: [{ of: 'dataset' }], settings: {} };
const withStages = (...stages: object[]) => ({ ...record(2), plan: { ...plan, stages }, stages: stages.map(() => ({ phase: 'waiting' })) });

/** Red before: they were listed, and one without stages ended every list, so that no plan was shown or could go on. */
it.each<[string, object]>([
  ['without what was open', (({ dataset: _, ...rest }) => rest)(record(2))],
  ['without its stages', { ...record(2), plan: { name: 'old', steps: 3 } }],
  ['with states of other stages', { ...withStages(stage), stages: [] }],
  ['with a kind of stage that there is no more', withStages({ ...stage, kind: 'dpo' })],
  ['with a stage of another form', withStages((({ data: _, ...rest }) => ({ ...rest, rows: 4 }))(stage))],
  ['with a state that there is no more', { ...record(2), phase: 'paused' }],
])('a record of another version, %s, is passed over', async (_, old) => {
  const disk = memoryStore();
  const shelf = new PlanShelf(disk);
  await shelf.put(record(1));
  await saveSnapshot(disk, { id: `plan-${record(2).id}`, kind: 'run' }, { bytes: 0, parts: [] }, old);
  expect((await shelf.list()).map(({ id }) => id)).toEqual([record(1).id]);
  await saveSnapshot(disk, { id: `plan-${record(2).id}`, kind: 'run' }, { bytes: 0, parts: [] }, withStages(stage));
  expect(await shelf.list()).toHaveLength(2);
});

it('on a full disk a plan lasts as long as the tab', async () => {
  const disk = memoryStore();
  const full = { ...disk, put: () => Promise.reject(new MotherTongueError('FileError', 'The storage is full.')) };
  const shelf = new PlanShelf(full);
  await shelf.put(record(1));
  expect(await shelf.list()).toHaveLength(1);
  expect(await new PlanShelf(disk).list()).toEqual([]);
});
