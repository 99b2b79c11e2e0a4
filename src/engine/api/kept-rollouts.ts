/**
 * What runs learned from, kept for looking at: a batch of answers a file, the oldest given up first. They are for people alone; a
 * run that resumes makes its answers anew, and a full disk loses them and nothing else.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { type RolloutBatchRecord, rolloutLines } from '../../protocol/rollouts.ts';
import { currentRollouts } from '../../protocol/saved.ts';
import type { EngineState } from './engine-state.ts';

const PREFIX = 'rollouts-';
/** Batches kept, of all runs; fewer where they are large, so that they take some 256 MiB at most. */
const MOST_BATCHES = 500;
const MOST_BYTES = 256 * 2 ** 20;
const LEAST_BATCHES = 8;

type Files = Pick<EngineState, 'files'>;

/** Names sort by run and step: both have a fixed width. */
function nameOf(run: string, step: number): string {
  return `${PREFIX}${run}-${String(step).padStart(7, '0')}`;
}

/** Whether a file is a batch of this run. */
const isOf = (run: string) => (name: string) => name.startsWith(`${PREFIX}${run}-`);

export async function keepRollouts({ files }: Files, run: string, record: RolloutBatchRecord): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(record));
  const written = nameOf(run, record.step);
  await files.put(written, bytes);
  const most = Math.max(LEAST_BATCHES, Math.min(MOST_BATCHES, Math.floor(MOST_BYTES / bytes.byteLength)));
  const all = await keptNames(files);
  // Those of other runs first: a run that is resumed may be older than all of them.
  const own = all.filter(isOf(run));
  const order = [...all.filter((name) => !own.includes(name)), ...own].filter((name) => name !== written);
  for (const name of order.slice(0, Math.max(0, all.length - most))) await files.delete(name);
}

/** Steps of a run whose answers are kept, in order. */
export async function keptSteps({ files }: Files, run: string): Promise<number[]> {
  const own = (await keptNames(files)).filter(isOf(run));
  return own.map((name) => Number(name.slice(name.lastIndexOf('-') + 1)));
}

/** The answers of one step. */
export async function rolloutsOf({ files }: Files, run: string, step: number): Promise<RolloutBatchRecord> {
  const bytes = await files.get(nameOf(run, step));
  if (!bytes) throw new MotherTongueError('FileError', `The answers of step ${step} are not kept any more; later ones took their place.`);
  return currentRollouts(JSON.parse(new TextDecoder().decode(bytes)) as RolloutBatchRecord); // written by keepRollouts
}

/** All that is kept of a run as JSON Lines, an answer a line. */
export async function exportRollouts(engine: Files, run: string): Promise<Blob> {
  const parts: string[] = [];
  for (const step of await keptSteps(engine, run)) parts.push(rolloutLines(await rolloutsOf(engine, run, step)));
  return new Blob(parts, { type: 'application/jsonl' });
}

/** Of a run that is deleted. */
export async function forgetRollouts({ files }: EngineState, run: string): Promise<void> {
  for (const name of (await keptNames(files)).filter(isOf(run))) await files.delete(name);
}

async function keptNames(files: EngineState['files']): Promise<string[]> {
  return (await files.list()).filter((name) => name.startsWith(PREFIX)).sort();
}
