/**
 * One question, several columns. Columns of one source decode as one batch; base and adapter use the same seed and the same salt per language,
 * so that what differs between them is the adapter alone.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { shareInLanguage } from '../../lib/language/index.ts';
import type { AskColumn, AskRequest, ColumnSource } from '../../protocol/generation.ts';
import { promptOf } from '../chat/prompt.ts';
import type { GenerationRow, RowEnd } from '../generate/generator.ts';
import { emptyState } from './column-state.ts';
import type { EngineState } from './engine-state.ts';
import { asMemoryError } from './memory-error.ts';
import { askPeer } from './peers.ts';

export async function ask(engine: EngineState, request: AskRequest): Promise<void> {
  engine.asking?.abort();
  const control = new AbortController();
  engine.asking = control;
  try {
    for (const source of ['base', 'adapter', 'peer'] as const satisfies readonly ColumnSource[]) {
      const columns = request.columns.filter((c) => c.source === source);
      if (columns.length === 0) continue;
      if (source === 'peer') await askPeer(engine, request, columns, control.signal);
      else await askOwn(engine, request, columns, source, control.signal);
    }
  } finally {
    if (engine.asking === control) engine.asking = null;
    engine.emit({ type: 'ask-end', request: request.id });
  }
}

async function askOwn(
  engine: EngineState,
  request: AskRequest,
  columns: readonly AskColumn[],
  source: 'base' | 'adapter',
  signal: AbortSignal,
): Promise<void> {
  const { tokenizer, format } = engine.needModel();
  if (source === 'adapter' && !engine.adapter)
    throw new MotherTongueError('StateError', 'There is no adapter yet; train one, or import one on the Export page.');
  const states = columns.map((column) => emptyState(column.id));
  const streams = columns.map(() => format.reply(tokenizer));
  const emit = (i: number): void => engine.emit({ type: 'column', request: request.id, state: { ...states[i]! } });
  const read = (i: number): void => {
    const { thinking, content, rest } = streams[i]!;
    Object.assign(states[i]!, { thinking, content, rest });
    emit(i);
  };
  const rows = columns.map((column) => generationRow(engine, request, column));
  const ends = await generate(engine, rows, source, signal, (i, ids, seconds) => {
    streams[i]!.push(ids);
    states[i]!.tokens += ids.length;
    states[i]!.tokens_per_second = states[i]!.tokens / Math.max(seconds, 1e-3);
    read(i);
    return streams[i]!.answered;
  });
  for (const [i, column] of columns.entries()) {
    streams[i]!.finish();
    states[i]!.stop = ends[i]!;
    const { thinking } = streams[i]!;
    states[i]!.share = column.reasoning_language && thinking ? await shareInLanguage(thinking, column.reasoning_language) : null;
    read(i);
  }
}

/** Answers wait for their turn between two training steps. */
export async function generate(
  engine: EngineState,
  rows: readonly GenerationRow[],
  source: 'base' | 'adapter',
  signal: AbortSignal | undefined,
  onIds: (row: number, ids: readonly number[], seconds: number) => boolean | undefined,
): Promise<RowEnd[]> {
  const { generator, tokenizer, session } = engine.needModel();
  const release = await engine.lock();
  try {
    return await generator.generate({
      rows,
      adapter: source === 'adapter' ? engine.adapter!.layout : null,
      vocabulary_with_text: Math.min(tokenizer.size, session.config.vocab_size),
      eos: tokenizer.eosIds,
      ...(signal && { signal }),
      onIds,
    });
  } catch (error) {
    if (error instanceof MotherTongueError && error.name === 'Cancelled') return rows.map(() => 'cancelled');
    generator.free(); // programs that were half made
    throw asMemoryError(error, 'Answering', 'ask in fewer columns or with a smaller max_new_tokens');
  } finally {
    release();
    engine.reportMemory();
  }
}

function generationRow(engine: EngineState, request: AskRequest, column: AskColumn): GenerationRow {
  const languages = [...new Set(request.columns.map((c) => c.reasoning_language))];
  return {
    prompt: promptOf(engine.needModel(), request.conversation, { reasoning_language: column.reasoning_language, date: request.date }),
    sampling: { ...request.sampling, salt: languages.indexOf(column.reasoning_language) },
    max_new_tokens: request.sampling.max_new_tokens,
  };
}
