/**
 * What this engine asks of a `tokenizer.json`: byte-level BPE, as gpt-oss's is. Checked at load, so that a wrong file is one
 * sentence and not wrong ids.
 */
import { MotherTongueError } from '../../lib/errors.ts';

export interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

export interface TokenizerJson {
  added_tokens: AddedToken[];
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

function object(value: unknown): Record<string, unknown> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function unfit(what: string): MotherTongueError {
  return new MotherTongueError('ModelError', `tokenizer.json ${what}; use the tokenizer.json that came with the model.`);
}
