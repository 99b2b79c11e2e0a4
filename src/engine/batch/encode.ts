/**
 * Conversations -> token ids and which of them are trained, with TRL's semantics: rendered whole, without a generation prompt; all tokens train,
 * or the template's assistant mask (`assistant_only_loss`); the first `max_length` tokens are kept; a row left without any label is left out.
 * The same function serves the page's preview, the statistics and training, so that what is shown is what trains.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Conversation, Segment } from '../../protocol/conversation.ts';
import type { EncodingSettings, RowDetail, RowProblem, TokenView } from '../../protocol/dataset.ts';
import type { TextModel } from '../chat/open-text.ts';
import { withOwnReasoningLanguage } from '../chat/reasoning-language.ts';
import { rowProblem } from '../data/row-problems.ts';
import type { DatasetRow } from '../data/to-conversation.ts';
import type { EncodedSegments } from '../tokens/tokenizer.ts';

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
  /** Tokens before truncation (at least so many, for texts beyond 256 KiB); 0 when the row could not be rendered. */
  length: number;
}

/** Tokens shown beyond max_length in a preview, enough to see what is lost. */
const SHOWN_BEYOND = 512;

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

export function encodeRow(row: number, conversation: Conversation, settings: EncodingSettings, text: TextModel): EncodeResult {
  const rendered = renderRow(row, conversation, settings, text);
  if (!Array.isArray(rendered)) return { encoded: null, problems: [rendered], length: 0 };
  return label(row, text.tokenizer.encodeSegments(rendered, settings.max_length), settings);
}

/** The row as the page shows it: conversation, rendered pieces, and tokens with their marks, also some beyond max_length. */
export function rowDetail(source: DatasetRow, settings: EncodingSettings, text: TextModel): RowDetail {
  const { row, conversation, problems } = source;
  if (!conversation) return { row, conversation: { messages: [] }, segments: [], tokens: [], problems };
  const { tokenizer } = text;
  const segments = renderRow(row, conversation, settings, text);
  if (!Array.isArray(segments)) return { row, conversation, segments: [], tokens: [], problems: [...problems, segments] };
  const tokenised = tokenizer.encodeSegments(segments, settings.max_length);
  const result = label(row, tokenised, settings);
  const tokens = Array.from(tokenised.ids.subarray(0, settings.max_length + SHOWN_BEYOND), (id, index): TokenView => {
    const { channel } = segments[tokenised.segment[index]!]!;
    const trained = result.encoded?.trained[index] === 1 && index > 0;
    return { id, text: tokenizer.tokenText(id), special: tokenizer.isSpecial(id), trained, channel };
  });
  return { row, conversation, segments, tokens, problems: [...problems, ...result.problems] };
}

/** Labels, truncation, and what there is to say about them. */
function label(row: number, { ids, assistant, complete }: EncodedSegments, settings: EncodingSettings): EncodeResult {
  const problems: RowProblem[] = [];
  const kept = Math.min(ids.length, settings.max_length);
  const trained = settings.assistant_only_loss ? assistant.slice(0, kept) : new Uint8Array(kept).fill(1);
  const hasLabel = trained.includes(1);
  if (kept < ids.length) {
    const size = complete ? `${ids.length}` : `more than ${ids.length}`;
    const rest = `has ${size} tokens where max_length is ${settings.max_length}; its end is cut off, raise max_length to keep it`;
    problems.push(rowProblem(row, 'too-long', hasLabel, rest));
  }
  if (!hasLabel) {
    const why = kept < ids.length ? 'its first max_length tokens are all prompt' : 'none of its tokens is marked for training';
    problems.push(rowProblem(row, 'no-trained-tokens', false, `has no token to train: ${why}`));
  }
  return { encoded: hasLabel ? { row, ids: ids.slice(0, kept), trained } : null, problems, length: ids.length };
}

/** Rendered pieces, or the problem for which the template refuses the row. Any other error is a fault of ours and goes up. */
function renderRow(
  row: number,
  conversation: Conversation,
  settings: EncodingSettings,
  { format, identity }: TextModel,
): Segment[] | RowProblem {
  try {
    const asked = settings.inject_reasoning_language ? withOwnReasoningLanguage(conversation) : conversation;
    return format.render(asked, { ...settings, model_identity: settings.model_identity ?? identity });
  } catch (error) {
    if (!(error instanceof MotherTongueError)) throw error;
    const sentence = error.message.replace(/\.$/, '');
    return rowProblem(row, 'malformed', false, `is refused by the template: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`);
  }
}
