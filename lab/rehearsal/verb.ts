/**
 * `rehearse`: a model through everything once, with figures: load, a few greedy tokens after a fixed prompt, the same tokens by one whole forward,
 * one training step with the adapter of run.json, export. Tells seconds and memory of each phase, and bytes planned beside bytes allocated;
 * fails where they differ. `--default-limits` plans for the least that a WebGPU device may offer.
 */
import { join } from 'node:path';
import { openText } from '../../src/engine/chat/open-text.ts';
import { promptOf } from '../../src/engine/chat/prompt.ts';
import { DEFAULT_CAPABILITIES } from '../../src/engine/graph/op.ts';
import { weightBytes } from '../../src/engine/models/memory.ts';
import { openSession } from '../../src/engine/models/session.ts';
import { numberOf, parseArguments } from '../../src/headless/arguments.ts';
import { writeJson } from '../../src/headless/json-files.ts';
import { freeModel } from '../../src/headless/model-folder.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { readRunConfig } from '../../src/headless/run-config.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { MotherTongueError } from '../../src/lib/errors.ts';
import { whole } from '../../src/protocol/rules.ts';
import { ask, recheck, trainOneStep } from './phases.ts';
import { Watch } from './watch.ts';

export const spec = {
  model: 'required',
  config: 'required',
  out: 'required',
  tokens: 'optional',
  length: 'optional',
  'default-limits': 'flag',
} as const;

const QUESTION = 'What is the capital of Australia?';

export async function rehearse(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('rehearse', argv, spec);
  const tokens = numberOf('tokens', args.tokens, 8, whole(1, 2 ** 31));
  const length = numberOf('length', args.length, 128, whole(2, 2 ** 31));
  const { settings } = readRunConfig(args.config);
  const text = await openText(nodeDirectory(args.model));
  const { tokenizer } = text;
  const question = { messages: [{ role: 'user' as const, content: QUESTION }] };
  const prompt = await promptOf(text, question, { date: '2025-08-05', reasoning_language: null });
  const watch = new Watch(runner.note);
  const gpu = await runner.gpu();
  let loaded = 0;
  const session = await watch.phase('load', (sample) => {
    const onProgress = (bytes: number): void => {
      loaded = bytes;
      sample();
    };
    const less = args['default-limits'] ? DEFAULT_CAPABILITIES : undefined;
    return openSession(gpu, nodeDirectory(args.model), { onProgress, signal: runner.signal }, less);
  });
  try {
    const { config, weights: held, store } = session;
    const withText = Math.min(tokenizer.size, config.vocab_size);
    const weights = { planned: weightBytes(config, held), allocated: store.bytes() };
    const answer = await watch.phase('ask', () => ask(session, text, prompt, tokens));
    const check = await watch.phase('check', () => recheck(session, prompt, answer.ids, withText));
    // The row that trains is the prompt, as often as it takes: ids of the model's own, all with text.
    const ids = Uint32Array.from({ length }, (_, i) => prompt[i % prompt.length]!);
    const trained = await watch.phase('train and export', () => trainOneStep(session, settings, ids, join(args.out, 'adapter')));
    const report = {
      model: args.model,
      adapter: `${gpu.info.vendor} ${gpu.info.architecture} ${gpu.info.description}`.trim(),
      parameters: session.parameters,
      loaded_bytes: loaded,
      default_limits: args['default-limits'],
      prompt_tokens: prompt.length,
      greedy: { ...check, ids: answer.ids, decoding_seconds: answer.decoding },
      step: { ...trained.metrics, tokens: length, trainable_parameters: trained.trainable_parameters, dispatches: trained.dispatches },
      moved_lora_B: trained.moved,
      gpu_bytes: { weights, ask: answer.memory, train: trained.memory },
      phases: watch.costs,
    };
    writeJson(join(args.out, 'rehearsal.json'), report);
    runner.print(JSON.stringify(report));
    const different = Object.entries(report.gpu_bytes).filter(([, { planned, allocated }]) => planned !== allocated);
    if (different.length > 0) {
      const what = different.map(([phase, { planned, allocated }]) => `${phase} ${planned} planned and ${allocated} allocated`);
      throw new MotherTongueError(
        'MemoryError',
        `Memory is not what was planned: ${what.join(', ')}; ${args.out}/rehearsal.json has it by class.`,
      );
    }
  } finally {
    freeModel(session);
  }
}
