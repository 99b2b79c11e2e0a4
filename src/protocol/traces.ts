/**
 * Rejection sampling: a model answers rows of a dataset several times, its answers are judged, and those that pass become a dataset of their own. A trace is
 * an answer with its reasoning that a model wrote. Each is kept as soon as it is judged, whatever becomes of it: which of them pass is found anew whenever
 * they are looked at. Settings with rules and defaults are in trace-settings.ts.
 */
import type { Message } from './conversation.ts';
import type { EncodingSettings } from './dataset.ts';
import type { ResultsRoom } from './evaluation-run.ts';
import type { SamplingSettings, StopReason } from './generation.ts';
import type { Verdict } from './rewards.ts';

/** The model without an adapter. */
export { BASE } from './evaluation-run.ts';
/** The ONNX model that is loaded in Compare. */
export const PEER = 'peer';

/** Each can be left out; a trace that fails one that is left in is not kept. */
export interface TraceChecks {
  /** It ended by itself, not by the longest length. */
  ended: boolean;
  /** Its thought was closed. */
  closed: boolean;
  /** There is a thought; without this check a trace without one is kept as a row without reasoning. */
  thought: boolean;
  /** The row's right answer is a value; without this check an answer with the very words of a right answer that is a sentence is right. */
  readable_gold: boolean;
  /** The thought, and the answer, are in the language that the row asks for. */
  thought_language: boolean;
  answer_language: boolean;
  /** No sentence over and over. */
  repetition: boolean;
  /** No trace of the same question says the same, white space and Unicode forms aside. */
  duplicates: boolean;
}

export interface TraceSettings {
  /** Who answers: BASE, a kept adapter's id, or PEER. */
  generator: string;
  /** Rows of the open dataset that are asked; null: all that can be. */
  rows: number | null;
  /** Which rows, where not all, and which traces stay where languages are balanced. */
  choice_seed: number;
  /** Answers to each row. */
  num_return_sequences: number;
  sampling: SamplingSettings;
  /** How a row becomes a prompt; `languages` are those whose rows are asked. */
  encoding: EncodingSettings;
  /** As GRPO has them. */
  reward_funcs: string[];
  /** One each; null: all 1. By the weighted sum the best is chosen. */
  reward_weights: number[] | null;
  reward_settings: Record<string, Record<string, unknown>>;
  /** What a reward must pay, by its name; of `language` and `answer_language` also the share that the checks need. Absent: LEAST. */
  least: Record<string, number>;
  /** Of those that pass: the first of a row, the best paid one (of equals the first), or all. */
  keep: 'first' | 'best' | 'all';
  /** Kept at most of each language, after everything else; `even`: of all as many as the rarest has; null: no limit. */
  most_per_language: number | 'even' | null;
  checks: TraceChecks;
}

/** Why a trace is left out: one reason each, the first of TRACE_REASONS that holds, so that numbers add up. */
export type TraceReason =
  | 'cut'
  | 'unclosed'
  | 'no-thought'
  | 'unverifiable'
  | 'refusal'
  | 'several'
  | 'no-answer'
  | 'wrong'
  | 'repeats'
  | 'thought-language'
  | 'answer-language'
  | 'unpaid'
  | 'duplicate'
  | 'not-chosen'
  | 'balance';

export interface TraceReasonInfo {
  /** A few words, for a list of numbers. */
  readonly label: string;
  /** A sentence of one trace. */
  readonly says: string;
}

/** In the order in which they are looked for. */
export const TRACE_REASONS: Readonly<Record<TraceReason, TraceReasonInfo>> = {
  cut: { label: 'cut off', says: 'It reached its longest length and was cut off, so what it would have said is not known.' },
  unclosed: { label: 'thought never ended', says: 'Its thought was never closed, so there is no answer.' },
  'no-thought': { label: 'no thought', says: 'It answers without a thought, so there is no reasoning to learn from.' },
  unverifiable: {
    label: 'cannot be checked',
    says: 'The right answer of its row is missing or a sentence, so nothing says whether it is right.',
  },
  refusal: { label: 'refused', says: 'It declines to answer.' },
  several: { label: 'several answers', says: 'It gives several answers, of which one may be right by chance.' },
  'no-answer': { label: 'no answer', says: 'No answer can be read after its thought.' },
  wrong: { label: 'wrong', says: 'Its answer is wrong.' },
  repeats: { label: 'repeats itself', says: 'Its thought says the same sentences over and over.' },
  'thought-language': { label: 'thought in another language', says: 'Its thought is not in the language asked for.' },
  'answer-language': { label: 'answered in another language', says: 'Its answer is not in the language asked for.' },
  unpaid: { label: 'paid too little', says: 'A reward paid it less than it must.' },
  duplicate: { label: 'said before', says: 'Another trace of the same question says the same.' },
  'not-chosen': { label: 'another was taken', says: 'It passes, and another answer to the same row was taken.' },
  balance: { label: 'language is full', says: 'It passes, and its language has as many as it may have.' },
};

export interface ReasoningTrace {
  /** Number of the dataset's row. */
  row: number;
  /** 0 to num_return_sequences - 1. */
  sample: number;
  /** What its tokens were drawn by, together with `sampling.seed`. */
  seed: number;
  question: string;
  gold: string | null;
  /** English names of the languages asked for; null: none was. */
  language: string | null;
  answer_language: string | null;
  thinking: string;
  content: string;
  stop: StopReason;
  tokens: number;
  seconds: number;
  /** By the reward's name as it was chosen. */
  verdicts: Record<string, Verdict>;
  /** Weighted sum; null: no reward had anything to say. */
  reward: number | null;
  /** The first check or reward that it failed by itself, and why in one sentence; null: none. What other traces decide is no part of it. */
  failed: TraceReason | null;
  why: string;
  /** What should be looked at although it passes, in one sentence. */
  suspicious?: string;
}

/** A trace and what became of it among the others. */
export interface JudgedTrace extends ReasoningTrace {
  /** null: it is kept. */
  reason: TraceReason | null;
}

export type TracePhase = 'running' | 'paused' | 'done' | 'failed';

/** Who made the traces, as far as it is known. */
export interface TraceGenerator {
  kind: 'base' | 'adapter' | 'peer';
  label: string;
  /** `hash` null: of an ONNX model only its name is known. */
  model: { name: string; hash: string | null };
  adapter: { id: string; name: string; hash: string } | null;
}

/** How many of what; kept + all reasons = done. */
export interface TraceCounts {
  kept: number;
  reasons: Partial<Record<TraceReason, number>>;
  /** Kept ones that are listed as suspicious. */
  suspicious: number;
  /** By the language asked for the thought; '' where none was. */
  languages: Record<string, { done: number; kept: number }>;
}

/** All that is known of a set of traces but the traces. */
export interface TraceRecord extends TraceCounts {
  id: string;
  name: string;
  /** ISO date. */
  started: string;
  phase: TracePhase;
  /** Why it failed. */
  message?: string;
  dataset: { name: string; hash: string };
  generator: TraceGenerator;
  settings: TraceSettings;
  /** Rows that decode together; kept, since a GPU rounds by it. */
  batch: number;
  /** Rows that are asked. */
  rows: number;
  /** Traces in all, and those that there are. */
  total: number;
  done: number;
  tokens: number;
  /** Of work, pauses left out. */
  seconds: number;
  /** In this browser's storage. */
  bytes: number;
}

export interface TraceProgress extends TraceCounts {
  id: string;
  phase: TracePhase;
  message?: string;
  done: number;
  total: number;
  tokens: number;
  seconds: number;
  /** New tokens a second of this session's work; null: not known yet. */
  rate: number | null;
  /** Seconds left at that rate; null: not known yet. */
  left: number | null;
}

/** What is known before the first token. */
export interface TraceForecast {
  /** Rows that are asked, and traces that come of them. */
  rows: number;
  traces: number;
  /** Rows that are not asked since their right answer is missing or cannot be read, where a chosen reward needs it. */
  unverifiable: number;
  /** Rows that hold no question, or whose prompt leaves no place for an answer. */
  unread: number;
  /** Rows by the language asked for; '' where none is. */
  languages: Record<string, number>;
  /** Of all prompts together; null: not known, as of an ONNX model. */
  prompt_tokens: number | null;
  /** If every answer took max_new_tokens. */
  most_tokens: number;
  /** Why it cannot start, as a sentence; null: it can. */
  problem: string | null;
}

/** `kept`, `left-out`, `suspicious`, or one reason. */
export type TraceFilter = 'all' | 'kept' | 'left-out' | 'suspicious' | TraceReason;

export interface TracesQuestion {
  id: string;
  filter: TraceFilter;
  /** As in `TraceCounts.languages`; null: all. */
  language: string | null;
  /** From 0. */
  from: number;
  count: number;
}

/** A trace beside what was asked. */
export interface ShownTrace {
  trace: JudgedTrace;
  /** With the lines that ask for languages. */
  messages: Message[];
  /** As the model read it, control tokens spelled out; null where that model is not open. */
  prompt: { text: string; tokens: number } | null;
}

export interface ShownTraces {
  /** That pass the filter. */
  total: number;
  traces: ShownTrace[];
}

/** The kept ones as rows of a dataset, or all with what became of them. */
export type TraceExport = 'dataset' | 'all';

/** What can be chosen anew once traces are there. */
export type TraceChoice = Pick<TraceSettings, 'keep' | 'most_per_language' | 'choice_seed'>;

/** Of the sets, newest first, the one under way among them. */
export interface TraceSets {
  sets: TraceRecord[];
  room: ResultsRoom;
}

export function passesFilter({ reason, suspicious }: Pick<JudgedTrace, 'reason' | 'suspicious'>, filter: TraceFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'kept':
      return reason === null;
    case 'left-out':
      return reason !== null;
    case 'suspicious':
      return reason === null && suspicious !== undefined;
    default:
      return reason === filter;
  }
}
