/** Counting that the user cancelled stays cancelled, is told, and begins again when asked for; another dataset cancels it without a word. */
import { afterEach, expect, it } from 'vitest';
import { realText } from '../../../e2e/fixtures/chat/real-tokenizer.ts';
import type { EngineEvent } from '../../protocol/engine.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import { memoryStore } from '../files/byte-store.ts';
import { bytesDirectory } from '../files/source.ts';
import { readDataset, tokenStatistics } from './data.ts';
import { countAgain } from './encoding.ts';
import { EngineState } from './engine-state.ts';

/** A worker that never gets done. */
class Deaf extends EventTarget {
  ended = false;
  postMessage(): void {}
  terminate(): void {
    this.ended = true;
  }
}

const workers: Deaf[] = [];
afterEach(() => void workers.splice(0));

const { encoding } = defaultSettings('2025-08-05');
const words = 'Ich addiere die Zahlen und nenne das Ergebnis. '.repeat(20);
const rows = Array.from({ length: 20_000 }, (_, i) => JSON.stringify({ user: `Was ist ${i}?`, analysis: words, final: `${i}` })).join('\n');
const file = (name: string) => ({ kind: 'file' as const, name, file: new Blob([rows]) as File });

async function counting() {
  const encodeWorker = (): Worker => {
    workers.push(new Deaf());
    return workers.at(-1)! as unknown as Worker;
  };
  const engine = new EngineState({ files: memoryStore(), encodeWorker });
  engine.text = { ...realText(), questions: [], positions: 4096 };
  engine.directory = bytesDirectory('model', new Map());
  const ends: EngineEvent[] = [];
  engine.emit = (event) => event.type === 'progress-end' && event.task === 'tokens' && ends.push(event);
  await readDataset(engine, file('a.jsonl'));
  expect((await tokenStatistics(engine, encoding)).sampled).toBeGreaterThan(0);
  await expect.poll(() => workers.length).toBe(1);
  return { engine, ends };
}

it('by the user: told, not begun again by itself, begun again when asked for', async () => {
  const { engine, ends } = await counting();
  engine.cancelByUser('tokens');
  await expect.poll(() => ends).toEqual([{ type: 'progress-end', task: 'tokens', cancelled: true }]);
  expect(workers[0]!.ended).toBe(true);
  await tokenStatistics(engine, encoding);
  expect(engine.isAt('tokens')).toBe(false);
  await countAgain(engine, encoding);
  expect(engine.isAt('tokens')).toBe(true);
  await expect.poll(() => workers.length).toBe(2);
});

it('by another dataset: no word of it', async () => {
  const { engine, ends } = await counting();
  await readDataset(engine, file('b.jsonl'));
  await expect.poll(() => ends).toEqual([{ type: 'progress-end', task: 'tokens' }]);
});
