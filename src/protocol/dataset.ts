/**
 * Datasets as the page gets them. Rows keep the number they have in the file (1-based; for JSONL the line number), and nothing is dropped
 * silently: a row that does not train is listed with its reason.
 */
import type { Channel, Conversation, Segment, TemplateSettings } from './conversation.ts';
import type { HubRepository } from './model.ts';

export type DatasetFormat = 'jsonl' | 'json' | 'csv' | 'tsv' | 'parquet';
export type DatasetSchema = 'multilingual-thinking' | 'messages' | 'prompt-completion' | 'question-answer' | 'mapped' | 'unknown';

/** Where a dataset comes from. A File crosses the thread by reference; bytes are read where they are needed. */
export type DatasetSource =
  | { kind: 'bundled' }
  | { kind: 'file'; file: Blob & { name?: string }; name: string }
  | { kind: 'url'; url: string }
  | HubDatasetSource;

/** One file of a dataset's repository; the token is never kept. */
export type HubDatasetSource = { kind: 'hub'; path: string } & HubRepository;

/** A file with rows. */
export interface DatasetFile {
  path: string;
  bytes: number;
  /** 'train', 'validation', 'test', or '' where its path tells none. */
  split: string;
}

/** What a dataset's repository holds at a commit. */
export interface HubDatasetOffer {
  repository: string;
  revision: string;
  endpoint: string;
  commit: string;
  /** Training rows first. */
  files: DatasetFile[];
}

/** Columns chosen by the user when the schema was not recognised. Only `user` and `content` are required. */
export interface ColumnMapping {
  reasoning_language?: string;
  answer_language?: string;
  developer?: string;
  user: string;
  thinking?: string;
  content: string;
  /** Of problems asked in one language and solved in English: `user` is the problem, `content` its answer, `reasoning_language` its language. */
  problem_english?: string;
  solution_english?: string;
  /** What a teacher alone sees of the row. */
  privileged_context?: string;
}

export type ProblemKind =
  | 'malformed'
  | 'missing-field'
  | 'empty-turn'
  | 'wrong-role'
  | 'too-long'
  | 'special-token-text'
  | 'no-trained-tokens'
  | 'no-thinking'
  /** Reasoning that is written in a way that may be read wrongly: tags without a partner, tags inside the answer, two texts. */
  | 'unclear-thinking'
  /** Earlier reasoning that the stock template leaves out; said once for a dataset, with the number of rows. */
  | 'dropped-thinking'
  /** An answer without reasoning, before which the template writes an empty think block; said once. */
  | 'empty-thought'
  /** An answer that mentions the tag at which the template cuts it; said once. */
  | 'cut-answer'
  /** A template's own marks leave out the token that ends an answer, or a whole answer; said once. */
  | 'untrained-stop'
  | 'untrained-answer'
  /** Null in tool arguments, left out; said once. */
  | 'null-arguments'
  /** A turn whose own mark (weight 0, train false) keeps it out of the loss; said once. */
  | 'untrained-turn'
  /** Instructions in several columns, joined; said once. */
  | 'joined-instructions'
  /** An answer that the dataset marks as a bad one. */
  | 'undesired-answer'
  /** A field that is there and cannot be used. */
  | 'unused-field'
  | 'unknown-language';

/** One finding about one row. `trains` is false when the row is left out because of it. */
export interface RowProblem {
  row: number;
  kind: ProblemKind;
  /** One sentence that names the row and the mend. */
  message: string;
  trains: boolean;
}

export interface RowSummary {
  row: number;
  reasoning_language: string | null;
  /** First words of the first user message. */
  preview: string;
  /** Absent until tokenised. */
  tokens?: number;
  trained_tokens?: number;
  problems: RowProblem[];
}

export interface DatasetSummary {
  /** Of this opening of the file; a summary that knows more has the same. */
  id: string;
  name: string;
  format: DatasetFormat;
  schema: DatasetSchema;
  columns: string[];
  rows: number;
  bytes: number;
  /** Rows per reasoning language, in falling order; key '' for rows that ask for none. */
  languages: Record<string, number>;
  problems: RowProblem[];
  /** Languages are estimated and problems are those of this many rows so far; absent once all rows have been read. */
  sampled?: number;
  /** Set when the schema is unknown: the user must map columns; `example` is the first row. */
  example?: Record<string, unknown>;
}

/** Of a row: not counted yet, trained whole, trained up to max_length, left out for a problem, of a language that is not chosen. */
export const RowFate = { unknown: 0, whole: 1, cut: 2, out: 3, unchosen: 4 } as const;

/** Whether a row shows its reasoning. */
export type ThinkMode = 'think' | 'no_think';

/** Rows of each mode. */
export type RowsByMode = Readonly<Record<ThinkMode, number>>;

export interface TokenStatistics {
  rows: number;
  rows_trained: number;
  /** Of the rows that train; absent where neither the model nor the settings have modes. */
  modes?: RowsByMode;
  tokens: number;
  trained_tokens: number;
  longest: number;
  /** Token count of every row in file order; 0 for a row that could not be rendered, is not chosen, or is not counted yet. */
  lengths: Uint32Array;
  /** What becomes of every row in file order, by RowFate. */
  fates: Uint8Array;
  problems: RowProblem[];
  /** Counts are estimated from this many rows; absent once all rows are counted. */
  sampled?: number;
}

export interface TokenView {
  id: number;
  /** Empty for the first bytes of a character that a later token ends. */
  text: string;
  special: boolean;
  trained: boolean;
  channel: Channel;
}

export interface RowDetail {
  row: number;
  conversation: Conversation;
  segments: Segment[];
  tokens: TokenView[];
  /** Tokens of the row, of which only the first may be in `tokens`. */
  length: number;
  /** Tokens that max_length keeps; those after them are not trained. */
  kept: number;
  /** Absent where the template decides. */
  mode?: ThinkMode;
  problems: RowProblem[];
}

/** How rows become tokens: shared by preview, statistics and training, so that the page shows exactly what trains. */
export interface EncodingSettings extends TemplateSettings {
  max_length: number;
  assistant_only_loss: boolean;
  /** Put `reasoning language: X` from the row's own column in front when its messages do not carry it. */
  inject_reasoning_language: boolean;
  /** Put `answer language: X` beside it: of the row's own column, or what its answer is written in; absent: no. */
  inject_answer_language?: boolean;
  /** Tool arguments that a row has as JSON text stay text, which the stock template writes in quotes; absent: they are parsed. */
  tool_arguments_as_text?: boolean;
  /** Train only rows of these languages ('' = rows that ask for none); absent: all. */
  languages?: string[];
}
