/**
 * What becomes of traces among each other, in the order of rows and samples whatever the order in which they came: duplicates of a question go, then of
 * each row the first, the best or all are taken, then languages are balanced. Pure and seeded.
 */
import { Random } from '../../lib/random.ts';
import {
  type JudgedTrace,
  type ReasoningTrace,
  TRACE_REASONS,
  type TraceCounts,
  type TraceReason,
  type TraceSettings,
} from '../../protocol/traces.ts';

type Choice = Pick<TraceSettings, 'keep' | 'most_per_language' | 'choice_seed' | 'checks'>;

export function select(traces: Iterable<ReasoningTrace>, choice: Choice): JudgedTrace[] {
  const judged = [...traces]
    .sort((a, b) => a.row - b.row || a.sample - b.sample)
    .map((trace): JudgedTrace => ({ ...trace, reason: trace.failed }));
  if (choice.checks.duplicates) leaveOutDuplicates(judged);
  if (choice.keep !== 'all') takeOne(judged, choice.keep);
  balance(judged, choice);
  return judged;
}

const passing = (judged: readonly JudgedTrace[]): JudgedTrace[] => judged.filter(({ reason }) => reason === null);

function leaveOut(trace: JudgedTrace, reason: TraceReason, why = TRACE_REASONS[reason].says): void {
  trace.reason = reason;
  trace.why = why;
}

function leaveOutDuplicates(judged: readonly JudgedTrace[]): void {
  const first = new Map<string, JudgedTrace>();
  for (const trace of passing(judged)) {
    const key = `${bare(trace.question)}\n${bare(trace.thinking)}\n${bare(trace.content)}`;
    const before = first.get(key);
    if (before) leaveOut(trace, 'duplicate', `It says the same as answer ${before.sample + 1} to row ${before.row}.`);
    else first.set(key, trace);
  }
}

/** Without white space and signs that have no width, in one Unicode form. */
function bare(text: string): string {
  return text.normalize('NFC').replaceAll(/[\s\u200b\u2060\ufeff]+/gu, '');
}

function takeOne(judged: readonly JudgedTrace[], keep: 'first' | 'best'): void {
  const taken = new Map<number, JudgedTrace>();
  const better = (one: JudgedTrace, other: JudgedTrace): boolean => keep === 'best' && worth(one) > worth(other);
  const all = passing(judged);
  for (const trace of all) {
    const other = taken.get(trace.row);
    if (!other || better(trace, other)) taken.set(trace.row, trace);
  }
  for (const trace of all) {
    const { sample } = taken.get(trace.row)!;
    if (sample !== trace.sample) leaveOut(trace, 'not-chosen', `It passes, and answer ${sample + 1} to the same row was taken.`);
  }
}

const worth = ({ reward }: JudgedTrace): number => reward ?? Number.NEGATIVE_INFINITY;

function balance(judged: readonly JudgedTrace[], { most_per_language, choice_seed }: Choice): void {
  if (most_per_language === null) return;
  const languages = new Map<string, JudgedTrace[]>();
  for (const trace of passing(judged)) {
    const name = trace.language ?? '';
    if (!languages.has(name)) languages.set(name, []);
    languages.get(name)!.push(trace);
  }
  const sizes = [...languages.values()].map(({ length }) => length);
  const most = most_per_language === 'even' ? Math.min(...sizes) : most_per_language;
  const rank = ({ row, sample }: JudgedTrace): number => new Random(`${choice_seed}/${row}/${sample}`).uniform();
  for (const [name, traces] of languages) {
    const order = traces.map((trace) => ({ trace, at: rank(trace) })).sort((a, b) => a.at - b.at);
    const full = `It passes, and ${name === '' ? 'rows without a language have' : `${name} has`} the ${most} traces that it may have.`;
    for (const { trace } of order.slice(most)) leaveOut(trace, 'balance', full);
  }
}

export function countsOf(judged: readonly JudgedTrace[]): TraceCounts {
  const counts: TraceCounts = { kept: 0, reasons: {}, suspicious: 0, languages: {} };
  for (const { reason, suspicious, language } of judged) {
    counts.languages[language ?? ''] ??= { done: 0, kept: 0 };
    const own = counts.languages[language ?? '']!;
    own.done++;
    if (reason === null) {
      own.kept++;
      counts.kept++;
      if (suspicious !== undefined) counts.suspicious++;
    } else counts.reasons[reason] = (counts.reasons[reason] ?? 0) + 1;
  }
  return counts;
}
