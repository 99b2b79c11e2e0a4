/** Many questions, greedily, in batches of equal size that decode together; the order of the replies is that of the questions. */
import type { AdapterLayout } from '../../engine/adapters/lora.ts';
import type { TextModel } from '../../engine/chat/open-text.ts';
import { promptOf } from '../../engine/chat/prompt.ts';
import { Generator } from '../../engine/generate/generator.ts';
import type { Session } from '../../engine/models/session.ts';
import { throwIfCancelled } from '../../lib/cancel.ts';
import { languageName } from '../../lib/language/index.ts';
import type { Runner } from '../runner.ts';
import type { Question, Reply } from './questions.ts';

export interface AskAll {
  readonly session: Session;
  readonly text: TextModel;
  /** null: the base model. */
  readonly adapter: AdapterLayout | null;
  readonly date: string;
  readonly batch: number;
  readonly max_new_tokens: number;
}

const GREEDY = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 };

export async function askAll(questions: readonly Question[], options: AskAll, runner: Runner): Promise<Reply[]> {
  const { session, text, adapter, batch, max_new_tokens } = options;
  const prompts = questions.map((question) => promptFor(question, options));
  // Neighbours of like length waste little; a short last batch is filled up, so that one shape serves all.
  const order = questions.map((_, i) => i).sort((a, b) => prompts[a]!.length - prompts[b]!.length);
  const replies: Reply[] = [];
  const generator = new Generator(session);
  for (let at = 0; at < order.length; at += batch) {
    throwIfCancelled(runner.signal, 'The evaluation');
    const group = Array.from({ length: batch }, (_, i) => order[Math.min(at + i, order.length - 1)]!);
    const streams = group.map(() => text.format.reply(text.tokenizer));
    const ends = await generator.generate({
      rows: group.map((i) => ({ prompt: prompts[i]!, sampling: GREEDY, max_new_tokens })),
      adapter,
      vocabulary_with_text: Math.min(text.tokenizer.size, session.config.vocab_size),
      eos: text.tokenizer.eosIds,
      signal: runner.signal,
      onIds: (row, ids) => {
        streams[row]!.push(ids);
        return streams[row]!.answered;
      },
    });
    for (const [row, i] of group.entries()) {
      streams[row]!.finish();
      replies[i] = { thinking: streams[row]!.thinking, content: streams[row]!.content, ended: ends[row] === 'eos' };
    }
    runner.note(`${Math.min(at + batch, order.length)} of ${order.length} questions`);
  }
  generator.free();
  return replies;
}

function promptFor({ user, reasoning_language }: Question, { text, date }: AskAll): Uint32Array {
  const language = reasoning_language === null ? null : languageName(reasoning_language);
  return promptOf(text, { messages: [{ role: 'user', content: user }] }, { date, reasoning_language: language });
}
