/** The library as a list: what belongs to a run stands with it, what is searched is found by words and settings, and the best come first. */
import { expect, it } from 'vitest';
import type { KeptRun } from '../protocol/kept-runs.ts';
import type { KeptAdapter } from '../protocol/model.ts';
import { defaultSettings, withValueAt } from '../protocol/setting-values.ts';
import type { RunRecord } from '../protocol/training.ts';
import { libraryEntries, resultWords, shownEntries } from './library.ts';
import { differingSettings, overlayOf } from './run-overlay.ts';

const settings = defaultSettings('2026-11-28');

function run(id: string, over: Partial<KeptRun> = {}): KeptRun {
  return {
    id,
    name: `SFT on ${id}.jsonl`,
    started: `2026-11-28T10:00:0${id}.000Z`,
    model: 'mini',
    dataset: `${id}.jsonl`,
    hashes: { model: 'aa', dataset: 'bb' },
    settings,
    phase: 'done',
    steps: 20,
    total_steps: 20,
    result: { metric: 'loss', first: 3, last: Number(id) },
    sparkline: [],
    bytes: 100,
    fits: true,
    resumable: false,
    ...over,
  };
}

function adapter(id: string, of: string | null, steps = 20, over: Partial<KeptAdapter> = {}): KeptAdapter {
  const trained = { run: of ?? '', dataset: 'd', steps, total_steps: 20, loss: null, languages: 0 };
  return {
    id,
    name: `adapter ${id}`,
    origin: of === null ? 'imported' : 'trained',
    kept: '2026-11-28T10:00:05.000Z',
    model: 'mini',
    bytes: 10,
    ...(of !== null && { trained }),
    standing: false,
    fits: true,
    tab_only: false,
    ...over,
  };
}

it('a run stands with its adapter and checkpoints; an imported one, and one whose run is gone, stand alone; newest first', () => {
  const adapters = [
    adapter('a', '1'),
    adapter('b', '1', 10, { checkpoint: true }),
    adapter('c', '1', 15, { checkpoint: true }),
    adapter('d', null),
    adapter('e', 'gone'),
  ];
  const entries = libraryEntries([run('1'), run('9')], adapters, null);
  expect(entries.map(({ id }) => id)).toEqual(['9', 'd', 'e', '1']);
  const [newest, , , first] = entries;
  expect(newest).toMatchObject({ adapter: null, checkpoints: [], bytes: 100 });
  expect(first!.adapter!.id).toBe('a');
  expect(first!.checkpoints.map(({ id }) => id)).toEqual(['c', 'b']);
  expect(first!.bytes).toBe(130);
});

it('a run that was stopped, resumed and ended has the later adapter; the earlier one is as a checkpoint', () => {
  const [entry] = libraryEntries([run('1')], [adapter('a', '1', 8), adapter('b', '1', 20)], null);
  expect([entry!.adapter!.id, entry!.checkpoints.map(({ id }) => id)]).toEqual(['b', ['a']]);
});

it('the run under way is as far as it is', () => {
  const live = { id: '1', phase: 'training', total_steps: 30, metrics: [{ step: 7 }] } as RunRecord;
  expect(libraryEntries([run('1', { phase: 'preparing', steps: 0 })], [], live)[0]!.run).toMatchObject({ phase: 'training', steps: 7 });
});

it('is searched by words and settings, and sorted by result: rewards, then losses, then none', () => {
  const faster = run('2', { settings: withValueAt(settings, 'optimizer.learning_rate', 0.001) });
  const paid = run('3', { result: { metric: 'reward', first: 0, last: 0.5 }, settings: { ...settings, method: 'grpo' } });
  const better = run('4', { result: { metric: 'reward', first: 0, last: 0.9 } });
  const broken = run('5', { result: { metric: 'loss', first: 3, last: Number.NaN } });
  const entries = libraryEntries([run('1'), faster, paid, better, broken], [], null);
  const found = (query: string) => shownEntries(entries, { query, sort: 'date' }).map(({ id }) => id);
  expect(found('lr=0.001')).toEqual(['2']);
  expect(found('MINI 3.jsonl')).toEqual(['3']);
  expect(found('grpo')).toEqual(['3']);
  expect(found('elsewhere')).toEqual([]);
  expect(shownEntries(entries, { query: '', sort: 'result' }).map(({ id }) => id)).toEqual(['4', '3', '1', '2', '5']);
  expect(resultWords(paid.result)).toBe('reward 0.000 to 0.500');
});

it('curves lie over each other on one axis, whatever steps each has', () => {
  const record = (id: string, steps: number[]) =>
    ({
      id,
      metrics: steps.map((step) => ({ step, loss: step / 10, learning_rate: 1, step_time: 1, num_tokens: step })),
      evals: [],
      samples: [],
    }) as unknown as RunRecord;
  const { x, columns } = overlayOf([record('1', [1, 2, 4]), record('2', [2, 3])], 'learning_rate', 'step', 0.8);
  expect(x).toEqual([1, 2, 3, 4]);
  expect(columns).toEqual([
    [1, 1, null, 1],
    [null, 1, 1, null],
  ]);
});

it('tells the settings in which runs differ, a default that is not written among them', () => {
  const one = { model: 'mini', dataset: 'a.jsonl', settings };
  const other = { ...one, dataset: 'b.jsonl', settings: withValueAt(settings, 'optimizer.learning_rate', 0.001) };
  expect(differingSettings([one])).toEqual([]);
  expect(differingSettings([one, { ...one, settings: { ...settings, loss_type: 'nll' as const } }])).toEqual([]);
  expect(differingSettings([one, other, one]).map(({ name, values }) => [name, ...values])).toEqual([
    ['dataset', 'a.jsonl', 'b.jsonl', 'a.jsonl'],
    ['learning_rate', '0.00002', '0.001', '0.00002'],
  ]);
});
