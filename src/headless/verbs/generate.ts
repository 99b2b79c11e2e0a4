/** `generate`: the model's answer to a conversation, by the renderer that training uses; ids, text, and the parsed reasoning and answer. */
import { openText } from '../../engine/chat/open-text.ts';
import { promptOf } from '../../engine/chat/prompt.ts';
import { answer } from '../../engine/generate/answer.ts';
import { Generator } from '../../engine/generate/generator.ts';
import { dateOf, numberOf, parseArguments } from '../arguments.ts';
import { readConversation } from '../conversation-file.ts';
import { writeJson } from '../json-files.ts';
import { freeModel, openAdapter, openModel } from '../model-folder.ts';
import { nodeDirectory } from '../node-files.ts';
import type { Runner } from '../runner.ts';

export const spec = {
  model: 'required',
  adapter: 'optional',
  messages: 'required',
  'reasoning-language': 'optional',
  'max-new-tokens': 'optional',
  temperature: 'optional',
  'top-k': 'optional',
  'top-p': 'optional',
  'min-p': 'optional',
  seed: 'optional',
  date: 'optional',
  out: 'required',
} as const;

export async function generate(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('generate', argv, spec);
  const sampling = {
    temperature: numberOf('temperature', args.temperature, 0, { min: 0 }),
    top_k: numberOf('top-k', args['top-k'], 0, { min: 0, whole: true }),
    top_p: numberOf('top-p', args['top-p'], 1, { min: 0, max: 1 }),
    min_p: numberOf('min-p', args['min-p'], 0, { min: 0, max: 1 }),
    seed: numberOf('seed', args.seed, 0, { min: 0, max: 2 ** 32 - 1, whole: true }),
    max_new_tokens: numberOf('max-new-tokens', args['max-new-tokens'], 256, { min: 1, whole: true }),
  };
  const date = dateOf('--date', args.date);
  const { conversation, builtin_tools } = readConversation(args.messages);
  const text = await openText(nodeDirectory(args.model));
  const language = args['reasoning-language'] ?? null;
  const prompt = promptOf(text, conversation, { date, reasoning_language: language, builtin_tools });

  const session = await openModel(runner, args.model);
  try {
    const adapter = args.adapter === undefined ? null : (await openAdapter(session, args.adapter)).layout;
    const model = { ...text, session, generator: new Generator(session) };
    const [reply] = await answer(model, [{ ids: prompt }], { sampling, adapter, signal: runner.signal });
    const { ids, thinking, content, rest, stop, seconds } = reply!;
    writeJson(args.out, {
      ids,
      text: text.tokenizer.decode(ids),
      thinking,
      content,
      analysis: thinking,
      final: content,
      rest,
      stop,
      prompt_tokens: prompt.length,
      tokens: ids.length,
      seconds,
      tokens_per_second: ids.length / Math.max(seconds, 1e-9),
      settings: { ...sampling, salt: 0, date, reasoning_language: language },
    });
  } finally {
    freeModel(session);
  }
}
