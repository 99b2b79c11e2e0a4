/**
 * What the tests of this folder share: a small sharded repository as files of the Hub-like server (e2e/hub), times in milliseconds instead of
 * seconds, and a download in one call.
 */
import { askHub, type HubAnswer } from './ask-hub.ts';
import { type Connection, connect, type RetryPolicy } from './connection.ts';
import type { Disk } from './disk.ts';
import { fetchModel } from './fetch-model.ts';
import { type ModelRecord, modelId } from './model-cache.ts';
import { PauseSignal } from './pause-signal.ts';

export const PART = 16 * 1024;
export const REPOSITORY = 'someone/small-gpt-oss';
export const SHARDS = ['model-00000-of-00002.safetensors', 'model-00001-of-00002.safetensors'] as const;
/** Ten parts and a bit, so that the last part is short. */
export const SHARD_BYTES = 10 * PART + 1234;

export const QUICK: RetryPolicy = { stall: 50_000, firstWait: 1, longestWait: 4, rateLimited: 20, longestAsked: 300, attempts: 4 };

export const INDEX_JSON = JSON.stringify({
  metadata: { total_size: 2 * SHARD_BYTES },
  weight_map: { 'model.embed_tokens.weight': SHARDS[0], 'lm_head.weight': SHARDS[1], 'model.norm.weight': SHARDS[0] },
});

export interface Download {
  disk: Disk;
  endpoint: string;
  revision?: string;
  token?: string;
  signal?: AbortSignal;
  pause?: PauseSignal;
  retry?: Partial<RetryPolicy>;
  onProgress?: (done: number, total: number, label: string) => void;
}

export interface Downloaded {
  id: string;
  record: ModelRecord;
  labels: string[];
}

/** Asks and fetches, as api/hub.ts does. Rejects as fetchModel does. */
export async function download(options: Download): Promise<Downloaded> {
  const { disk, endpoint, revision = 'main', signal = new AbortController().signal, pause = new PauseSignal() } = options;
  const connection = connection_(options);
  const id = await modelId({ repository: REPOSITORY, revision, endpoint });
  const ask = (): Promise<HubAnswer> => askHub(connection, revision, disk, id, () => undefined, signal);
  const labels: string[] = [];
  const onProgress = (done: number, total: number, label: string): void => {
    if (labels.at(-1) !== label) labels.push(label);
    options.onProgress?.(done, total, label);
  };
  const record = await fetchModel(disk, id, connection, revision, await ask(), ask, { pause, signal, onProgress, part: PART });
  return { id, record, labels };
}

function connection_({ endpoint, token, retry }: Download): Connection {
  return connect(endpoint, REPOSITORY, token, { ...QUICK, ...retry });
}
