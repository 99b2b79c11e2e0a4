/** Many questions, greedily, in batches of equal size that decode together; the order of the replies is that of the questions. */
import type { AdapterLayout } from '../../engine/adapters/lora.ts';
import { withReasoningLanguage } from '../../engine/chat/reasoning-language.ts';
import { render } from '../../engine/chat/render.ts';
import { Generator } from '../../engine/generate/generator.ts';
import type { Session } from '../../engine/models/session.ts';
import { HarmonyStream } from '../../engine/tokens/stream.ts';
import { throwIfCancelled } from '../../lib/cancel.ts';
import { languageName } from '../../lib/language/index.ts';
import type { Conversation } from '../../protocol/conversation.ts';
import type { Words } from '../model-folder.ts';
import type { Runner } from '../runner.ts';
import type { Question, Reply } from './questions.ts';

export interface AskAll {
  readonly session: Session;
  readonly words: Words;
  /** null: the base model. */
  readonly adapter: AdapterLayout | null;
  readonly date: string;
  readonly batch: number;
  readonly max_new_tokens: number;
}

const GREEDY = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 };

export async function askAll(questions: readonly Question[], options: AskAll, runner: Runner): Promise<Reply[]> {
  const { session, words, adapter, batch, max_new_tokens } = options;
  const prompts = questions.map((question) => promptOf(question, options));
  // Neighbours of like length waste little; a short last batch is filled up, so that one shape serves all.
  const order = questions.map((_, i) => i).sort((a, b) => prompts[a]!.length - prompts[b]!.length);
  const replies: Reply[] = [];
  const generator = new Generator(session);
  for (let at = 0; at < order.length; at += batch) {
    throwIfCancelled(runner.signal, 'The evaluation');
    const group = Array.from({ length: batch }, (_, i) => order[Math.min(at + i, order.length - 1)]!);
    const streams = group.map(() => new HarmonyStream(words.tokenizer));
    const ends = await generator.generate({
      rows: group.map((i) => ({ prompt: prompts[i]!, sampling: GREEDY, max_new_tokens })),
      adapter,
      vocabulary_with_text: Math.min(words.tokenizer.size, session.config.vocab_size),
      eos: words.tokenizer.eosIds,
      signal: runner.signal,
      onIds: (row, ids) => {
        streams[row]!.push(ids);
        return streams[row]!.answered;
      },
    });
    for (const [row, i] of group.entries()) {
      streams[row]!.finish();
      replies[i] = { analysis: streams[row]!.analysis, final: streams[row]!.final, ended: ends[row] === 'eos' };
    }
    runner.note(`${Math.min(at + batch, order.length)} of ${order.length} questions`);
  }
  generator.free();
  return replies;
}

function promptOf({ user, reasoning_language }: Question, { words, date }: AskAll): Uint32Array {
  const question: Conversation = { messages: [{ role: 'user', content: user }] };
  const asked = reasoning_language === null ? question : withReasoningLanguage(question, languageName(reasoning_language));
  const segments = render(asked, { template: 'hf', date, model_identity: words.model_identity, generation_prompt: true });
  return words.tokenizer.encodeSegments(segments).ids;
}
