/**
 * Some consecutive rows of a dataset as tokens, in typed arrays instead of one object a row: they cross threads without being copied and lie in
 * files as they are. Tokens are those of the row before labels and truncation, so that max_length, assistant_only_loss and languages are applied
 * when rows are read (encoded-dataset.ts).
 */
import type { RowProblem, ThinkMode } from '../../protocol/dataset.ts';
import type { TokenisedRow } from './encode.ts';

export interface EncodedPiece {
  /** Position in the dataset of the first row. */
  first: number;
  /** Per row: its number in the file. */
  numbers: Uint32Array<ArrayBuffer>;
  /** Per row: its tokens before any cut; 0 where there is no conversation, or none that the template takes. */
  lengths: Uint32Array<ArrayBuffer>;
  /** Per row: CUT where its text was cut before it was encoded, so that it has more tokens than `lengths` says; and above that bit the row's notes. */
  marks: Uint8Array<ArrayBuffer>;
  /** Per row: its mode, by MODES. */
  modes: Uint8Array<ArrayBuffer>;
  /** Per row: index into `languages`. */
  language: Uint32Array<ArrayBuffer>;
  /** Row i has the tokens offsets[i] to offsets[i + 1]. */
  offsets: Uint32Array<ArrayBuffer>;
  ids: Uint32Array<ArrayBuffer>;
  /** Per token: the template's assistant mask. */
  assistant: Uint8Array<ArrayBuffer>;
  /** Reasoning languages of these rows; '' for rows that ask for none. */
  languages: string[];
  /** Rows that the template refuses, by their index in the piece. */
  refusals: { index: number; problem: RowProblem }[];
}

export const CUT = 1;

/** null: there are none. */
export const MODES: readonly (ThinkMode | null)[] = [null, 'think', 'no_think'];

/** Collects a piece row by row; of a row at most `capacity` tokens are kept. */
export class PieceBuilder {
  private readonly numbers: number[] = [];
  private readonly rows: (TokenisedRow | null)[] = [];
  private readonly language: number[] = [];
  private readonly languages = new Map<string, number>();
  private readonly refusals: EncodedPiece['refusals'] = [];

  constructor(
    private readonly first: number,
    private readonly capacity: number,
  ) {}

  /** `tokens` null: the row has no conversation. */
  add(row: number, language: string, tokens: TokenisedRow | RowProblem | null): void {
    const refused = tokens !== null && 'message' in tokens;
    if (refused) this.refusals.push({ index: this.numbers.length, problem: tokens });
    this.numbers.push(row);
    this.rows.push(refused ? null : tokens);
    if (!this.languages.has(language)) this.languages.set(language, this.languages.size);
    this.language.push(this.languages.get(language)!);
  }

  build(): EncodedPiece {
    const offsets = new Uint32Array(this.rows.length + 1);
    for (const [i, row] of this.rows.entries()) offsets[i + 1] = offsets[i]! + Math.min(row?.ids.length ?? 0, this.capacity);
    const ids = new Uint32Array(offsets.at(-1)!);
    const assistant = new Uint8Array(ids.length);
    for (const [i, row] of this.rows.entries()) {
      if (!row) continue;
      ids.set(row.ids.subarray(0, this.capacity), offsets[i]!);
      assistant.set(row.assistant.subarray(0, this.capacity), offsets[i]!);
    }
    return {
      first: this.first,
      numbers: Uint32Array.from(this.numbers),
      lengths: Uint32Array.from(this.rows, (row) => row?.length ?? 0),
      marks: Uint8Array.from(this.rows, (row) => (row && !row.complete ? CUT : 0) | ((row?.notes ?? 0) << 1)),
      modes: Uint8Array.from(this.rows, (row) => MODES.indexOf(row?.mode ?? null)),
      language: Uint32Array.from(this.language),
      offsets,
      ids,
      assistant,
      languages: [...this.languages.keys()],
      refusals: this.refusals,
    };
  }
}

/** What `postMessage` may move instead of copying. */
export function buffersOf({ numbers, lengths, marks, modes, language, offsets, ids, assistant }: EncodedPiece): ArrayBuffer[] {
  return [numbers, lengths, marks, modes, language, offsets, ids, assistant].map((array) => array.buffer);
}
