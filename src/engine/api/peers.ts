/** The peer column: an ONNX model of the user's, run by transformers.js, answers the same question. Loaded only when asked for. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { PeerSource } from '../../protocol/engine.ts';
import type { AskColumn, AskRequest } from '../../protocol/generation.ts';
import { withLanguages } from '../chat/asked-languages.ts';
import { replyReaders } from '../chat/index.ts';
import { emptyState } from './column-state.ts';
import type { EngineState } from './engine-state.ts';
import { inQuestion, languagesOf, questionOf, replyAdherence } from './in-question.ts';

export async function loadPeer(engine: EngineState, source: PeerSource): Promise<string> {
  return engine.task('peer', 'Loading the ONNX model', 'bytes', async (signal, onProgress) => {
    const { loadPeer: load } = await import('../peer/peer.ts');
    const peer = await load(source, { signal, onProgress });
    await engine.peer?.dispose();
    engine.peer = peer;
    engine.emit({ type: 'peer', name: peer.name });
    return peer.name;
  });
}

export async function removePeer(engine: EngineState): Promise<void> {
  await engine.peer?.dispose();
  engine.peer = null;
  engine.emit({ type: 'peer', name: null });
}

export async function askPeer(engine: EngineState, request: AskRequest, columns: readonly AskColumn[], signal: AbortSignal): Promise<void> {
  const { peer } = engine;
  if (!peer) throw new MotherTongueError('StateError', 'No ONNX model is loaded; load one on the Compare page.');
  const read = replyReaders[peer.format];
  const among = await inQuestion(engine, questionOf(request), columns.flatMap(languagesOf));
  for (const column of columns) {
    const state = emptyState(column.id);
    const started = performance.now();
    const show = (): void => engine.emit({ type: 'column', request: request.id, state: { ...state } });
    const { messages } = withLanguages(request.conversation, column);
    const answer = await peer.generate({
      messages,
      max_new_tokens: request.sampling.max_new_tokens,
      temperature: request.sampling.temperature,
      top_k: request.sampling.top_k,
      seed: request.sampling.seed,
      signal,
      onToken: ({ text, tokens }) => {
        Object.assign(state, read(text), { tokens, tokens_per_second: (tokens * 1000) / (performance.now() - started) });
        show();
      },
    });
    Object.assign(state, read(answer.text), { tokens: answer.ids.length, stop: answer.stop });
    Object.assign(state, await replyAdherence(state, column, among));
    show();
  }
}
