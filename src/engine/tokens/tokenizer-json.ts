/**
 * What this engine asks of a `tokenizer.json`: byte-level BPE, as all gpt-oss tokenizers are. Checked at load, so that a wrong file is one
 * sentence and not wrong ids. Also adapts its regular expressions, which are written for Rust, to JavaScript.
 */
import { MotherTongueError } from '../../lib/errors.ts';

export interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

export interface TokenizerJson {
  added_tokens: AddedToken[];
  pre_tokenizer: unknown;
  decoder: unknown;
  [key: string]: unknown;
}

export function checkTokenizerJson(value: unknown): TokenizerJson {
  const json = object(value);
  const model = object(json?.model);
  if (!json || !model) throw unfit('is not a tokenizer file');
  if (model.type !== undefined && model.type !== 'BPE') throw unfit(`describes a ${String(model.type)} tokenizer, not byte-level BPE`);
  if (!object(model.vocab) || !Array.isArray(model.merges)) throw unfit('has no vocabulary or no merges');
  if (!JSON.stringify(json.decoder ?? null).includes('"ByteLevel"')) throw unfit('does not decode bytes (no ByteLevel decoder)');
  if (!Array.isArray(json.added_tokens)) throw unfit('has no list of added tokens');
  for (const token of json.added_tokens) {
    const added = object(token);
    if (!added || !Number.isInteger(added.id) || typeof added.content !== 'string') throw unfit('has an added token without id or content');
  }
  return json as TokenizerJson;
}

/**
 * Rust's `\s` is the Unicode White_Space property: with U+0085, without U+FEFF, the reverse of JavaScript's. And its case folding lets `'s`
 * match the long s (U+017F). Both reach real text (old Mac line ends, byte order marks), so the split patterns are spelled out.
 */
export function withRustWhitespace(json: TokenizerJson): TokenizerJson {
  return { ...json, pre_tokenizer: rewrite(json.pre_tokenizer) };
}

function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite);
  const entries = object(value);
  if (!entries) return value;
  return Object.fromEntries(
    Object.entries(entries).map(([key, entry]) => [key, key === 'Regex' && typeof entry === 'string' ? spell(entry) : rewrite(entry)]),
  );
}

const WHITE_SPACE = '\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

function spell(pattern: string): string {
  let spelled = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const two = pattern.slice(i, i + 2);
    if (two[0] === '\\') {
      i++;
      if (two === '\\s') spelled += inClass ? WHITE_SPACE : `[${WHITE_SPACE}]`;
      else if (two === '\\S' && !inClass) spelled += `[^${WHITE_SPACE}]`;
      else spelled += two;
      continue;
    }
    if (two[0] === '[') inClass = true;
    if (two[0] === ']') inClass = false;
    spelled += two[0];
  }
  return spelled;
}

function object(value: unknown): Record<string, unknown> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function unfit(what: string): MotherTongueError {
  return new MotherTongueError('ModelError', `tokenizer.json ${what}; use the tokenizer.json that came with the model.`);
}
