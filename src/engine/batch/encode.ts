/**
 * Conversations -> token ids and which of them are trained, with TRL's semantics: rendered whole, without a generation prompt; all tokens train,
 * or the template's assistant mask (`assistant_only_loss`); the first `max_length` tokens are kept; a row left without any label is left out.
 * The same function serves the page's preview, the statistics and training, so that what is shown is what trains.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Conversation, Segment } from '../../protocol/conversation.ts';
import type { EncodingSettings, RowDetail, RowProblem, TokenView } from '../../protocol/dataset.ts';
import { withOwnReasoningLanguage } from '../chat/reasoning-language.ts';
import { render } from '../chat/render.ts';
import { rowProblem } from '../data/row-problems.ts';
import type { DatasetRow } from '../data/to-conversation.ts';
import type { Tokenizer } from '../tokens/tokenizer.ts';

/** One training row; arrays have one entry per kept token. */
export interface EncodedRow {
  /** Number in the file. */
  row: number;
  ids: Uint32Array;
  /** 1 where the token is a label. The first token is never predicted, whatever stands here. */
  trained: Uint8Array;
}

/** Everything known about one encoded row; `encoded` is null when it does not train. */
export interface EncodeResult {
  encoded: EncodedRow | null;
  problems: RowProblem[];
  /** Tokens before truncation; 0 when the row could not be rendered. */
  length: number;
}

/** A sentence about settings that cannot train anything, or null. */
export function encodingBlocker(settings: EncodingSettings): string | null {
  if (settings.assistant_only_loss && settings.template === 'hf') {
    return 'The stock template marks no assistant tokens, so nothing would train: choose the template "trl" or train on all tokens.';
  }
  return settings.max_length >= 2 ? null : 'max_length must be at least 2 tokens.';
}

/** Whether the settings' choice of languages includes the row ('' stands for rows that ask for none). */
export function isChosen(conversation: Conversation, settings: EncodingSettings): boolean {
  return settings.languages === undefined || settings.languages.includes(conversation.reasoning_language ?? '');
}

export function encodeRow(row: number, conversation: Conversation, settings: EncodingSettings, tokenizer: Tokenizer): EncodeResult {
  let segments: Segment[];
  try {
    segments = renderForTraining(conversation, settings);
  } catch (error) {
    return { encoded: null, problems: [refusedRow(row, error)], length: 0 };
  }
  const { ids, assistant } = tokenizer.encodeSegments(segments);
  const problems: RowProblem[] = [];
  const kept = Math.min(ids.length, settings.max_length);
  const trained = settings.assistant_only_loss ? assistant.slice(0, kept) : new Uint8Array(kept).fill(1);
  const hasLabel = trained.includes(1);
  if (kept < ids.length) {
    const rest = `has ${ids.length} tokens, ${ids.length - kept} more than max_length; its end is cut off, raise max_length to keep it`;
    problems.push(rowProblem(row, 'too-long', hasLabel, rest));
  }
  if (!hasLabel) {
    const why = kept < ids.length ? 'its first max_length tokens are all prompt' : 'none of its tokens is marked for training';
    problems.push(rowProblem(row, 'no-trained-tokens', false, `has no token to train: ${why}`));
  }
  return { encoded: hasLabel ? { row, ids: ids.slice(0, kept), trained } : null, problems, length: ids.length };
}

/** The row as the page shows it: conversation, rendered pieces, and every token with its mark. */
export function rowDetail(source: DatasetRow, settings: EncodingSettings, tokenizer: Tokenizer): RowDetail {
  const { row, conversation, problems } = source;
  if (!conversation) return { row, conversation: { messages: [] }, segments: [], tokens: [], problems };
  let segments: Segment[];
  try {
    segments = renderForTraining(conversation, settings);
  } catch (error) {
    return { row, conversation, segments: [], tokens: [], problems: [...problems, refusedRow(row, error)] };
  }
  const { ids, segment } = tokenizer.encodeSegments(segments);
  const result = encodeRow(row, conversation, settings, tokenizer);
  const tokens = Array.from(ids, (id, index): TokenView => {
    const trained = result.encoded?.trained[index] === 1 && index > 0;
    return { id, text: tokenizer.tokenText(id), special: tokenizer.isSpecial(id), trained, channel: segments[segment[index]!]!.channel };
  });
  return { row, conversation, segments, tokens, problems: [...problems, ...result.problems] };
}

function renderForTraining(conversation: Conversation, settings: EncodingSettings): Segment[] {
  return render(settings.inject_reasoning_language ? withOwnReasoningLanguage(conversation) : conversation, settings);
}

/** What the template refuses is a problem of the row; anything else is a fault of ours and goes up. */
function refusedRow(row: number, error: unknown): RowProblem {
  if (!(error instanceof MotherTongueError)) throw error;
  const sentence = error.message.replace(/\.$/, '');
  return rowProblem(row, 'malformed', false, `is refused by the template: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`);
}
