/** How a result under way ends: done, paused, or paused behind its last answer. Needs no GPU. */
import { expect, it } from 'vitest';
import { memoryStore } from '../files/byte-store.ts';
import { type LineWriter, ResultShelf } from '../files/result-shelf.ts';
import { EngineState } from './engine-state.ts';
import { type LiveProgress, type LiveRecord, LiveResult, type Turn } from './live-result.ts';

interface Line {
  readonly at: number;
  readonly tokens: number;
}

const TOTAL = 4;

class Counting extends LiveResult<LiveRecord, Line> {
  protected readonly called = 'The counting';
  readonly heard: LiveProgress[] = [];
  /** After so many lines. */
  pauseAt = Number.POSITIVE_INFINITY;

  protected missing(): number {
    return TOTAL - this.lines.length;
  }

  protected report(progress: LiveProgress): void {
    this.heard.push(progress);
  }

  protected async answerSome(_turn: Turn): Promise<void> {
    while (this.missing() > 0 && !this.control.signal.aborted) {
      await this.take({ at: this.lines.length, tokens: 2 });
      if (this.lines.length === this.pauseAt) this.control.abort();
    }
    this.control.signal.throwIfAborted(); // as a wait that a pause ends
  }
}

const record: LiveRecord = {
  ...{ id: '1', started: '2026-01-01', phase: 'paused', total: TOTAL },
  ...{ done: 0, tokens: 0, seconds: 0, bytes: 0, batch: 1 },
};

async function counted(pauseAt: number): Promise<{ kept: LiveRecord; told: LiveProgress[] }> {
  const files = memoryStore();
  const shelf = new ResultShelf<LiveRecord, Line>(files, {
    prefix: 'counting',
    called: 'counting',
    keyOf: ({ at }) => String(at),
    bytesOf: ({ bytes }) => bytes,
  });
  const writer: LineWriter<Line> = await shelf.writer('1');
  const counting = new Counting(new EngineState({ files }), shelf, record, [], writer, new AbortController());
  counting.pauseAt = pauseAt;
  await counting.toTheEnd();
  return { kept: await shelf.get('1'), told: counting.heard };
}

it('is done with its last answer, and paused before', async () => {
  expect((await counted(Number.POSITIVE_INFINITY)).kept).toMatchObject({ phase: 'done', done: TOTAL, tokens: 2 * TOTAL });
  const { kept, told } = await counted(3);
  expect(kept).toMatchObject({ phase: 'paused', done: 3 });
  expect(told.at(-1)).toMatchObject({ phase: 'paused', done: 3 });
});

it('is done where the pause comes behind the last answer', async () => {
  const { kept, told } = await counted(TOTAL);
  expect(kept).toMatchObject({ phase: 'done', done: TOTAL });
  expect(told.at(-1)).toMatchObject({ phase: 'done', done: TOTAL });
});
