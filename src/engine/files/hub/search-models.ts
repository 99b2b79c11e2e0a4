/**
 * Searching a Hub's models by words: `GET /api/models?search=...&sort=downloads&limit=...&expand=...` (huggingface.co/docs/hub/api), one request that
 * also brings family, counts of values by dtype, tags and gating of each. Anything may stand in the answer: an entry is read field by field, and what
 * is missing or of another kind is null. What runs here is judged by api/hub-search.ts. The client of npm @huggingface/hub is not used, as in
 * listing.ts: it follows the links of an answer with the token, wherever they lead.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import { isRecord } from '../../../protocol/rules.ts';
import { type Connection, get, HubFailure } from './connection.ts';

/** One entry of the answer, as far as it is readable. */
export interface ListedModel {
  repository: string;
  downloads: number | null;
  gated: boolean;
  private: boolean;
  tags: string[];
  /** What the listing has of config.json: family, architectures, quantisation; on some mirrors all of it. */
  config: Record<string, unknown>;
  /** Values by dtype as safetensors names it; null where there are no such files, or the Hub did not count them. */
  values: Record<string, number> | null;
}

export const SEARCH_LIMIT = 50;
/** 50 entries with their chat templates are some hundred kilobytes. */
const LARGEST_ANSWER = 16 * 2 ** 20;
const EXPANDED = ['downloads', 'gated', 'private', 'tags', 'config', 'safetensors'];

function searchAddress(endpoint: string, text: string): string {
  const query = new URLSearchParams({ search: text, sort: 'downloads', limit: String(SEARCH_LIMIT) });
  for (const name of EXPANDED) query.append('expand', name);
  return `${endpoint}/api/models?${query}`;
}

/** The readable entries, and whether the Hub gave as many as it was asked for. */
export async function searchModels(
  connection: Connection,
  text: string,
  signal: AbortSignal,
): Promise<{ models: ListedModel[]; cut: boolean }> {
  const { endpoint } = connection;
  try {
    const url = searchAddress(endpoint, text);
    const answer = await get(connection, url, { Accept: 'application/json' }, signal, (response, alive) =>
      readAll(response, alive, endpoint),
    );
    const entries = parse(answer, endpoint);
    return { models: readEntries(entries), cut: entries.length >= SEARCH_LIMIT };
  } catch (error) {
    if (error instanceof HubFailure) throw new MotherTongueError('FileError', sentence(error, connection));
    throw error;
  }
}

async function readAll(response: Response, alive: () => void, endpoint: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  const reader = response.body?.getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    alive();
    text += decoder.decode(piece.value, { stream: true });
    if (text.length > LARGEST_ANSWER) throw unreadable(endpoint);
  }
  return text + decoder.decode();
}

function parse(text: string, endpoint: string): unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unreadable(endpoint);
  }
  if (!Array.isArray(json)) throw unreadable(endpoint);
  return json;
}

function unreadable(endpoint: string): MotherTongueError {
  return new MotherTongueError('FileError', `The answer of ${endpoint} is no list of models as the Hub gives one; check the endpoint.`);
}

/** As the form takes them; a name that it refuses cannot be opened. */
const NAME = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/;
const MAX_TAGS = 1000;
const MAX_DTYPES = 40;

function readEntries(entries: readonly unknown[]): ListedModel[] {
  const byName = new Map<string, ListedModel>();
  for (const entry of entries.slice(0, SEARCH_LIMIT)) {
    const model = readEntry(entry);
    if (model && !byName.has(model.repository.toLowerCase())) byName.set(model.repository.toLowerCase(), model);
  }
  return [...byName.values()];
}

function readEntry(entry: unknown): ListedModel | null {
  if (!isRecord(entry)) return null;
  const { id, downloads, gated, tags, config, safetensors } = entry;
  if (typeof id !== 'string' || !NAME.test(id) || id.includes('..') || id.includes('--')) return null;
  return {
    repository: id,
    downloads: isCount(downloads) ? downloads : null,
    gated: gated === true || typeof gated === 'string',
    private: entry.private === true,
    tags: Array.isArray(tags) ? tags.slice(0, MAX_TAGS).filter((tag): tag is string => typeof tag === 'string') : [],
    config: isRecord(config) ? { ...config } : {},
    values: isRecord(safetensors) && isRecord(safetensors.parameters) ? counts(safetensors.parameters) : null,
  };
}

function counts(parameters: Readonly<Record<string, unknown>>): Record<string, number> | null {
  const found = Object.entries(parameters).slice(0, MAX_DTYPES);
  const good = found.filter((pair): pair is [string, number] => isCount(pair[1]));
  const total = good.reduce((sum, [, count]) => sum + count, 0);
  return good.length === found.length && total > 0 && Number.isSafeInteger(total) ? Object.fromEntries(good) : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function sentence({ status, message }: HubFailure, { endpoint, token }: Connection): string {
  if (status === 401 || status === 403) {
    return token
      ? `${endpoint} refuses this token (status ${status}); check it, or search without one.`
      : `${endpoint} answers searches only with a token (status ${status}); give one under "More".`;
  }
  if (status === 429) return `${endpoint} limits the rate of requests (status 429); search again in some minutes, or give a token.`;
  if (status === 404 || status === 405) return `${endpoint} has no search (status ${status}); check the endpoint.`;
  if (status >= 500) return `${endpoint} is in trouble (status ${status}); search again in a moment.`;
  if (status > 0) return `${endpoint} did not take these words (status ${status}); try others.`;
  return `${endpoint} could not be asked: ${message}; check the connection and search again.`;
}
