/**
 * The library as a list: a run with its adapter and checkpoints is one entry, and so is an adapter without a run of its own. What is searched, how it is
 * sorted, and whose curves are drawn over each other.
 */
import { createStore } from 'zustand/vanilla';
import { formatLoss } from '../lib/format.ts';
import type { KeptRun, RunResult } from '../protocol/kept-runs.ts';
import type { MetricName } from '../protocol/metrics.ts';
import type { KeptAdapter } from '../protocol/model.ts';
import type { RunRecord } from '../protocol/training.ts';
import { isRunning } from './facts.ts';

export interface LibraryEntry {
  /** Of the run, or of the adapter. */
  id: string;
  name: string;
  run: KeptRun | null;
  /** What the run made: of several the one with most steps. Null where there is none yet, or none any more. */
  adapter: KeptAdapter | null;
  /** Newest first. */
  checkpoints: KeptAdapter[];
  model: string;
  /** ISO date; '' where it is not known. */
  when: string;
  result: RunResult | null;
  bytes: number;
}

export type LibrarySort = 'date' | 'result' | 'model';

export interface LibraryState {
  query: string;
  sort: LibrarySort;
  /** Runs whose curves are drawn, in the order in which they were chosen. */
  chosen: string[];
  metric: MetricName;
  /** Their whole records, as far as they are fetched. */
  records: Readonly<Record<string, RunRecord>>;
}

const freshLibrary: LibraryState = { query: '', sort: 'date', chosen: [], metric: 'loss', records: {} };

export const libraryStore = createStore<LibraryState>(() => freshLibrary);

/** `live`: the run under way, which knows more than what is kept of it. */
export function libraryEntries(runs: readonly KeptRun[], adapters: readonly KeptAdapter[], live: RunRecord | null): LibraryEntry[] {
  const own = new Map<string, KeptAdapter[]>();
  for (const adapter of adapters) {
    const run = adapter.trained?.run ?? '';
    own.set(run, [...(own.get(run) ?? []), adapter]);
  }
  const entries = runs.map((run) => entryOfRun(withLive(run, live), own.get(run.id) ?? []));
  const known = new Set(runs.map(({ id }) => id));
  const alone = adapters.filter(({ trained }) => !trained || !known.has(trained.run)).map(entryOfAdapter);
  return [...entries, ...alone].sort((a, b) => b.when.localeCompare(a.when));
}

function withLive(run: KeptRun, live: RunRecord | null): KeptRun {
  if (live?.id !== run.id || !isRunning(live.phase) || live.phase === 'paused') return run;
  return { ...run, phase: live.phase, steps: live.metrics.at(-1)?.step ?? 0, total_steps: live.total_steps };
}

function entryOfRun(run: KeptRun, adapters: readonly KeptAdapter[]): LibraryEntry {
  const bySteps = [...adapters].sort((a, b) => (b.trained?.steps ?? 0) - (a.trained?.steps ?? 0));
  const adapter = bySteps.find(({ checkpoint }) => !checkpoint) ?? null;
  return {
    id: run.id,
    name: run.name,
    run,
    adapter,
    checkpoints: bySteps.filter((other) => other !== adapter),
    model: run.model || (adapter?.model ?? ''),
    when: run.started || (adapter?.kept ?? ''),
    result: run.result,
    bytes: run.bytes + adapters.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function entryOfAdapter(adapter: KeptAdapter): LibraryEntry {
  const { id, name, model, kept, bytes, trained } = adapter;
  const result = trained?.loss ? { metric: 'loss' as const, first: trained.loss[0], last: trained.loss[1] } : null;
  return { id, name, run: null, adapter, checkpoints: [], model, when: kept, result, bytes };
}

/** Every word of the query somewhere in name, model, dataset, method, or as `setting=value` by the names of run.json. */
export function shownEntries(entries: readonly LibraryEntry[], { query, sort }: Pick<LibraryState, 'query' | 'sort'>): LibraryEntry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = words.length === 0 ? [...entries] : entries.filter((entry) => words.every((word) => textOf(entry).includes(word)));
  if (sort === 'model') return found.sort((a, b) => a.model.localeCompare(b.model));
  if (sort === 'result') return found.sort(byResult);
  return found;
}

function textOf({ name, model, run, adapter }: LibraryEntry): string {
  const words = [name, model, run?.dataset, run?.phase, adapter?.origin, adapter?.name, ...(run?.settings ? settingWords(run) : [])];
  return words.filter(Boolean).join(' ').toLowerCase();
}

function settingWords({ settings }: KeptRun): string[] {
  if (!settings) return [];
  const { method = 'sft', optimizer, lora, per_device_train_batch_size: batch, seed } = settings;
  return [
    method,
    `lr=${optimizer.learning_rate}`,
    `learning_rate=${optimizer.learning_rate}`,
    `r=${lora.r}`,
    `batch=${batch}`,
    `seed=${seed}`,
  ];
}

/** Rewards first, the highest first; then losses, the lowest first; runs without a figure last. */
function byResult(a: LibraryEntry, b: LibraryEntry): number {
  const rank = ({ result }: LibraryEntry): number => (!result || !Number.isFinite(result.last) ? 2 : result.metric === 'reward' ? 0 : 1);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  const [one, other] = [a.result?.last ?? 0, b.result?.last ?? 0];
  return rank(a) === 0 ? other - one : rank(a) === 1 ? one - other : 0;
}

/** "loss 2.90 to 0.71" */
export function resultWords(result: RunResult | null): string {
  return result ? `${result.metric} ${formatLoss(result.first)} to ${formatLoss(result.last)}` : '';
}
