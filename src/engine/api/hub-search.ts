/**
 * The Hub's models by words, each judged before it is offered: whether this program runs its family and reads its weights, from what the listing
 * says. The last word has the offer (hub.ts), which reads the repository's own config.json and file list.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { type KnownModel, knownModels } from '../../lib/known-models.ts';
import type { FoundModel, HubFindings, HubQuestion } from '../../protocol/hub-search.ts';
import { isRecord } from '../../protocol/rules.ts';
import { connect, RETRY_POLICY, type RetryPolicy } from '../files/hub/connection.ts';
import { type ListedModel, searchModels } from '../files/hub/search-models.ts';
import { families } from '../models/index.ts';
import type { EngineState } from './engine-state.ts';
import { checkEndpoint, judge } from './hub.ts';

/** Who searched sees what went wrong at once, and searches again. */
const ONCE: RetryPolicy = { ...RETRY_POLICY, stall: 10_000, attempts: 1 };
const LONGEST_TEXT = 200;

/** A newer search cancels an older one, and so does the page when the endpoint changes. */
export async function searchHub(engine: EngineState, given: HubQuestion): Promise<HubFindings> {
  const { endpoint, token } = checkEndpoint(given);
  const text = given.text.trim();
  if (text === '' || text.length > LONGEST_TEXT) {
    const range = `Search for a part of a name, of 1 to ${LONGEST_TEXT} characters`;
    throw new MotherTongueError('SettingsError', `${range}, for example qwen3.`);
  }
  const { host } = new URL(endpoint);
  return engine.task('hub-search', `Searching ${host}`, 'bytes', async (signal) => {
    try {
      const { models, cut } = await searchModels(connect(endpoint, '', token, ONCE), text, signal);
      return { text, endpoint, models: models.map(judged), cut };
    } catch (error) {
      if (signal.aborted) throw new MotherTongueError('Cancelled', `The search at ${host} was cancelled.`);
      throw error;
    }
  });
}

function judged(listed: ListedModel): FoundModel {
  const { repository, downloads, gated, config, values } = listed;
  const family = typeof config.model_type === 'string' ? config.model_type.slice(0, 60) : null;
  const parameters = values && Object.values(values).reduce((sum, count) => sum + count, 0);
  const problem = problemOf(listed, family);
  const planned = problem ? { config: null } : planable(listed, family, parameters);
  return {
    repository,
    downloads,
    licence: licenceOf(listed.tags),
    parameters,
    bytes: values && bytesOf(values),
    gated,
    private: listed.private,
    family,
    ...planned,
    ...(problem && { problem }),
  };
}

/** Dtypes that are read as they are; a buffer of another kind beside the weights is no matter. */
const PLAIN = new Set(['BF16', 'F16', 'F32']);
const BUFFERS = 0.01;

/** Why it does not run here, as far as the listing tells. */
function problemOf({ repository, tags, config, values }: ListedModel, family: string | null): string | undefined {
  const has = (tag: string): boolean => tags.includes(tag);
  if (family === null) {
    if (has('peft') || has('adapter')) return 'An adapter; choose the model that it was trained on, then open the adapter in Runs.';
    return has('gguf')
      ? 'Only GGUF files, which are not read here; choose the original model.'
      : 'Its config.json names no architecture, so it is no model that runs here.';
  }
  if (!Object.hasOwn(families, family)) return `A ${family} model; this architecture does not run here.`;
  const classes = Array.isArray(config.architectures) ? config.architectures.filter((name) => typeof name === 'string') : [];
  if (classes.length > 0 && !classes.some((name) => name.endsWith('ForCausalLM')))
    return `A ${classes.join(', ').slice(0, 60)}, which writes no text.`;
  if (!has('safetensors') && !values) return 'No safetensors files; choose a copy of it that has them.';
  const quantization = config.quantization_config;
  const method = isRecord(quantization) && typeof quantization.quant_method === 'string' ? quantization.quant_method : null;
  if (quantization != null && method !== 'mxfp4') return packed(method ?? 'in a form of its own');
  const total = values ? Object.values(values).reduce((sum, count) => sum + count, 0) : 0;
  const odd = Object.entries(values ?? {}).filter(([dtype]) => !PLAIN.has(dtype));
  if (!method && odd.reduce((sum, [, count]) => sum + count, 0) > BUFFERS * total)
    return packed(odd.map(([dtype]) => dtype.slice(0, 12)).join(', '));
  return isWhole(config) ? judge(repository)(JSON.stringify(config)) : undefined;
}

function packed(how: string): string {
  return `Its weights are packed (${how.slice(0, 40)}), which is not read here; choose the original model.`;
}

/** A mirror may list the whole config.json. */
function isWhole(config: Record<string, unknown>): boolean {
  return Number.isSafeInteger(config.hidden_size) && Number.isSafeInteger(config.num_hidden_layers);
}

/** Most repositories are fine-tunes of the few known ones: same family and same count of values, where a tied head may be stored or not. */
function planable(
  { repository, config }: ListedModel,
  family: string | null,
  parameters: number | null,
): Pick<FoundModel, 'config' | 'sizes_of'> {
  if (isWhole(config)) return { config };
  const id = repository.toLowerCase();
  const alike = knownModels.filter((model) => model.config.model_type === family);
  const withHead = ({ config: { vocab_size, hidden_size, tie_word_embeddings }, parameters: values }: KnownModel): number =>
    values + (tie_word_embeddings === false ? 0 : Number(vocab_size) * Number(hidden_size));
  const known =
    knownModels.find((model) => model.repository.toLowerCase() === id) ??
    alike.find((model) => parameters === model.parameters) ??
    alike.find((model) => parameters === withHead(model));
  if (!known) return { config: null };
  return known.repository.toLowerCase() === id ? { config: known.config } : { config: known.config, sizes_of: known.repository };
}

function licenceOf(tags: readonly string[]): string | null {
  const tag = tags.find((one) => /^license:[\w.+-]{1,40}$/.test(one));
  return tag ? tag.slice('license:'.length) : null;
}

/** By the digits of the dtype's name: F8_E4M3 and U8 have 8 bits, BOOL has none named. */
function bytesOf(values: Readonly<Record<string, number>>): number {
  const bits = (dtype: string): number => Number(/^[A-Z]+(\d+)/.exec(dtype)?.[1] ?? 8);
  return Object.entries(values).reduce((sum, [dtype, count]) => sum + (count * bits(dtype)) / 8, 0);
}
