/**
 * An engine that follows a script, so that every state of every screen can be seen and tested without a GPU, a model or a worker.
 * Loaded by `?scripted` in development and by tests; never in the product. The value of the parameter picks the scenario, several with
 * commas: `nogpu`, `nan`, `noroom`, `columns` (unknown schema), `badmodel`, `slow` (loading lasts), `lost`, `empty` (no dataset), `fast`;
 * those of the Hub are in scripted-hub.ts.
 */
import { MotherTongueError } from '../lib/errors.ts';
import { gptOss20b } from '../lib/known-models.ts';
import type { DatasetSummary } from '../protocol/dataset.ts';
import type { EngineApi, EngineEvent } from '../protocol/engine.ts';
import type { AdapterSummary, DeviceSummary, ModelSummary } from '../protocol/model.ts';
import type { RunReadiness, TrainingSettings } from '../protocol/training.ts';
import { hubCalls, hubModel, ScriptedHub } from './scripted-hub.ts';
import { conversationOf, detailOf, problemsOf, segmentsOf, summaryOf, tokensOf } from './scripted-rows.ts';
import { emptyRun, probe, stepMetrics, streamAnswers } from './scripted-run.ts';

const ROWS = 640;

const device: DeviceSummary = {
  vendor: 'apple',
  architecture: 'metal-3',
  device: '',
  description: 'Apple M4 Max',
  software: false,
  features: ['shader-f16', 'subgroups', 'timestamp-query'],
  limits: {
    maxBufferSize: 4 * 2 ** 30,
    maxStorageBufferBindingSize: 4 * 2 ** 30,
    maxStorageBuffersPerShaderStage: 10,
    maxComputeWorkgroupStorageSize: 32768,
    maxComputeInvocationsPerWorkgroup: 1024,
    maxComputeWorkgroupsPerDimension: 65535,
  },
};

const model: ModelSummary = {
  source: 'bundled',
  name: 'mother-tongue-mini',
  family: 'gpt_oss',
  parameters: 1_518_240,
  bytes: 1_881_408,
  layers: 4,
  hidden_size: 128,
  intermediate_size: 128,
  heads: 4,
  kv_heads: 2,
  head_dim: 32,
  experts: 4,
  experts_per_token: 2,
  vocab_size: 2048,
  sliding_window: 64,
  context: 512,
  quantization: 'MXFP4 experts, bf16 elsewhere',
  about:
    'A very small model made for this page. It knows the capitals, continents and languages of about a hundred countries and sums of two small numbers, in English, Spanish, French, Italian and German. It answers in the language of the question, but always reasons in English. It knows nothing else.',
  examples: [
    '¿Cuál es la capital de Francia?',
    'What is the capital of Norway?',
    'Wie viel ist 23 + 48?',
    'In quale continente si trova il Kenya?',
  ],
  recommended: {
    learning_rate: 4e-3,
    r: 8,
    lora_alpha: 16,
    per_device_train_batch_size: 8,
    num_train_epochs: 1,
    max_length: 256,
    warmup_steps: 0.1,
    min_lr_rate: 0.05,
    adam_beta2: 0.99,
    assistant_only_loss: true,
    template: 'trl',
    adherence_steps: 10,
  },
};

const adapter: AdapterSummary = {
  name: 'mother-tongue-mini-lora',
  origin: 'trained',
  r: 8,
  lora_alpha: 16,
  target_modules: ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
  target_parameters: [],
  parameters: 28_672,
  bytes: 117_408,
  base_model: 'mother-tongue-mini',
};

const KERNELS = [
  'embed-rows',
  'rms-norm',
  'linear-bf16',
  'linear-mxfp4',
  'rotary',
  'attention',
  'router',
  'moe-gate-up',
  'swiglu',
  'moe-down',
  'head-loss',
  'adamw',
  'clip',
  'sample',
];

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Everything the script keeps between calls. */
class Script {
  emit: (event: EngineEvent) => void = () => {};
  paused = false;
  stopped = false;
  asking = new AbortController();
  cancelled = new Set<string>();
  hasAdapter = false;
  fromHub = false;
  constructor(readonly scenario: string) {}

  is(name: string): boolean {
    return this.scenario.split(',').includes(name);
  }

  async progress(task: string, label: string, total: number, unit: 'bytes' | 'rows' | 'kernels', ms: number): Promise<void> {
    const time = this.is('slow') && task !== 'self-test' ? 60_000 : ms;
    this.cancelled.delete(task);
    for (let i = 0; i <= 20; i += 1) {
      if (this.cancelled.has(task)) {
        this.emit({ type: 'progress-end', task });
        throw new MotherTongueError('Cancelled', `${label} was cancelled.`);
      }
      this.emit({ type: 'progress', task, label, done: Math.round((total * i) / 20), total, unit });
      await wait(time / 20);
    }
    this.emit({ type: 'progress-end', task });
  }
}

export function createScriptedEngine(scenario: string): EngineApi {
  const script = new Script(scenario);
  const hub = new ScriptedHub(script);
  const loadedConfig = () => (script.fromHub ? gptOss20b : null);
  return {
    ...modelCalls(script, hub),
    ...hubCalls(script, hub, loadedConfig),
    ...dataCalls(script),
    ...runCalls(script),
    ...adapterCalls(script),
  };
}

function modelCalls(script: Script, hub: ScriptedHub) {
  return {
    async start(listen: (event: EngineEvent) => void) {
      script.emit = listen;
      await wait(60);
      if (script.is('nogpu')) {
        listen({
          type: 'device',
          device: null,
          problem: { reason: 'no-webgpu', message: 'This browser does not offer WebGPU, which the model needs to run on your GPU.' },
        });
        return;
      }
      listen({ type: 'device', device, problem: null });
      if (script.is('lost'))
        setTimeout(() => listen({ type: 'device-lost', message: 'The GPU was reset by its driver while it was working.' }), 1500);
    },
    async reopenDevice() {
      await wait(1200);
      script.emit({ type: 'device', device, problem: null });
    },
    async selfTest() {
      for (const [i, kernel] of KERNELS.entries()) {
        await wait(70);
        script.emit({ type: 'progress', task: 'self-test', label: 'Testing kernels', done: i, total: KERNELS.length, unit: 'kernels' });
        const bad = script.is('badkernel') && i === 5;
        script.emit({
          type: 'self-test',
          result: {
            kernel: `${kernel}.forward`,
            title: kernel.replaceAll('-', ' '),
            error: bad ? 3e-2 : 1e-7 * (i + 1),
            tolerance: 1e-5,
            passed: !bad,
          },
        });
      }
      script.emit({ type: 'progress-end', task: 'self-test' });
      return { passed: KERNELS.length, failed: 0 };
    },
    async loadModel(source: Parameters<EngineApi['loadModel']>[0]) {
      if (script.is('nogpu')) throw new MotherTongueError('DeviceError', 'No GPU to load the model on.');
      if (source.kind === 'hub') {
        await hub.download(source);
        script.fromHub = true;
        const fetched = hubModel(source, model);
        script.emit({ type: 'model', model: fetched });
        return fetched;
      }
      await script.progress(
        'model',
        source.kind === 'folder' ? `Reading ${source.name}` : 'Reading the bundled model',
        1_881_408,
        'bytes',
        300,
      );
      if (source.kind === 'folder' || script.is('badmodel')) {
        throw new MotherTongueError(
          'ModelError',
          'model-00001-of-00002.safetensors lacks the tensor model.layers.18.mlp.router.weight; download that file again.',
        );
      }
      script.fromHub = false;
      script.emit({ type: 'model', model });
      return model;
    },
    async cancel(task: string) {
      script.cancelled.add(task);
    },
    async loadPeer(source: Parameters<EngineApi['loadPeer']>[0]) {
      await script.progress('peer', 'Loading the peer model', 52_000_000, 'bytes', 800);
      const name = source.kind === 'hub' ? source.repo : source.name;
      script.emit({ type: 'peer', name });
      return name;
    },
    async removePeer() {
      script.emit({ type: 'peer', name: null });
    },
  };
}

function dataCalls(script: Script) {
  const summary = (name: string): DatasetSummary => {
    const languages: Record<string, number> = {};
    for (let i = 0; i < ROWS; i += 1) {
      const key = conversationOf(i).reasoning_language ?? '';
      languages[key] = (languages[key] ?? 0) + 1;
    }
    const problems = [17, 84, 205].flatMap(problemsOf);
    const columns = ['reasoning_language', 'developer', 'user', 'analysis', 'final', 'messages'];
    return { name, format: 'jsonl', schema: 'multilingual-thinking', columns, rows: ROWS, bytes: 412_000, languages, problems };
  };
  return {
    async readDataset(source: Parameters<EngineApi['readDataset']>[0], mapping?: Parameters<EngineApi['readDataset']>[1]) {
      if (script.is('empty'))
        throw new MotherTongueError('DatasetError', 'thoughts.jsonl has no rows; choose a file with at least one row.');
      await script.progress('dataset', 'Reading rows', ROWS, 'rows', 200);
      let read = summary(
        source.kind === 'bundled' ? 'Bundled thoughts in five languages' : source.kind === 'url' ? source.url : source.name,
      );
      if (script.is('columns') && !mapping) {
        const example = {
          id: 1,
          instruction: 'Cuál es la capital de Francia?',
          steps: 'Se pregunta por la capital de Francia.',
          reply: 'París.',
          lang: 'Spanish',
        };
        read = { ...read, schema: 'unknown', columns: Object.keys(example), example, languages: {}, problems: [] };
      }
      script.emit({ type: 'dataset', dataset: read });
      return read;
    },
    async rows(start: number, count: number) {
      return Array.from({ length: Math.min(count, ROWS - start) }, (_, i) => summaryOf(start + i));
    },
    async row(row: number, settings: Parameters<EngineApi['row']>[1]) {
      return detailOf(row, settings);
    },
    async tokenStatistics(settings: Parameters<EngineApi['tokenStatistics']>[0]) {
      await wait(80);
      const problems = [17, 84, 205].flatMap(problemsOf);
      const lengths: number[] = [];
      const statistics = { rows: ROWS, rows_trained: 0, tokens: 0, trained_tokens: 0, longest: 0, lengths, problems };
      for (let i = 0; i < ROWS; i += 1) {
        const conversation = conversationOf(i);
        const tokens = tokensOf(segmentsOf(conversation, settings), settings);
        lengths.push(tokens.length);
        const chosen = !settings.languages || settings.languages.includes(conversation.reasoning_language ?? '');
        if (tokens.length > settings.max_length) {
          problems.push({
            row: i + 1,
            kind: 'too-long',
            message: `Row ${i + 1} has ${tokens.length} tokens; the last ${tokens.length - settings.max_length} are cut at max_length ${settings.max_length}.`,
            trains: true,
          });
        }
        if (!chosen || problemsOf(i + 1).some((p) => !p.trains)) continue;
        statistics.rows_trained += 1;
        statistics.tokens += Math.min(tokens.length, settings.max_length);
        statistics.trained_tokens += tokens.slice(0, settings.max_length).filter((t) => t.trained).length;
        statistics.longest = Math.max(statistics.longest, tokens.length);
      }
      return statistics;
    },
  };
}

function stepsOf(settings: TrainingSettings): number {
  if (settings.max_steps > 0) return settings.max_steps;
  return Math.ceil((ROWS * settings.num_train_epochs) / (settings.per_device_train_batch_size * settings.gradient_accumulation_steps));
}

function runCalls(script: Script) {
  return {
    async readiness(settings: TrainingSettings): Promise<RunReadiness> {
      await wait(60);
      const noRoom = script.is('noroom');
      const k = settings.per_device_train_batch_size * settings.encoding.max_length;
      const memory = {
        weights: 1_881_408,
        adapter: 28_672 * settings.lora.r,
        optimizer: 57_344 * settings.lora.r,
        checkpoints: k * 2048,
        workspace: k * 5200,
        loss: 8_400_000,
        cache: 2_000_000,
        inputs: k * 16,
      };
      const peak = Object.values(memory).reduce((a, b) => a + b, 0) * (noRoom ? 400 : 1);
      return {
        steps: stepsOf(settings),
        rows: 638,
        tokens: 62_420,
        trained_tokens: 36_105,
        trainable_parameters: 3_584 * settings.lora.r,
        memory: { ...memory, peak, largest_binding: k * 2048, dispatches: 402 },
        verdict: noRoom ? 'does-not-fit' : 'fits',
        ...(noRoom ? { advice: 'Batch 1 instead of 8 brings the peak to 3.1 GiB.' } : {}),
        seconds: stepsOf(settings) * 0.52,
        blockers: noRoom
          ? ['The run needs more memory than this GPU offers.']
          : settings.optimizer.learning_rate <= 0
            ? ['learning_rate must be above 0.']
            : [],
        warnings:
          settings.optimizer.learning_rate > 5e-3
            ? ['learning_rate above 5e-3 often ends in a loss that is not a number.']
            : ['2 rows do not train: 17, 205.'],
      };
    },
    async train(settings: TrainingSettings) {
      const steps = stepsOf(settings);
      [script.paused, script.stopped] = [false, false];
      const { emit } = script;
      emit({ type: 'run', run: emptyRun(settings, steps) });
      await wait(500);
      emit({ type: 'run-phase', phase: 'training' });
      emit({ type: 'memory', allocated: 44_000_000, planned: 44_000_000 });
      if (settings.adherence_steps > 0) probe(emit, 0, steps, settings.adherence_languages);
      for (let step = 1; step <= steps; step += 1) {
        await wait(script.is('fast') ? 8 : 90);
        while (script.paused && !script.stopped) await wait(50);
        if (script.stopped) break;
        const metrics = stepMetrics(step, steps, settings);
        if (script.is('nan') && step === 40) {
          emit({ type: 'step', metrics: { ...metrics, loss: Number.NaN, grad_norm: Number.NaN } });
          emit({
            type: 'run-phase',
            phase: 'failed',
            message:
              'The loss of step 40 is not a number. Lower the learning rate (now 4e-3; try 1e-3) or lower max_grad_norm, then start again.',
          });
          return;
        }
        emit({ type: 'step', metrics });
        if (settings.adherence_steps > 0 && step % settings.adherence_steps === 0) probe(emit, step, steps, settings.adherence_languages);
        if (settings.validation_split > 0 && step % 20 === 0)
          emit({ type: 'eval', metrics: { step, eval_loss: metrics.loss + 0.08, eval_mean_token_accuracy: 0.8 } });
      }
      script.hasAdapter = true;
      emit({
        type: 'adapter',
        adapter: { ...adapter, r: settings.lora.r, lora_alpha: settings.lora.lora_alpha, parameters: 3_584 * settings.lora.r },
      });
      emit({ type: 'run-phase', phase: script.stopped ? 'stopped' : 'done' });
    },
    async pause() {
      script.paused = true;
      script.emit({ type: 'run-phase', phase: 'paused' });
    },
    async resume() {
      script.paused = false;
      script.emit({ type: 'run-phase', phase: 'training' });
    },
    async stop() {
      script.stopped = true;
      script.emit({ type: 'run-phase', phase: 'stopping' });
    },
    async ask(request: Parameters<EngineApi['ask']>[0]) {
      script.asking = new AbortController();
      await streamAnswers(script.emit, request, script.asking.signal);
    },
    async cancelAsk() {
      script.asking.abort();
    },
  };
}

function adapterCalls(script: Script) {
  return {
    async exportAdapter() {
      if (!script.hasAdapter) throw new MotherTongueError('StateError', 'There is no adapter to export yet; train one or import one.');
      return { name: 'mother-tongue-mini-lora.zip', bytes: new Uint8Array(117_408) };
    },
    async importAdapter(source: Parameters<EngineApi['importAdapter']>[0]) {
      await wait(150);
      if (/bad/.test(source.name))
        throw new MotherTongueError(
          'AdapterError',
          `${source.name} was made for another model: missing base_model.model.model.layers.4.self_attn.q_proj.lora_A.weight and 31 more.`,
        );
      script.hasAdapter = true;
      const imported: AdapterSummary = { ...adapter, origin: 'imported', name: source.name };
      script.emit({ type: 'adapter', adapter: imported });
      return imported;
    },
    async removeAdapter() {
      script.hasAdapter = false;
      script.emit({ type: 'adapter', adapter: null });
    },
  };
}
