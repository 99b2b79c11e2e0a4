/** Readers of a model's folder, of the Hub's answers and of settings: what is accepted is whole, finite and within its bounds. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { readOwnSettings } from '../../src/engine/api/own-settings.ts';
import { formatOf } from '../../src/engine/chat/index.ts';
import { connect } from '../../src/engine/files/hub/connection.ts';
import { listRepository } from '../../src/engine/files/hub/listing.ts';
import { neededFiles } from '../../src/engine/files/hub/needed-files.ts';
import { bytesDirectory, type Directory } from '../../src/engine/files/source.ts';
import { parseModelConfig, withGenerationConfig } from '../../src/engine/models/config.ts';
import { Tokenizer } from '../../src/engine/tokens/tokenizer.ts';
import { readSettings } from '../../src/headless/read-settings.ts';
import { samplingProblems } from '../../src/protocol/sampling.ts';
import { settingProblems } from '../../src/protocol/setting-values.ts';
import { recall } from '../../src/state/persist.ts';
import { jsonLike, textLike } from './mutations.ts';
import { allFinite, check, checkSentence, type Parser, parser, type Reading } from './parser.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const json = (path: string): Record<string, unknown> => JSON.parse(read(path)) as Record<string, unknown>;
const MINI = 'public/models/mini';
const GPT_OSS = [`${MINI}/config.json`, 'e2e/fixtures/models/mxfp4-yarn/config.json', 'e2e/fixtures/models/f32-truncated-yarn/config.json'];
const SIZES = {
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 97,
};
const LLAMA3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
const CONFIGS: readonly Record<string, unknown>[] = [
  ...GPT_OSS.map(json),
  { model_type: 'qwen3', ...SIZES, head_dim: 32, tie_word_embeddings: true, rms_norm_eps: 1e-6 },
  { model_type: 'llama', ...SIZES, head_dim: 8, rope_theta: 500_000, rope_scaling: LLAMA3 },
  { model_type: 'gemma3_text', ...SIZES, sliding_window: 5, sliding_window_pattern: 2, rope_local_base_freq: 10_000 },
  { model_type: 'smollm3', ...SIZES, no_rope_layers: [0, 1, 1, 0] },
];
const folder = (files: Record<string, string>): Directory =>
  bytesDirectory('x', new Map(Object.entries(files).map(([path, text]) => [path, new Uint8Array(new TextEncoder().encode(text))])));

const modelConfig = (text: string): Reading => {
  const config = parseModelConfig(text, 'x');
  for (const name of ['hidden_size', 'num_hidden_layers', 'vocab_size', 'num_attention_heads'] as const) {
    const value = (config as unknown as Record<string, unknown>)[name];
    check(value === undefined || (Number.isSafeInteger(value) && (value as number) > 0), `${name} is ${String(value)}`);
  }
  for (const [key, value] of Object.entries(config)) check(allFinite(value), `${key} is not finite`);
  return 'accepted';
};

const base = parseModelConfig(JSON.stringify(CONFIGS[0]), 'x');
const generation = async (text: string): Promise<Reading> => {
  const config = await withGenerationConfig(base, folder({ 'generation_config.json': text }));
  check(
    config.eos_token_ids.every((id) => Number.isSafeInteger(id) && id >= 0),
    `ends with ${JSON.stringify(config.eos_token_ids)}`,
  );
  check(
    config.pad_token_id === undefined || config.pad_token_id === null || Number.isSafeInteger(config.pad_token_id),
    'a pad that is no id',
  );
  return 'accepted';
};

const ownSettings = async (text: string): Promise<Reading> => {
  const own = await readOwnSettings(folder({ 'settings.json': text }), {});
  for (const note of own.notes) checkSentence(note);
  check(
    own.questions.every((question) => typeof question === 'string'),
    'a question that is no text',
  );
  if (own.recommended) readSettings(own.recommended, 'x', '2025-08-05'); // all of them can be used
  return own.recommended && Object.keys(own.recommended).length > 0 ? 'accepted' : 'refused';
};

const settings = (text: string): Reading => {
  const parsed = JSON.parse(text) as Record<string, unknown>;
  const { settings: made } = readSettings(parsed, 'x', '2025-08-05');
  check(settingProblems(made).length === 0 && allFinite(made), 'settings that have problems');
  return 'accepted';
};
/** Objects only: headless refuses the rest before. */
const objects = (bases: readonly unknown[]): fc.Arbitrary<string> =>
  jsonLike(bases).map((text) => {
    try {
      const value = JSON.parse(text) as unknown;
      return value !== null && typeof value === 'object' && !Array.isArray(value) ? text : '{}';
    } catch {
      return '{}';
    }
  });
const own = json(`${MINI}/settings.json`);
const NAMED = [
  own.settings,
  { learning_rate: 2e-4, max_steps: 10, lr_scheduler_kwargs: { min_lr_rate: 0.1 }, r: 8, target_modules: 'all-linear' },
];

const sampling = (text: string): Reading => {
  const given = JSON.parse(text) as unknown;
  const problems = samplingProblems(given);
  for (const problem of problems) checkSentence(`${problem}.`);
  if (problems.length === 0) check(allFinite(given), 'a setting that is not finite');
  return problems.length === 0 ? 'accepted' : 'refused';
};

/** A small byte-level BPE tokenizer: the bundled one with its first merges. */
const whole = json(`${MINI}/tokenizer.json`);
const model = whole.model as { vocab: Record<string, number>; merges: unknown[] };
const vocab = Object.fromEntries(Object.entries(model.vocab).filter(([, id]) => id < 300));
const small = { ...whole, model: { ...model, vocab, merges: model.merges.slice(0, 40) } };
const tokenizer = (text: string): Reading => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'refused'; // open-text.ts says so before
  }
  const made = new Tokenizer({ tokenizer: parsed, config: {}, generation: null, stop_tokens: ['<|return|>'] });
  check(Number.isSafeInteger(made.size) && made.size >= 0 && made.size < 2 ** 24, `${made.size} tokens`);
  for (const id of made.encodeText('Zwei plus 2 ist\n4.')) {
    check(Number.isSafeInteger(id) && id >= 0 && id < made.size, `the id ${id} of ${made.size}`);
    check(typeof made.tokenText(id) === 'string', 'a token without text');
  }
  return 'accepted';
};

const template = (text: string): Reading => {
  const format = formatOf({
    template: { text, sha256: '' },
    file: 'chat_template.jinja',
    controls: ['<|end|>'],
    tokens: {},
    run: undefined,
  });
  check(typeof format.identity(text) === 'string' && format.templates.length > 0, 'no identity');
  return format.name === 'harmony' ? 'accepted' : 'refused';
};

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const TREE = [
  { type: 'file', path: 'config.json', size: 100, oid: COMMIT },
  { type: 'file', path: 'tokenizer.json', size: 100, oid: COMMIT, lfs: { oid: 'a'.repeat(64), size: 100, pointerSize: 134 } },
  { type: 'directory', path: 'original', size: 0 },
  { type: 'file', path: 'model.safetensors', size: 135, lfs: { oid: `sha256:${'b'.repeat(64)}`, size: 10_000_000_000 } },
];
const INDEX = JSON.stringify({ weight_map: { a: 'model-1.safetensors' } });
const RETRY = { stall: 50_000, firstWait: 0, longestWait: 0, rateLimited: 0, longestAsked: 0, attempts: 1 };

/** The Hub's three answers: the revision, the list of files, and the index of shards. */
const hub = async ([info, tree, link]: readonly [string, string, string]): Promise<Reading> => {
  const real = globalThis.fetch;
  globalThis.fetch = async (input) => {
    const url = String(input);
    const isTree = url.includes('/tree/');
    return new Response(isTree ? tree : info, { headers: isTree && !url.includes('cursor') && link !== '' ? { Link: link } : {} });
  };
  try {
    const signal = new AbortController().signal;
    const listing = await listRepository(connect('https://hub.example', 'a/b', undefined, RETRY), 'main', signal);
    check(/^[0-9a-f]{40}$/.test(listing.commit), 'a commit that is none');
    for (const { path, size, sha1, sha256 } of listing.files) {
      check(Number.isSafeInteger(size) && size >= 0, `${path} has ${size} bytes`);
      check((sha1 === undefined || sha1.length === 40) && (sha256 === undefined || sha256.length === 64), 'a hash that is none');
    }
    const needed = await neededFiles('a/b', listing, async () => INDEX);
    check(
      needed.every((file) => listing.files.includes(file)),
      'a file that is not listed',
    );
    return 'accepted';
  } finally {
    globalThis.fetch = real;
  }
};
const answers = fc.oneof(
  fc.tuple(jsonLike([{ sha: COMMIT }]), fc.constant(JSON.stringify(TREE)), fc.constant('')),
  fc.tuple(fc.constant(JSON.stringify({ sha: COMMIT })), jsonLike([TREE]), fc.constant('')),
  fc.tuple(
    fc.constant(JSON.stringify({ sha: COMMIT })),
    fc.constant(JSON.stringify(TREE)),
    textLike(['<https://hub.example/x?cursor=2>; rel="next"']).map((text) => text.replaceAll(/[^\t\x20-\x7e]/g, '').trim()),
  ),
);

const kept = { language: '', size: 3, open: true, list: ['a'], nested: { a: 1, b: 'x' }, nothing: null as unknown };
/** Kept choices: whatever was stored, the shape is that of the defaults. */
const persisted = (text: string): Reading => {
  const found = recall('x', kept, { getItem: () => text, setItem: () => undefined });
  check(Object.keys(found).join() === Object.keys(kept).join(), 'other keys');
  for (const key of ['language', 'size', 'open'] as const) check(typeof found[key] === typeof kept[key], `${key} of another kind`);
  check(Array.isArray(found.list) && typeof found.nested.a === 'number' && typeof found.nested.b === 'string', 'other kinds');
  return found.size === 3 ? 'refused' : 'accepted';
};

export const modelParsers: Parser[] = [
  parser('config.json', 301, jsonLike(CONFIGS), modelConfig),
  parser(
    'generation_config.json',
    302,
    jsonLike([json(`${MINI}/generation_config.json`), { eos_token_id: [1, 2], pad_token_id: 0 }]),
    generation,
  ),
  parser('settings.json', 303, jsonLike([own]), ownSettings),
  parser('settings by name', 304, objects(NAMED), settings),
  parser('sampling', 305, objects([{ temperature: 1, top_p: 1, top_k: 0, min_p: 0, max_new_tokens: 10, seed: 0 }]), sampling),
  parser('tokenizer.json', 306, jsonLike([small]), tokenizer),
  parser('chat template', 307, textLike([read(`${MINI}/chat_template.jinja`), '{{ messages }}']), template),
  parser('answers of the Hub', 308, answers, hub),
  parser('kept choices', 309, jsonLike([{ ...kept, size: 4, list: ['b'] }]), persisted),
];
