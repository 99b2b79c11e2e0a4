/** A column before its first token. */
import type { ColumnState } from '../../protocol/generation.ts';

export function emptyState(column: string): ColumnState {
  return { column, thinking: '', content: '', rest: '', tokens: 0, tokens_per_second: 0, share: null, stop: null };
}
