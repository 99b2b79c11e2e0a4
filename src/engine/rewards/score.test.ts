/** A completion that takes too long, or breaks its thread, costs its own verdict and nothing else. */
import { expect, it, vi } from 'vitest';
import { tryRewards } from '../api/rewards.ts';
import { memoryStore } from '../files/byte-store.ts';
import { chooseRewards } from './choose.ts';
import { type JudgeQuestion, judgeHere } from './judge.ts';
import { readRow } from './read-row.ts';
import type { Sample } from './reward.ts';
import { RewardRunner, type RewardThreads } from './score.ts';
import type { Thread } from './thread.ts';

/** Judges here, but for completions that say what goes wrong with them. */
function fakeThreads(ended: string[]): RewardThreads {
  const judge = (): Thread => {
    let listening: Parameters<Thread['listen']>[0];
    return {
      listen: (on) => {
        listening = on;
        queueMicrotask(() => on.answer(null));
      },
      post: async (message) => {
        const question = message as JudgeQuestion;
        if (question.sample.completion === 'breaks') listening.fail('out of memory');
        else if (question.sample.completion !== 'never') listening.answer(await judgeHere(question));
      },
      end: () => ended.push('ended'),
    };
  };
  const none = (): never => {
    throw new Error('not started here');
  };
  return { judge, own: { wasm: none, thread: none }, python: { files: none, thread: none } };
}

const samples = ['<think>a</think>4', 'never', 'breaks', '<think>b</think>4'].map((completion): Sample => {
  const read = readRow({ completion, gold: '4' });
  return 'sample' in read ? read.sample : expect.unreachable();
});

it('what is late or broken is said, and another thread goes on', async () => {
  vi.useFakeTimers();
  const ended: string[] = [];
  const runner = new RewardRunner(fakeThreads(ended));
  const scored = runner.score(samples, chooseRewards(['format', 'accuracy']), { max_completion_length: null });
  await vi.runAllTimersAsync();
  const verdicts = await scored;
  vi.useRealTimers();
  expect(verdicts.map((row) => row.map(({ value }) => value))).toEqual([
    [1, 1],
    [null, 0],
    [null, 0],
    [1, 1],
  ]);
  expect(verdicts[1]![1]!.why).toBe('Judging did not end within 2 s and was stopped.');
  expect(verdicts[2]![1]!.why).toBe('Judging broke off (out of memory).');
  expect(ended.length).toBe(4);
  runner.close();
});

it('closed amid judging, it starts no thread again', async () => {
  vi.useFakeTimers();
  const ended: string[] = [];
  const threads = fakeThreads(ended);
  const started = vi.fn(threads.judge);
  const runner = new RewardRunner({ ...threads, judge: started });
  const scored = runner.score(samples.slice(1), chooseRewards(['format']), { max_completion_length: null });
  const failed = expect(scored).rejects.toMatchObject({ name: 'Cancelled' });
  await vi.advanceTimersByTimeAsync(100); // "never" is being judged
  runner.close();
  await vi.runAllTimersAsync();
  await failed;
  vi.useRealTimers();
  expect(started).toHaveBeenCalledTimes(1);
});

it('rewards that run programs have no place without threads', async () => {
  const runner = new RewardRunner(null);
  await expect(runner.score(samples, chooseRewards(['code']), { max_completion_length: null })).rejects.toThrow(/code runs programs/);
});

it('a try-out gives a verdict for every row and reward, and their statistics', async () => {
  const rows = [{ completion: '<think>a</think>4', gold: 4, reasoning_language: 'de' }, { completion: '5', gold: 4 }, { gold: 4 }];
  const tried = await tryRewards({ files: memoryStore() }, rows, ['format', 'accuracy'], {});
  expect(tried.verdicts.map((row) => row.map(({ value }) => value))).toEqual([
    [1, 1],
    [0, 0],
    [null, null],
  ]);
  expect(tried.verdicts[2]![0]!.why).toBe('Row 3 has no completion, and no reasoning with an answer.');
  expect(tried.statistics.map(({ mean, nulls }) => [mean, nulls])).toEqual([
    [0.5, 1],
    [0.5, 1],
  ]);
  await expect(tryRewards({ files: memoryStore() }, rows, ['x'], {})).rejects.toThrow(/no reward "x"/);
});

it('loading detectors is not the time of the first completion', async () => {
  vi.useFakeTimers();
  const slow: RewardThreads = fakeThreads([]);
  const runner = new RewardRunner({
    ...slow,
    judge: () => {
      const thread = slow.judge();
      let begun = 0;
      return { ...thread, post: (message) => void setTimeout(() => thread.post(message), begun++ === 0 ? 30_000 : 1) };
    },
  });
  const scored = runner.score(samples.slice(0, 1), chooseRewards(['format']), { max_completion_length: null });
  await vi.runAllTimersAsync();
  expect((await scored)[0]![0]!.value).toBe(1);
  vi.useRealTimers();
  runner.close();
});
