/**
 * What this engine asks of a `tokenizer.json`: BPE over bytes (gpt-oss, Qwen, Llama 3, DeepSeek) or over characters with bytes for the rest, as
 * SentencePiece writes it (Gemma). Checked at load, so that a wrong file is one sentence and not wrong ids.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { shown } from '../../lib/shown.ts';

export interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

export interface TokenizerJson {
  added_tokens: AddedToken[];
  model: { vocab: Record<string, number>; unk_token?: unknown };
  decoder: unknown;
  [key: string]: unknown;
}

/** No vocabulary has as many ids; tables over ids have this length at most. */
const MOST_IDS = 2 ** 22;
/** Added tokens are names and runs of spaces. */
const LONGEST_ADDED = 1024;

/** Files that went through all checks, which take as long as reading them. */
const fit = new WeakSet<object>();

export function checkTokenizerJson(value: unknown): TokenizerJson {
  const json = object(value);
  if (json && fit.has(json)) return json as unknown as TokenizerJson;
  const model = object(json?.model);
  if (!json || !model) throw unfit('is not a tokenizer file');
  if (model.type !== undefined && model.type !== 'BPE')
    throw unfit(`describes a ${typeof model.type === 'string' ? model.type : shown(model.type)} tokenizer, not byte-pair encoding`);
  const vocab = object(model.vocab);
  if (!vocab || !Array.isArray(model.merges)) throw unfit('has no vocabulary or no merges');
  if (spellingOf(json.decoder) === null) throw unfit('does not decode bytes (no ByteLevel or ByteFallback decoder)');
  if (!Array.isArray(json.added_tokens)) throw unfit('has no list of added tokens');
  for (const token of json.added_tokens) {
    const added = object(token);
    if (!added || !Number.isInteger(added.id) || typeof added.content !== 'string') throw unfit('has an added token without id or content');
    if (added.content.length > LONGEST_ADDED)
      throw unfit(`has an added token of ${added.content.length} characters, more than ${LONGEST_ADDED}`);
    checkId(added.content, added.id);
  }
  checkIds(vocab, json.added_tokens as AddedToken[]);
  const isPrefixed = typeof model.continuing_subword_prefix === 'string' && model.continuing_subword_prefix !== '';
  for (const merge of model.merges) {
    if (!isMerge(merge)) throw unfit('has a merge that is not two tokens');
    const [left, right] = typeof merge === 'string' ? (merge.split(' ', 2) as [string, string]) : merge;
    const made = left + right;
    if (!isPrefixed && !Object.hasOwn(vocab, made))
      throw unfit(`merges tokens to ${JSON.stringify(made.slice(0, 40))}, which its vocabulary lacks`);
  }
  fit.add(json);
  return json as unknown as TokenizerJson;
}

function checkId(token: string, id: unknown): void {
  if (Number.isInteger(id) && (id as number) >= 0 && (id as number) < MOST_IDS) return;
  const name = token.length > 40 ? `${token.slice(0, 40)}…` : token;
  throw unfit(`gives "${name}" the id ${shown(id).slice(0, 40)}, which is not a whole number from 0 to ${MOST_IDS - 1}`);
}

/** Two texts of one id: one of them would be written and never read. An added token may stand in the vocabulary as well. */
function checkIds(vocab: Readonly<Record<string, unknown>>, added: readonly AddedToken[]): void {
  const named: (string | undefined)[] = [];
  const name = (token: string, id: number): void => {
    const other = named[id];
    if (other !== undefined && other !== token)
      throw unfit(`gives ${JSON.stringify(other.slice(0, 40))} and ${JSON.stringify(token.slice(0, 40))} the same id ${id}`);
    named[id] = token;
  };
  for (const token of Object.keys(vocab)) {
    const id = vocab[token];
    checkId(token, id);
    name(token, id as number); // just checked
  }
  for (const { content, id } of added) name(content, id);
}

/** `"a b"`, or since 2024 `["a", "b"]`. */
function isMerge(merge: unknown): merge is string | [string, string] {
  if (typeof merge === 'string') return merge.includes(' ');
  return Array.isArray(merge) && merge.length === 2 && typeof merge[0] === 'string' && typeof merge[1] === 'string';
}

/**
 * How the vocabulary spells bytes: each as a printable character, or characters as they are with `\u2581` for a space and `<0x0A>` for a byte. The decoder
 * says so, by itself or in a sequence; sequences of sequences are not looked into further than anybody writes them.
 */
export function spellingOf(decoder: unknown, depth = 0): 'byte-level' | 'byte-fallback' | null {
  const step = object(decoder);
  if (step?.type === 'ByteLevel') return 'byte-level';
  if (step?.type === 'ByteFallback') return 'byte-fallback';
  if (depth >= 8 || !Array.isArray(step?.decoders)) return null;
  return step.decoders.map((inner) => spellingOf(inner, depth + 1)).find((found) => found !== null) ?? null;
}

/** Whether text becomes NFC before it is cut into tokens. */
export function composesText(normalizer: unknown, depth = 0): boolean {
  const step = object(normalizer);
  if (step?.type === 'NFC') return true;
  return depth < 8 && Array.isArray(step?.normalizers) && step.normalizers.some((inner) => composesText(inner, depth + 1));
}

/** Spellings of the control tokens of a tokenizer.json. */
export function controlsOf(value: unknown): string[] {
  return checkTokenizerJson(value)
    .added_tokens.filter(isControl)
    .map(({ content }) => content);
}

/** Control tokens: those that the file says are special, and those spelled as such (DeepSeek's `<\uff5cUser\uff5c>` has no flag). */
export function isControl({ special, content }: AddedToken): boolean {
  return special || /^<\uff5c.*\uff5c>$/su.test(content);
}

function object(value: unknown): Record<string, unknown> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

export function unfit(what: string): MotherTongueError {
  return new MotherTongueError('ModelError', `tokenizer.json ${what}; use the tokenizer.json that came with the model.`);
}
