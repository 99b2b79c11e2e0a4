/** Asking a model: one question, several columns that decode as one batch. */
import type { Unjudged } from '../lib/language/unjudged.ts';
import type { Conversation } from './conversation.ts';
import type { ThinkMode } from './dataset.ts';

export interface SamplingSettings {
  /** 0 means greedy. */
  temperature: number;
  /** 0 means off. */
  top_k: number;
  top_p: number;
  min_p: number;
  max_new_tokens: number;
  seed: number;
}

/**
 * `base`, `adapter` and `kept` run the same weights: without an adapter, with the one that stands, with one of those that are kept; `peer` is an ONNX
 * model beside ours.
 */
export type ColumnSource = 'base' | 'adapter' | 'kept' | 'peer';

export interface AskColumn {
  id: string;
  source: ColumnSource;
  /** Of `kept`: which of the kept adapters, by its id. */
  adapter?: string;
  /** What its adapter is called, where several are asked. */
  name?: string;
  /** Language asked for, in English; null asks for none. */
  reasoning_language: string | null;
  /** Likewise of the answer; absent asks for none. */
  answer_language?: string;
  /** Asked to think first or to answer at once; absent: as the model's template has it. */
  thinking?: ThinkMode;
}

export interface AskRequest {
  id: string;
  /** Conversation without the lines that ask for languages; they are added per column. */
  conversation: Conversation;
  columns: AskColumn[];
  sampling: SamplingSettings;
  /** YYYY-MM-DD. */
  date: string;
}

export type StopReason = 'eos' | 'length' | 'cancelled' | 'error';

/** The state of one column; sent whole each time, so a lost event does no harm. */
export interface ColumnState {
  column: string;
  thinking: string;
  content: string;
  /** Text that is neither (tool calls, malformed headers). */
  rest: string;
  tokens: number;
  tokens_per_second: number;
  /** Share of reasoning sentences in the language asked for. */
  share: number | null;
  /** Why there is no share, where a language was asked for and the reply has ended. */
  unjudged?: Unjudged;
  /** The same of the answer; absent where none was asked for it, or the reply has not ended. */
  answer_share?: number | null;
  answer_unjudged?: Unjudged;
  stop: StopReason | null;
  error?: string;
}

/** A sentence of a thought and the language it is in. */
export interface MarkedSentence {
  /** With the space that follows it: joined, the sentences are the text. */
  text: string;
  /** Position of its first character in the text. */
  at: number;
  /** ISO 639-1 code; null where it cannot be judged, as of numbers. */
  code: string | null;
}
