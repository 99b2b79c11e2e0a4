/**
 * Making rows with a model: what was chosen for it, which set of traces is looked at, and which of its traces. How rows become prompts is chosen in Train.
 * Progress and the list of kept sets are facts of the engine.
 */
import { createStore } from 'zustand/vanilla';
import { formatInteger, formatPercent, formatPlural } from '../lib/format.ts';
import { rewardNamed } from '../protocol/reward-problems.ts';
import { defaultTraces, LEAST, traceProblems } from '../protocol/trace-settings.ts';
import {
  BASE,
  PEER,
  type ShownTraces,
  TRACE_REASONS,
  type TraceCounts,
  type TraceFilter,
  type TraceForecast,
  type TraceProgress,
  type TraceReason,
  type TraceRecord,
  type TraceSettings,
} from '../protocol/traces.ts';
import { fittingAdapters } from './compare-rows.ts';
import { STANDING } from './evaluation.ts';
import type { Facts } from './facts.ts';

/** Its generator may also be STANDING: the adapter that stands when it starts, or the base model where none does. */
export type ChosenTraces = Omit<TraceSettings, 'encoding'>;

export interface TracesView {
  filter: TraceFilter;
  language: string | null;
  /** From 0. */
  page: number;
}

export interface TracesState {
  chosen: ChosenTraces;
  forecast: TraceForecast | null;
  /** Id of the set that is looked at. */
  opened: string | null;
  view: TracesView;
  shown: ShownTraces | null;
  /** Times that a number was pressed: the page then goes to the traces behind it. */
  asked: number;
}

export const TRACES_A_PAGE = 8;

export const allTraces: TracesView = { filter: 'all', language: null, page: 0 };

const { encoding: _, ...byDefault } = defaultTraces();

export const freshTraces: TracesState = {
  chosen: { ...byDefault, generator: STANDING },
  forecast: null,
  opened: null,
  view: allTraces,
  shown: null,
  asked: 0,
};

export const tracesStore = createStore<TracesState>(() => freshTraces);

export function chooseTraces(change: Partial<ChosenTraces>): void {
  tracesStore.setState(({ chosen }) => ({ chosen: { ...chosen, ...change } }));
}

/** What a chosen reward must pay; undefined: as the table has it. */
export function withLeast(least: TraceSettings['least'], name: string, value: number | undefined): TraceSettings['least'] {
  const { [name]: _old, ...others } = least;
  const known = rewardNamed(name);
  return value === undefined || (known !== null && LEAST[known] === value) ? others : { ...others, [name]: value };
}

type Who = Pick<Facts, 'adapter' | 'kept' | 'peer'>;

/** Who answers as things are: of a generator that is not there any more, the base model. */
export function generatorNow(generator: string, { adapter, kept, peer }: Who): string {
  const fitting = fittingAdapters(kept);
  if (generator === PEER) return peer === null ? BASE : PEER;
  if (generator === STANDING) return (adapter && fitting.find((one) => one.standing)?.id) || BASE;
  return fitting.some(({ id }) => id === generator) ? generator : BASE;
}

/** What was kept of an earlier visit, as far as it can be used. */
export function recalledTraces(kept: Pick<TracesState, 'chosen' | 'opened'>): Partial<TracesState> {
  const chosen = { ...freshTraces.chosen, ...kept.chosen };
  const good = traceProblems({ ...defaultTraces(), ...chosen }).length === 0;
  return { opened: kept.opened, ...(good && { chosen }) };
}

/** A set as it stands: of the one under way, the last progress counts. Once it is over, its record may have been chosen anew, and counts. */
export function recordNow<Kept extends TraceRecord | undefined>(record: Kept, progress: TraceProgress | null): Kept {
  if (!record || progress?.id !== record.id || progress.done < record.done) return record;
  if (progress.phase !== 'running' && record.phase !== 'running' && progress.done === record.done) return record;
  const { rate: _rate, left: _left, ...known } = progress;
  return { ...record, ...known };
}

export interface ReasonCount {
  reason: TraceReason;
  label: string;
  count: number;
}

/** Why traces are left out, in the order in which reasons are looked for; those that hold of none are not among them. */
export function reasonCounts({ reasons }: Pick<TraceCounts, 'reasons'>): ReasonCount[] {
  return (Object.keys(TRACE_REASONS) as TraceReason[]).flatMap((reason) => {
    const count = reasons[reason] ?? 0;
    return count > 0 ? [{ reason, label: TRACE_REASONS[reason].label, count }] : [];
  });
}

/** What came of the answers so far, in one sentence. */
export function keptSentence({ kept, done }: Pick<TraceRecord, 'kept' | 'done'>): string {
  if (done === 0) return 'No answer is there yet.';
  if (kept === 0) return `None of ${formatPlural(done, 'answer')} is kept; the reasons below say why.`;
  return `${formatInteger(kept)} of ${formatPlural(done, 'answer')} ${done === 1 ? 'is' : 'are'} kept (${formatPercent(kept / done)}).`;
}
