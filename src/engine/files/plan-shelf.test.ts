import { expect, it } from 'vitest';
import { MotherTongueError } from '../../lib/errors.ts';
import { newRecord } from '../../protocol/stage-states.ts';
import type { StagePlan } from '../../protocol/stages.ts';
import { memoryStore } from './byte-store.ts';
import { PlanShelf } from './plan-shelf.ts';
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

it('on a full disk a plan lasts as long as the tab', async () => {
  const disk = memoryStore();
  const full = { ...disk, put: () => Promise.reject(new MotherTongueError('FileError', 'The storage is full.')) };
  const shelf = new PlanShelf(full);
  await shelf.put(record(1));
  expect(await shelf.list()).toHaveLength(1);
  expect(await new PlanShelf(disk).list()).toEqual([]);
});
