/**
 * The Hub for the scripted engine: offers, a download that can be held, cancelled and gone on with, and models kept in the browser.
 * Scenarios: `partial` and `cached` (something is here already), `full` (storage too small), `gated`, `offline`, `family` (not one we run),
 * `breaks` (the download ends in the middle). Development and tests only; never in the product.
 */
import { MotherTongueError } from '../lib/errors.ts';
import { gptOss20b } from '../lib/known-models.ts';
import type { EngineEvent } from '../protocol/engine.ts';
import type { CachedModel, HubOffer, HubRepository, ModelSummary } from '../protocol/model.ts';
import type { PlanQuestion } from '../protocol/training.ts';
import { scriptedPlan } from './scripted-plan.ts';

const FILES = [
  { path: 'config.json', bytes: 1_806 },
  { path: 'tokenizer.json', bytes: 27_868_174 },
  { path: 'chat_template.jinja', bytes: 16_738 },
  { path: 'model.safetensors.index.json', bytes: 36_355 },
  { path: 'model-00000-of-00002.safetensors', bytes: 4_792_272_488 },
  { path: 'model-00001-of-00002.safetensors', bytes: 4_798_702_184 },
  { path: 'model-00002-of-00002.safetensors', bytes: 4_170_342_232 },
];
const TOTAL = FILES.reduce((sum, file) => sum + file.bytes, 0);
const COMMIT = '6cee5e81ee83917806bbde320786a8fb61efebee';

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Scripted {
  emit: (event: EngineEvent) => void;
  is(name: string): boolean;
  cancelled: Set<string>;
}

export class ScriptedHub {
  stored: number;
  paused = false;
  cached: CachedModel[];
  constructor(readonly script: Scripted) {
    this.stored = script.is('cached') ? TOTAL : script.is('partial') ? 8_804_682_957 : 0;
    this.cached = [];
    if (this.stored > 0) this.note({ repository: 'openai/gpt-oss-20b', revision: 'main', endpoint: 'https://huggingface.co' });
    if (script.is('cached')) {
      const another = {
        id: 'other',
        repository: 'someone/gpt-oss-20b-multilingual-reasoner',
        revision: 'v2',
        commit: 'b5c939de8f754692c1647ca79fbf85e8c1e70f8a',
      };
      this.cached.push({
        ...another,
        endpoint: 'https://hub.example.org',
        bytes: TOTAL,
        stored: 2 ** 31,
        complete: false,
        used: '2026-10-30T08:00:00Z',
      });
    }
  }

  note({ repository, revision, endpoint }: HubRepository): void {
    const id = `${repository}@${COMMIT}`;
    const complete = this.stored >= TOTAL;
    const entry = {
      id,
      repository,
      revision,
      commit: COMMIT,
      endpoint,
      bytes: TOTAL,
      stored: this.stored,
      complete,
      used: new Date().toISOString(),
    };
    this.cached = [entry, ...this.cached.filter((model) => model.id !== id)];
  }

  async offer(asked: HubRepository): Promise<HubOffer> {
    await wait(500);
    const { repository, revision, endpoint } = asked;
    if (this.script.is('offline'))
      throw new MotherTongueError(
        'FileError',
        `${new URL(endpoint).host} could not be reached; check the connection, or set another endpoint under More.`,
      );
    if (this.script.is('gated') && !asked.token)
      throw new MotherTongueError('FileError', `${repository} is gated or private; write a token that may read it under More.`);
    if (/missing/.test(repository))
      throw new MotherTongueError('FileError', `${new URL(endpoint).host} has no repository ${repository}; check its name.`);
    const available = this.script.is('full') ? 6 * 2 ** 30 : 212 * 2 ** 30;
    const config = this.script.is('family')
      ? { model_type: 'qwen3', num_hidden_layers: 36, hidden_size: 4096, vocab_size: 151936 }
      : gptOss20b;
    const blocker = this.script.is('full')
      ? `${repository} needs 12.8 GiB, but this browser lets the page keep only 6 GiB; free some disk space, or download it elsewhere and open its folder.`
      : this.script.is('family')
        ? 'The family qwen3 does not run here; this page runs gpt_oss.'
        : undefined;
    const offer = { repository, revision, endpoint, commit: COMMIT, files: FILES, bytes: TOTAL, stored: this.stored, config };
    return {
      ...offer,
      needed: TOTAL - this.stored,
      storage: { available, persisted: this.script.is('persisted') },
      ...(blocker && { blocker }),
    };
  }

  /** Two hundred pieces; a piece lasts 150 ms, or 5 ms with `fast`. */
  async download(asked: HubRepository): Promise<void> {
    const { script } = this;
    const piece = TOTAL / 200;
    script.cancelled.delete('model');
    this.pause(false);
    for (; this.stored < TOTAL; this.stored = Math.min(TOTAL, this.stored + piece)) {
      while (this.paused && !script.cancelled.has('model')) await wait(50);
      script.emit({
        type: 'progress',
        task: 'model',
        label: `Fetching ${this.file()}`,
        done: Math.round(this.stored),
        total: TOTAL,
        unit: 'bytes',
      });
      await wait(script.is('fast') ? 5 : 150);
      this.note(asked);
      const end = script.cancelled.has('model') ? 'cancel' : script.is('breaks') && this.stored > TOTAL * 0.3 ? 'break' : null;
      if (!end) continue;
      this.pause(false);
      script.emit({ type: 'progress-end', task: 'model' });
      if (end === 'cancel') throw new MotherTongueError('Cancelled', 'The download was cancelled.');
      throw new MotherTongueError(
        'FileError',
        `${this.file()} could not be fetched: the connection ended five times in a row; what is here stays, go on when it is back.`,
      );
    }
    this.note(asked);
    for (let done = 0; done <= 10; done += 1) {
      script.emit({
        type: 'progress',
        task: 'model',
        label: 'Putting the weights on the GPU',
        done: (TOTAL * done) / 10,
        total: TOTAL,
        unit: 'bytes',
      });
      await wait(script.is('fast') ? 5 : 200);
    }
    script.emit({ type: 'progress-end', task: 'model' });
  }

  pause(paused: boolean): void {
    this.paused = paused;
    this.script.emit({ type: 'download-paused', paused });
  }

  private file(): string {
    const ends = FILES.map((_, i) => FILES.slice(0, i + 1).reduce((sum, { bytes }) => sum + bytes, 0));
    return FILES[ends.findIndex((end) => this.stored < end)]?.path ?? FILES.at(-1)!.path;
  }
}

export function hubModel({ repository }: HubRepository, mini: ModelSummary): ModelSummary {
  const { about: _about, recommended: _recommended, ...rest } = mini;
  return {
    ...rest,
    source: 'hub',
    name: repository,
    parameters: 20_914_757_184,
    bytes: TOTAL,
    layers: 24,
    hidden_size: 2880,
    intermediate_size: 2880,
    heads: 64,
    kv_heads: 8,
    head_dim: 64,
    experts: 32,
    experts_per_token: 4,
    vocab_size: 201_088,
    sliding_window: 128,
    context: 131_072,
    examples: [],
  };
}

export function hubCalls(script: Scripted, hub: ScriptedHub, planConfig: () => Record<string, unknown> | null) {
  return {
    hubOffer: (repository: HubRepository) => hub.offer(repository),
    plan: async (question: PlanQuestion) => {
      await wait(script.is('slow') ? 900 : 15);
      return scriptedPlan({ ...question, config: question.config ?? planConfig() });
    },
    pauseDownload: async (paused: boolean) => hub.pause(paused),
    listCachedModels: async () => script.emit({ type: 'cached-models', models: [...hub.cached] }),
    deleteCachedModel: async (id: string) => {
      await wait(200);
      if (hub.cached.some((model) => model.id === id && id.startsWith('openai'))) hub.stored = 0;
      hub.cached = hub.cached.filter((model) => model.id !== id);
    },
  };
}
