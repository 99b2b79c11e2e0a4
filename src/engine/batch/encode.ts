/**
 * Conversations -> token ids and which of them are trained, with TRL's semantics: rendered whole, without a generation prompt; all tokens train,
 * or the template's assistant mask (`assistant_only_loss`); the first `max_length` tokens are kept; a row left without any label is left out.
 * The same function serves the page's preview, the statistics and training, so that what is shown is what trains.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { mergeProblems } from '../../lib/problems.ts';
import type { Conversation, Segment, TemplateSettings } from '../../protocol/conversation.ts';
import type { EncodingSettings, RowDetail, RowProblem, ThinkMode, TokenView } from '../../protocol/dataset.ts';
import { withOwnLanguages } from '../chat/asked-languages.ts';
import { render } from '../chat/format.ts';
import type { TextModel } from '../chat/open-text.ts';
import { rowProblem } from '../data/row-problems.ts';
import type { DatasetRow } from '../data/to-conversation.ts';
import { withArgumentsAsText } from '../data/tool-calls.ts';
import { tokenTexts } from '../tokens/detokenizer.ts';
import type { EncodedSegments } from '../tokens/tokenizer.ts';
import { withAnswerLanguage } from './answer-language.ts';
import { NOTES, notesOf } from './render-notes.ts';
import { inMode, modeOf, trainedMode } from './thinking.ts';

/** One training row; arrays have one entry per kept token. */
export interface EncodedRow {
  /** Number in the file. */
  row: number;
  ids: Uint32Array;
  /** 1 where the token is a label. The first token is never predicted, whatever stands here. */
  trained: Uint8Array;
  /** Absent where neither the model nor the settings have modes. */
  mode?: ThinkMode;
}

/** Everything known about one encoded row; `encoded` is null when it does not train. */
export interface EncodeResult {
  encoded: EncodedRow | null;
  problems: RowProblem[];
  /** Tokens before truncation (at least so many, for texts beyond 256 KiB); 0 when the row could not be rendered. */
  length: number;
}

/** What a row's tokens depend on. */
export type RenderSettings = TemplateSettings &
  Pick<EncodingSettings, 'inject_reasoning_language' | 'inject_answer_language' | 'tool_arguments_as_text'>;
/** What labels depend on, once there are tokens. */
export interface LabelSettings extends Pick<EncodingSettings, 'max_length' | 'assistant_only_loss' | 'languages'> {
  /** Of the model, where one is known: a longer row cannot be kept by any max_length. */
  positions?: number;
}

/** Tokens shown beyond max_length in a preview, enough to see what is lost. */
const SHOWN_BEYOND = 512;

/** A row as ids, before labels and truncation; with `needed`, far longer texts are cut before they are encoded. */
export interface TokenisedRow extends Pick<EncodedSegments, 'ids' | 'assistant' | 'complete'> {
  /** Tokens of the row, also where `ids` has fewer. */
  length: number;
  /** Bits of NOTES (render-notes.ts): what the template does with the row. */
  notes: number;
  mode: ThinkMode | null;
}

/** The row's tokens, or the problem for which the template refuses it. This is the expensive part; labels come later. */
export async function tokeniseRow(
  row: number,
  conversation: Conversation,
  settings: RenderSettings,
  text: TextModel,
  needed: number,
): Promise<TokenisedRow | RowProblem> {
  const mode = modeOf(row, conversation, settings);
  const asked = inMode(await asSettings(conversation, settings), mode, text.format, settings);
  const rendered = await renderRow(row, asked, settings, mode, text);
  if (!Array.isArray(rendered)) return rendered;
  const tokens = text.tokenizer.encodeSegments(rendered, needed);
  if (tokens.ids.length === 0)
    return rowProblem(row, 'no-trained-tokens', false, 'has no token to train: the template writes nothing for it');
  const notes = notesOf(asked, rendered, text, mode === 'no_think');
  return { ...tokens, length: tokens.ids.length, notes, mode: trainedMode(mode, asked, text.format) };
}

export async function encodeRow(
  row: number,
  conversation: Conversation,
  settings: EncodingSettings,
  text: TextModel,
): Promise<EncodeResult> {
  const tokens = await tokeniseRow(row, conversation, settings, text, settings.max_length);
  return 'message' in tokens ? { encoded: null, problems: [tokens], length: 0 } : label(row, tokens, settings);
}

/** The row as the page shows it: conversation, rendered pieces, and tokens with their marks, also some beyond max_length. */
export async function rowDetail(
  source: DatasetRow,
  settings: EncodingSettings & Pick<LabelSettings, 'positions'>,
  text: TextModel,
): Promise<RowDetail> {
  const { row, conversation, problems } = source;
  if (!conversation) return { row, conversation: { messages: [] }, segments: [], tokens: [], length: 0, kept: 0, problems };
  const { tokenizer } = text;
  const mode = modeOf(row, conversation, settings);
  const asked = inMode(await asSettings(conversation, settings), mode, text.format, settings);
  const segments = await renderRow(row, asked, settings, mode, text);
  if (!Array.isArray(segments))
    return { row, conversation, segments: [], tokens: [], length: 0, kept: 0, problems: [...problems, segments] };
  const tokenised = tokenizer.encodeSegments(segments, settings.max_length);
  const notes = notesOf(asked, segments, text, mode === 'no_think');
  const result = label(row, { ...tokenised, length: tokenised.ids.length, notes, mode }, settings);
  const shown = tokenised.ids.subarray(0, settings.max_length + SHOWN_BEYOND);
  const texts = tokenTexts(tokenizer, shown);
  const tokens = Array.from(shown, (id, index): TokenView => {
    const { channel } = segments[tokenised.segment[index]!]!;
    const trained = result.encoded?.trained[index] === 1 && index > 0;
    return { id, text: texts[index]!, special: tokenizer.isSpecial(id), trained, channel };
  });
  const { length } = tokenised.ids;
  return {
    row,
    conversation: { ...conversation, ...(asked.answer_language !== undefined && { answer_language: asked.answer_language }) },
    segments,
    tokens,
    length,
    kept: Math.min(length, settings.max_length),
    ...(mode && { mode }),
    problems: mergeProblems(problems, result.problems),
  };
}

/** Labels, truncation, and the problems of both. The row's arrays are views of `tokens`. */
export function label(row: number, tokens: TokenisedRow, settings: LabelSettings): EncodeResult {
  const { ids, assistant, complete, length, notes, mode } = tokens;
  const problems: RowProblem[] = [];
  const kept = Math.min(length, settings.max_length);
  const trained = settings.assistant_only_loss ? assistant.subarray(0, kept) : allOnes(kept);
  const hasLabel = trained.includes(1);
  const answer = assistant.indexOf(1); // -1: beyond the known tokens, or the template marks none
  if (kept < length) {
    const size = complete ? `${length}` : `more than ${length}`;
    const { max_length, positions = Number.POSITIVE_INFINITY } = settings;
    const mend = length > positions ? `the model has ${positions} positions, so shorten it` : 'raise max_length to keep it';
    const lost =
      hasLabel && answer >= kept ? `only its prompt is learned, because its answer begins at token ${answer + 1}` : 'its end is cut off';
    problems.push(rowProblem(row, 'too-long', hasLabel, `has ${size} tokens where max_length is ${max_length}; ${lost}, ${mend}`));
  }
  if (!hasLabel) {
    const none =
      ids.length < length || !complete ? `its first ${ids.length} tokens are all prompt` : 'none of its tokens is marked for training';
    const why = answer >= kept ? `its answer begins at token ${answer + 1} and max_length is ${settings.max_length}` : none;
    problems.push(rowProblem(row, 'no-trained-tokens', false, `has no token to train: ${why}`));
  }
  for (const { bit, kind, rest, ofMarks } of NOTES) {
    if (notes & bit && (!ofMarks || settings.assistant_only_loss)) problems.push(rowProblem(row, kind, true, rest));
  }
  const encoded: EncodedRow = { row, ids: ids.subarray(0, kept), trained, ...(mode && { mode }) };
  return { encoded: hasLabel ? encoded : null, problems, length };
}

let ones = new Uint8Array(0);

/** Labels of a row that trains whole: all such rows share one array. */
function allOnes(length: number): Uint8Array {
  if (ones.length < length) ones = new Uint8Array(2 * length).fill(1);
  return ones.subarray(0, length);
}

/** The conversation as these settings give it to the template. */
async function asSettings(conversation: Conversation, settings: RenderSettings): Promise<Conversation> {
  const given = settings.tool_arguments_as_text ? withArgumentsAsText(conversation) : conversation;
  return withOwnLanguages(settings.inject_answer_language ? await withAnswerLanguage(given) : given, settings);
}

/** Rendered pieces, or the problem for which the template refuses the row. Any other error is a fault of ours and goes up. */
async function renderRow(
  row: number,
  conversation: Conversation,
  settings: RenderSettings,
  mode: ThinkMode | null,
  { format, identity }: TextModel,
): Promise<Segment[] | RowProblem> {
  try {
    const enable_thinking = mode === null ? {} : { enable_thinking: mode === 'think' };
    return await render(format, conversation, { ...settings, ...enable_thinking, model_identity: settings.model_identity ?? identity });
  } catch (error) {
    if (!(error instanceof MotherTongueError)) throw error;
    const sentence = error.message.replace(/\.$/, '');
    return rowProblem(
      row,
      'malformed',
      false,
      `is refused by the template: ${sentence.replace(/^[A-Z](?![A-Z])/, (first) => first.toLowerCase())}`,
    );
  }
}
