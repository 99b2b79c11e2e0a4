/**
 * Text to token ids and back, through `@huggingface/transformers` (this file is the engine's only importer of its tokenizers). It works from
 * files in memory, the same way in a worker and in Node, and never asks a network.
 *
 * The invariant that differs from Hugging Face: plain text is always encoded as plain text. A user's `<|end|>` becomes the bytes `<`, `|`, ...,
 * never the control token; control tokens come only from segments that say so. To that end the byte-pair encoder is built without the special
 * tokens, which are looked up by name here.
 */
import { PreTrainedTokenizer } from '@huggingface/transformers';
import { MotherTongueError } from '../../lib/errors.ts';
import type { Segment } from '../../protocol/conversation.ts';
import { bytesLacking, bytesOfToken } from './byte-level.ts';
import { guardPatterns } from './foreign-patterns.ts';
import { byteEnds, placeTokens, type Run, runsOf } from './joined.ts';
import { type AddedToken, checkTokenizerJson, composesText, isControl, spellingOf, type TokenizerJson, unfit } from './tokenizer-json.ts';

export interface TokenizerFiles {
  /** Parsed tokenizer.json. */
  tokenizer: unknown;
  /** Parsed tokenizer_config.json; may be absent. */
  config?: unknown;
  /** Parsed generation_config.json; its `eos_token_id` says what stops generation. */
  generation?: unknown;
  /** Rows of the model's embedding table, where they are known. */
  vocab_size?: number | undefined;
  /** Spellings of the control tokens that stop generation where generation_config.json names none. */
  stop_tokens?: readonly string[];
}

/** A conversation as ids; all arrays have one entry per token. */
export interface EncodedSegments {
  ids: Uint32Array;
  /** 1 where the template's assistant mask is 1. */
  assistant: Uint8Array;
  /** Index of the segment that a token comes from. */
  segment: Uint32Array;
  /** False when a text was cut before encoding; there are then more tokens than these. */
  complete: boolean;
}

/** Texts up to this many characters are always encoded whole, so that nearly every row's length is exact. */
const LONG_TEXT = 2 ** 18;

export class Tokenizer {
  /** Ids that stop generation. */
  readonly eosIds: readonly number[];
  readonly padId: number;
  /** All ids below this have text, except holes; weights may have more rows. */
  readonly size: number;
  private readonly vocabSize: number;
  private readonly specials = new Map<string, number>();
  private readonly specialTexts = new Map<number, string>();
  private readonly tokens: (string | undefined)[] = [];
  /** Ordinary tokens that the file adds to the vocabulary, spelled as they are (`<think>`). */
  private readonly addedTexts = new Map<number, string>();
  private readonly spelling: 'byte-level' | 'byte-fallback';
  private readonly normalise: (text: string) => string;
  private readonly plain: PreTrainedTokenizer;
  /** Bytes that have no token, where nothing else stands for them. */
  private readonly lacking: ReadonlySet<number>;
  /** Characters of the longest token, at least. */
  private readonly longestToken: number;

  constructor(files: TokenizerFiles) {
    const json = checkTokenizerJson(files.tokenizer);
    this.vocabSize = files.vocab_size ?? Number.POSITIVE_INFINITY;
    checkVocabulary(json, this.vocabSize);
    for (const token of json.added_tokens) {
      if (isControl(token)) this.addSpecial(token);
      else this.addedTexts.set(token.id, token.content);
    }
    this.spelling = spellingOf(json.decoder)!; // checked
    const hasUnknown = typeof json.model.unk_token === 'string' && json.model.unk_token !== '';
    this.lacking = this.spelling === 'byte-level' && !hasUnknown ? bytesLacking(json.model.vocab) : new Set();
    const composes = composesText(json.normalizer);
    this.normalise = (text) => this.spaced(composes ? text.normalize('NFC') : text);
    this.plain = buildPlain(json);
    for (const [token, id] of this.plain.get_vocab() as Map<string | undefined, number>) {
      if (token !== undefined && !this.specialTexts.has(id)) this.tokens[id] = token;
    }
    this.size = json.added_tokens.reduce((size, { id }) => Math.max(size, id + 1), this.tokens.length);
    this.longestToken = this.tokens.reduce((longest, token) => Math.max(longest, token?.length ?? 0), 1);
    const stated = stopIds(files.generation);
    checkStopIds(stated ?? [], this.vocabSize);
    const usual = (files.stop_tokens ?? []).flatMap((token) => this.specials.get(token) ?? []);
    this.eosIds = stated ?? usual.filter((id) => id < this.vocabSize);
    this.padId = this.specials.get(padToken(files.config)) ?? this.specials.get('<|endoftext|>') ?? 0;
  }

  /** Ids of plain text; special-token strings in it are plain text too. */
  encodeText(text: string): number[] {
    if (text === '') return [];
    // The library leaves out a character that has no token, or gives it no id where the token for what is unknown is itself unknown.
    const ids: (number | undefined)[] = this.plain.encode(text, { add_special_tokens: false });
    const bytes = this.lacking.size === 0 ? undefined : new TextEncoder().encode(this.normalise(text));
    const lost = bytes?.find((byte) => this.lacking.has(byte));
    if (lost === undefined && !ids.includes(undefined)) return ids as number[]; // just looked
    const what = lost === undefined ? 'a character' : `the byte 0x${lost.toString(16).padStart(2, '0')}`;
    throw unfit(`has no token for ${what} of the text ${JSON.stringify(text.slice(0, 40))}, and none for what is unknown`);
  }

  /** Id of a control token by its spelling. */
  specialId(token: string): number {
    const id = this.specials.get(token);
    if (id === undefined) {
      throw new MotherTongueError(
        'ModelError',
        `The model's tokenizer.json has no special token ${token}, which its chat template writes; use the tokenizer.json that came with the model.`,
      );
    }
    // Some tokenizers have special tokens that their model has no weights for; they may not be used.
    if (id >= this.vocabSize) {
      throw new MotherTongueError(
        'ModelError',
        `The special token ${token} has the id ${id}, and the model's vocabulary has ${this.vocabSize}; use a tokenizer.json and config.json of the same model.`,
      );
    }
    return id;
  }

  /** Spellings of all control tokens. */
  get controls(): string[] {
    return [...this.specials.keys()];
  }

  isSpecial(id: number): boolean {
    return this.specialTexts.has(id);
  }

  /** Spelling of a control token, or undefined for any other id. */
  specialText(id: number): string | undefined {
    return this.specialTexts.get(id);
  }

  /**
   * Ids of rendered pieces. With `needed`, pieces far longer than that many tokens are cut before they are encoded: a megabyte without a space
   * takes seconds, and of an over-long row only the first `max_length` tokens are used.
   */
  encodeSegments(segments: readonly Segment[], needed = Number.POSITIVE_INFINITY): EncodedSegments {
    const characters = Math.max(LONG_TEXT, needed * this.longestToken);
    const runs = runsOf(segments);
    let complete = true;
    const pieces = runs.map(({ pieces: [first, ...rest] }) => {
      if (first!.special) return [this.specialId(first!.text)];
      const text = rest.length === 0 ? first!.text : first!.text + rest.map((piece) => piece.text).join('');
      if (text.length > characters) complete = false;
      return this.encodeText(text.slice(0, characters));
    });
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const encoded = { ids: new Uint32Array(length), assistant: new Uint8Array(length), segment: new Uint32Array(length), complete };
    let at = 0;
    for (const [index, ids] of pieces.entries()) {
      encoded.ids.set(ids, at);
      this.place(runs[index]!, ids, encoded, at);
      at += ids.length;
    }
    return encoded;
  }

  /** Which piece of the run each token comes from, and whether it is marked. */
  private place({ first, pieces }: Run, ids: readonly number[], encoded: EncodedSegments, at: number): void {
    if (pieces.length === 1) {
      encoded.segment.fill(first, at, at + ids.length);
      if (pieces[0]!.assistant) encoded.assistant.fill(1, at, at + ids.length);
      return;
    }
    const sizes = ids.map((id) => this.bytes(id).length);
    for (const [i, { piece, marked }] of placeTokens(sizes, byteEnds(pieces, this.normalise), pieces).entries()) {
      encoded.segment[at + i] = first + piece;
      encoded.assistant[at + i] = marked ? 1 : 0;
    }
  }

  /** Bytes of one token; empty for ids without text, and the spelling's bytes for control tokens. */
  bytes(id: number): Uint8Array<ArrayBuffer> {
    const special = this.specialTexts.get(id);
    if (special !== undefined) return new TextEncoder().encode(special);
    const added = this.addedTexts.get(id);
    const token = added ?? this.tokens[id];
    if (token === undefined) return new Uint8Array(0);
    if (this.spelling === 'byte-level') return (added === undefined && bytesOfToken(token)) || new TextEncoder().encode(token);
    const byte = /^<0x([0-9A-F]{2})>$/.exec(token)?.[1];
    return byte === undefined ? new TextEncoder().encode(this.spaced(token)) : Uint8Array.of(Number.parseInt(byte, 16));
  }

  /** Text of one token on its own; a piece of a character shows as U+FFFD. */
  tokenText(id: number): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes(id));
  }

  /** Text of a sequence, control tokens spelled out. */
  decode(ids: Iterable<number>): string {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let text = '';
    for (const id of ids) {
      // A control token ends any unfinished character before it, as the reference decoder does.
      text += this.isSpecial(id) ? decoder.decode() + this.specialTexts.get(id) : decoder.decode(this.bytes(id), { stream: true });
    }
    return text + decoder.decode();
  }

  hasText(id: number): boolean {
    return this.tokens[id] !== undefined || this.specialTexts.has(id);
  }

  /** Ids below `rows` (the model's vocabulary size) that have weights but no text; they must never be sampled. */
  idsWithoutText(rows: number): Uint32Array {
    const ids: number[] = [];
    for (let id = 0; id < rows; id++) if (!this.hasText(id)) ids.push(id);
    return Uint32Array.from(ids);
  }

  /** Where the vocabulary writes U+2581 for a space, both are one character and decode to a space. */
  private spaced(text: string): string {
    return this.spelling === 'byte-fallback' ? text.replaceAll('\u2581', ' ') : text;
  }

  private addSpecial(token: AddedToken): void {
    this.specials.set(token.content, token.id);
    this.specialTexts.set(token.id, token.content);
  }
}

function buildPlain(json: TokenizerJson): PreTrainedTokenizer {
  const added_tokens = json.added_tokens.filter((token) => !isControl(token));
  try {
    // An empty configuration: nothing of it bears on byte-level encoding, and names of special tokens would be looked up in vain.
    const plain = new PreTrainedTokenizer({ ...json, added_tokens }, {});
    const { normalizer, pre_tokenizer } = plain._tokenizer;
    guardPatterns(normalizer);
    guardPatterns(pre_tokenizer);
    plain.encode('Ein Satz,\n2 Wörter. 你好', { add_special_tokens: false }); // some faults show only then
    return plain;
  } catch (error) {
    if (error instanceof MotherTongueError) throw error;
    // The library's words, unless it stumbled over what is not there.
    const words = error instanceof Error && !/undefined|is not a function/.test(error.message) ? ` (${error.message.slice(0, 200)})` : '';
    throw unfit(`cannot be used${words}`);
  }
}

/** Text may become any id of the vocabulary and of plain added tokens, so all of them have weights. */
function checkVocabulary({ model, added_tokens }: TokenizerJson, vocabSize: number): void {
  const beyond = Object.entries(model.vocab).find(([, id]) => id >= vocabSize);
  const added = added_tokens.find((token) => !isControl(token) && token.id >= vocabSize);
  const [token, id] = beyond ?? (added ? [added.content, added.id] : []);
  if (id !== undefined)
    throw unfit(`gives ${JSON.stringify(token)} the id ${id}, and the model's vocabulary (vocab_size of config.json) has ${vocabSize}`);
}

/** Ids that the GPU compares each token with. */
const MOST_STOP_IDS = 8;

function checkStopIds(ids: readonly number[], vocabSize: number): void {
  const key = 'generation_config.json names the eos_token_id';
  const wrong = ids.find((id) => id < 0 || id >= vocabSize);
  if (wrong !== undefined)
    throw new MotherTongueError('ModelError', `${key} ${wrong}, and the model's vocabulary has ${vocabSize}; correct it.`);
  if (ids.length > MOST_STOP_IDS)
    throw new MotherTongueError('ModelError', `${key} ${ids.length} times, and at most ${MOST_STOP_IDS} are used; leave the others out.`);
}

function stopIds(generation: unknown): number[] | undefined {
  if (generation === null || typeof generation !== 'object' || !('eos_token_id' in generation)) return undefined;
  const value = generation.eos_token_id;
  const ids = (Array.isArray(value) ? value : [value]).filter((id): id is number => Number.isInteger(id));
  return ids.length > 0 ? ids : undefined;
}

function padToken(config: unknown): string {
  const token = config !== null && typeof config === 'object' && 'pad_token' in config ? config.pad_token : undefined;
  if (typeof token === 'string') return token;
  return token !== null && typeof token === 'object' && 'content' in token && typeof token.content === 'string' ? token.content : '';
}
