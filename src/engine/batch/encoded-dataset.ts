/**
 * A dataset as tokens, whole or a sample of it: what statistics, readiness and training read. It depends on the rows, on how they are rendered and
 * on the tokenizer; labels, max_length and the choice of languages are applied here, without encoding anything again.
 */
import { type EncodingSettings, RowFate, type RowsByMode, type TokenStatistics } from '../../protocol/dataset.ts';
import { ProblemList } from '../data/row-problems.ts';
import { type EncodedRow, type LabelSettings, label } from './encode.ts';
import { CUT, type EncodedPiece, MODES } from './encoded-piece.ts';

export interface Selection {
  /** Rows that train, in file order; their arrays are views. */
  rows: EncodedRow[];
  statistics: TokenStatistics;
}

const LEAST_CAPACITY = 2048;

/** Tokens kept of a row, such that smaller changes of max_length need no new encoding. */
export function capacityOf(max_length: number): number {
  return Math.max(LEAST_CAPACITY, 2 ** Math.ceil(Math.log2(max_length)));
}

export class EncodedDataset {
  /** Rows that are encoded; fewer than `total` in a sample. */
  readonly counted: number;
  private readonly longest: number;
  private selected: { by: string; selection: Selection } | null = null;

  /** `total`: rows of the dataset. `capacity`: tokens kept of a row. */
  constructor(
    readonly pieces: readonly EncodedPiece[],
    readonly total: number,
    readonly capacity: number,
  ) {
    this.counted = pieces.reduce((sum, { numbers }) => sum + numbers.length, 0);
    this.longest = pieces.reduce((max, { lengths }) => lengths.reduce((a, b) => Math.max(a, b), max), 0);
  }

  get whole(): boolean {
    return this.counted === this.total;
  }

  /** False where rows would need more tokens than were kept of them. */
  holds({ max_length }: Pick<EncodingSettings, 'max_length'>): boolean {
    return max_length <= this.capacity || this.longest <= this.capacity;
  }

  /** The rows that train with these settings, and the statistics of all rows. */
  select({ max_length, assistant_only_loss, languages, positions }: LabelSettings): Selection {
    const settings = { max_length, assistant_only_loss, ...(languages && { languages }), ...(positions !== undefined && { positions }) };
    const by = JSON.stringify(settings);
    if (this.selected?.by !== by) this.selected = { by, selection: this.selectAnew(settings) };
    return this.selected.selection;
  }

  private selectAnew(settings: LabelSettings): Selection {
    const rows: EncodedRow[] = [];
    const lengths = new Uint32Array(this.total);
    const fates = new Uint8Array(this.total);
    const problems = new ProblemList();
    for (const piece of this.pieces) selectPiece(piece, settings, { rows, lengths, fates, problems });
    const scale = this.whole ? 1 : this.total / this.counted;
    const scaled = (count: number): number => Math.round(count * scale);
    const modes = rowsByMode(rows);
    const statistics: TokenStatistics = {
      rows: this.total,
      rows_trained: scaled(rows.length),
      ...(modes && { modes: { think: scaled(modes.think), no_think: scaled(modes.no_think) } }),
      tokens: scaled(rows.reduce((sum, row) => sum + row.ids.length, 0)),
      trained_tokens: scaled(rows.reduce((sum, row) => sum + countTrained(row), 0)),
      longest: lengths.reduce((a, b) => Math.max(a, b), 0),
      lengths,
      fates,
      problems: problems.all(),
      ...(!this.whole && { sampled: this.counted }),
    };
    return { rows, statistics };
  }
}

function selectPiece(
  piece: EncodedPiece,
  settings: LabelSettings,
  { rows, lengths, fates, problems }: { rows: EncodedRow[]; lengths: Uint32Array; fates: Uint8Array; problems: ProblemList },
): void {
  const wanted = settings.languages && new Set(settings.languages);
  const chosen = piece.languages.map((language) => !wanted || wanted.has(language));
  const refusals = new Map(piece.refusals.map(({ index, problem }) => [index, problem]));
  for (const [index, length] of piece.lengths.entries()) {
    fates[piece.first + index] = chosen[piece.language[index]!] ? RowFate.out : RowFate.unchosen;
    if (!chosen[piece.language[index]!]) continue;
    const refusal = refusals.get(index);
    if (refusal) problems.add(refusal);
    if (length === 0) continue;
    lengths[piece.first + index] = length;
    const [from, to] = [piece.offsets[index]!, piece.offsets[index + 1]!];
    const tokens = {
      ids: piece.ids.subarray(from, to),
      assistant: piece.assistant.subarray(from, to),
      complete: (piece.marks[index]! & CUT) === 0,
      notes: piece.marks[index]! >> 1,
      mode: MODES[piece.modes[index]!]!,
      length,
    };
    const result = label(piece.numbers[index]!, tokens, settings);
    for (const problem of result.problems) problems.add(problem);
    if (!result.encoded) continue;
    rows.push(result.encoded);
    fates[piece.first + index] = length > settings.max_length || !tokens.complete ? RowFate.cut : RowFate.whole;
  }
}

/** Labels that are predicted: the first token of a row never is. This is TRL's count over `labels[:, 1:]`. */
export function countTrained(row: EncodedRow): number {
  let count = 0;
  for (let index = 1; index < row.trained.length; index++) count += row.trained[index]!;
  return count;
}

/** null: neither the model nor the settings have modes. */
export function rowsByMode(rows: readonly EncodedRow[]): RowsByMode | null {
  const modes = { think: 0, no_think: 0 };
  for (const { mode } of rows) if (mode) modes[mode]++;
  return modes.think + modes.no_think > 0 ? modes : null;
}
