/**
 * How long a large dataset takes from the file to its first figures and to the exact ones, and what it keeps in memory: 100,000 rows, 144 MB, as a
 * function of the bundled dataset's texts and a seed. Needs no GPU. The page does the same in a worker; here it is one thread.
 */
import { join } from 'node:path';
import { encodeSample, passOver } from '../../src/engine/batch/encode-dataset.ts';
import { capacityOf, EncodedDataset } from '../../src/engine/batch/encoded-dataset.ts';
import type { EncodedPiece } from '../../src/engine/batch/encoded-piece.ts';
import { openText } from '../../src/engine/chat/open-text.ts';
import { openDataset, readDataset } from '../../src/engine/data/dataset.ts';
import { bundledFolder } from '../../src/headless/bundled.ts';
import { readBytes } from '../../src/headless/json-files.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { Random } from '../../src/lib/random.ts';
import { defaultSettings } from '../../src/protocol/setting-values.ts';

const ROWS = 100_000;
const BYTES_A_ROW = 1440;
const SAMPLE_MILLISECONDS = 300;

export async function benchEncoding(model: string, note: (text: string) => void): Promise<object> {
  const settings = { ...defaultSettings('2026-11-22').encoding, inject_reasoning_language: true };
  const blob = new Blob(await longDataset());
  const text = await openText(nodeDirectory(model));
  const empty = memory();
  const clock = stopwatch();
  const dataset = await openDataset(blob, 'rows.jsonl');
  const opened = clock();
  await dataset.surveySample();
  const surveyed = clock();
  const encoding = { settings, text, capacity: capacityOf(settings.max_length) };
  const sample = (await encodeSample(dataset, encoding, SAMPLE_MILLISECONDS)).select(settings).statistics;
  const first = clock();
  note(`first figures after ${first.wall.toFixed(1)} s, from ${sample.sampled} rows: about ${sample.tokens} tokens`);
  const pieces: EncodedPiece[] = [];
  const onProgress = (done: number, total: number): void => note(`${done} of ${total} rows`);
  dataset.adopt(await passOver(dataset, encoding, { onProgress, onPiece: (piece) => void pieces.push(piece) }));
  const encoded = new EncodedDataset(pieces, dataset.length, encoding.capacity);
  const exact = clock();
  const kept = memory();
  const { rows, statistics } = encoded.select(settings);
  const selected = clock();
  const all = memory();
  return {
    rows: rows.length,
    bytes: blob.size,
    tokens: { sample: sample.tokens, exact: statistics.tokens },
    seconds: { opened, surveyed, first, exact, selected },
    megabytes: { before: empty, encoded: kept, selected: all },
  };
}

/** Wall and processor seconds since the start; the second is what an idle machine would take. */
function stopwatch(): () => { wall: number; processor: number } {
  const [start, used] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(used);
    return { wall: (performance.now() - start) / 1e3, processor: (user + system) / 1e6 };
  };
}

function memory(): { heap: number; arrays: number; resident: number } {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heap: heapUsed / 1e6, arrays: arrayBuffers / 1e6, resident: rss / 1e6 };
}

/** JSONL in parts of a thousand rows: texts of bundled rows of one language, drawn by a seed, with numbers of their own. */
async function longDataset(): Promise<Blob[]> {
  const file = join(bundledFolder('datasets/mini'), 'train.jsonl');
  const bundled = await readDataset(new Blob([readBytes(file)]), 'train.jsonl');
  const texts = new Map<string, string[]>();
  for (const { conversation } of await bundled.read(0, bundled.length)) {
    const language = conversation?.reasoning_language ?? '';
    const spoken = conversation!.messages.flatMap(({ content, thinking }) => [content ?? '', thinking ?? '']);
    texts.set(language, [...(texts.get(language) ?? []), ...spoken]);
  }
  const languages = [...texts.keys()];
  const random = new Random(1);
  return Array.from({ length: ROWS / 1000 }, () => {
    const lines = Array.from({ length: 1000 }, () => {
      const reasoning_language = languages[random.below(languages.length)]!;
      const write = (share: number): string =>
        textOf(texts.get(reasoning_language)!, BYTES_A_ROW * share * (0.4 + 1.2 * random.uniform()), random);
      return `${JSON.stringify({ reasoning_language, user: write(0.15), analysis: write(0.65), final: write(0.1) })}\n`;
    });
    return new Blob([lines.join('')]);
  });
}

function textOf(texts: readonly string[], length: number, random: Random): string {
  let written = String(random.below(1e6));
  while (written.length < length) written += ` ${texts[random.below(texts.length)]!}`;
  return written;
}
