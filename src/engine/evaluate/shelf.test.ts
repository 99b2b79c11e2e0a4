/** Kept results stay within a number and a size: the oldest go first, told before; one that can go on goes last, and the one under way never. */
import { expect, it } from 'vitest';
import type { EvaluationRecord } from '../../protocol/evaluation-run.ts';
import { memoryStore } from '../files/byte-store.ts';
import type { Bytes } from '../files/source.ts';
import { EvaluationShelf } from './shelf.ts';

function record(id: string, more: Partial<EvaluationRecord> = {}): EvaluationRecord {
  return {
    ...{
      id,
      name: `Result ${id}`,
      started: `2026-11-28T12:00:0${id}.000Z`,
      phase: 'done',
      total: 4,
      done: 4,
      tokens: 9,
      seconds: 1,
      batch: 4,
    },
    ...{ set: { id: 'set', name: 'Sums' }, model: { name: 'mini', hash: 'aa' }, columns: [{ id: 'base', label: 'Base' }], questions: [] },
    settings: {
      ...{
        columns: ['base'],
        languages: ['de'],
        questions: 4,
        choice_seed: 1,
        samples: 1,
        reasoning: { kind: 'question' },
        date: '2026-11-28',
      },
      ...{ answer_language: false, sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 8, seed: 1 } },
    },
    bytes: 100,
    ...more,
  };
}

async function shelf(limits: { count: number; bytes: number }, records: EvaluationRecord[]) {
  const files = new Map<string, Bytes>();
  const kept = new EvaluationShelf(memoryStore(files), limits);
  for (const one of records) {
    await kept.put(one);
    await (await kept.writer(one.id)).add({
      ...{ column: 'base', language: 'de', question: 'q', sample: 0, thinking: '', answer: '1', parsed: '1', right: true, why: '' },
      ...{ tokens: 1, seconds: 1, stop: 'eos' as const },
    });
  }
  const ids = async () => (await kept.list()).map(({ id }) => id);
  const room = async () => kept.room(await kept.list());
  return { kept, files, ids, room };
}

it('beyond the number the oldest goes, told before, with its answers', async () => {
  const { kept, files, ids, room } = await shelf({ count: 3, bytes: 1e6 }, [record('1'), record('2')]);
  expect(await room()).toEqual({ used: 200, limit: 1e6, most: 3, leaving: null });
  await kept.put(record('3'));
  expect((await room()).leaving).toBe('1');
  const next = record('4', { phase: 'running', done: 0, bytes: 0 });
  await kept.makeRoom(next);
  await kept.put(next);
  expect(await ids()).toEqual(['4', '3', '2']);
  expect([...files.keys()].filter((name) => name.startsWith('evaluation-1.'))).toEqual([]);
});

it('beyond the size as many go as must; the next is taken to be as large as the largest', async () => {
  const records = [record('1', { bytes: 400 }), record('2'), record('3'), record('4')];
  const { kept, ids, room } = await shelf({ count: 9, bytes: 1000 }, records);
  expect((await room()).leaving).toBe('1');
  await kept.makeRoom(record('5', { done: 0, bytes: 0 }));
  expect(await ids()).toEqual(['4', '3', '2']);
  // It became larger than was thought.
  const grown = record('5', { bytes: 850 });
  await kept.put(grown);
  await kept.makeRoom(grown);
  expect(await ids()).toEqual(['5', '4']);
});

it('what was deleted goes first; what can go on goes last; the one under way never', async () => {
  const paused = record('1', { phase: 'paused', done: 2 });
  const { kept, ids } = await shelf({ count: 3, bytes: 1e6 }, [paused, record('2'), record('3')]);
  await kept.delete('3');
  await kept.makeRoom(record('4', { done: 0 }));
  expect(await ids(), 'there was a place').toEqual(['2', '1']);
  await kept.put(record('4'));
  await kept.makeRoom(record('5', { done: 0 }));
  expect(await ids()).toEqual(['4', '1']);
  const { kept: small, ids: left } = await shelf({ count: 1, bytes: 10 }, [record('1')]);
  await small.makeRoom(record('1'));
  expect(await left()).toEqual(['1']);
});
