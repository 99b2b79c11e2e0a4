/** `generate --ids`: rows of ids go on by the model alone. No tokenizer and no chat format are needed, and no id of the vocabulary is left out. */
import type { AdapterLayout } from '../engine/adapters/lora.ts';
import { Generator, type RowEnd } from '../engine/generate/generator.ts';
import type { Session } from '../engine/models/session.ts';
import { throwIfCancelled } from '../lib/cancel.ts';
import type { SamplingSettings } from '../protocol/generation.ts';
import { readIds, readJson, writeJson } from './json-files.ts';
import { freeModel, limitsOf, openAdapter, openModel } from './model-folder.ts';
import type { Runner } from './runner.ts';

/** Rows that decode together. */
const TOGETHER = 16;

interface Paths {
  readonly model: string;
  readonly adapter: string | undefined;
  readonly ids: string;
  readonly out: string;
}

export async function generateFromIds(paths: Paths, sampling: SamplingSettings, runner: Runner): Promise<void> {
  const json = readJson(paths.ids);
  const session = await openModel(runner, paths.model);
  try {
    const rows = readIds(json, paths.ids, limitsOf(session.config));
    const adapter = paths.adapter === undefined ? null : (await openAdapter(session, paths.adapter)).layout;
    const ids: number[][] = [];
    const stop: RowEnd[] = [];
    for (let at = 0; at < rows.length; at += TOGETHER) {
      const group = rows.slice(at, at + TOGETHER);
      const found = await goOn(session, adapter, group, sampling, runner.signal);
      ids.push(...found.ids);
      stop.push(...found.stop);
      throwIfCancelled(runner.signal, 'The answer');
    }
    writeJson(paths.out, { ids, stop });
  } finally {
    freeModel(session);
  }
}

async function goOn(
  session: Session,
  adapter: AdapterLayout | null,
  prompts: readonly number[][],
  { max_new_tokens, ...sampling }: SamplingSettings,
  signal: AbortSignal,
): Promise<{ ids: number[][]; stop: RowEnd[] }> {
  const ids: number[][] = prompts.map(() => []);
  const generator = new Generator(session);
  const stop = await generator.generate({
    rows: prompts.map((prompt) => ({ prompt: Uint32Array.from(prompt), sampling: { ...sampling, salt: 0 }, max_new_tokens })),
    adapter,
    vocabulary_with_text: session.config.vocab_size,
    eos: session.config.eos_token_ids,
    signal,
    onIds: (row, fresh) => {
      ids[row]!.push(...fresh);
      return false;
    },
  });
  generator.free();
  return { ids, stop };
}
