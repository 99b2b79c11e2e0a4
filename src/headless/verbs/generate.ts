/**
 * `generate`: the model's answer to a conversation, by the renderer that training uses; ids, text, the parsed reasoning and answer, and the mode that
 * was asked for (null: left to the template). With --ids in the place of --messages rows of ids go on, without text (../generate-ids.ts).
 */
import { openText } from '../../engine/chat/open-text.ts';
import { promptOf } from '../../engine/chat/prompt.ts';
import { answer } from '../../engine/generate/answer.ts';
import { Generator } from '../../engine/generate/generator.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { dateOf, parseArguments, thinkingOf } from '../arguments.ts';
import { readConversation } from '../conversation-file.ts';
import { generateFromIds } from '../generate-ids.ts';
import { writeJson } from '../json-files.ts';
import { freeModel, modelDirectory, openAdapter, openModel } from '../model-folder.ts';
import { nodeTemplates } from '../node-templates.ts';
import type { Runner } from '../runner.ts';
import { samplingOf, samplingSpec } from '../sampling.ts';

const spec = {
  model: 'required',
  adapter: 'optional',
  messages: 'optional',
  ids: 'optional',
  'reasoning-language': 'optional',
  'answer-language': 'optional',
  'enable-thinking': 'optional',
  'think-prefix': 'optional',
  ...samplingSpec,
  date: 'optional',
  out: 'required',
} as const;

export async function generate(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('generate', argv, spec);
  const sampling = samplingOf(args);
  const { model: path, adapter: adapterPath, messages, ids: idsPath, out } = args;
  if ((messages === undefined) === (idsPath === undefined))
    throw new MotherTongueError('SettingsError', 'generate needs either --messages or --ids.');
  if (idsPath !== undefined) return generateFromIds({ model: path, adapter: adapterPath, ids: idsPath, out }, sampling, runner);
  const date = dateOf('--date', args.date);
  const { conversation, builtin_tools, variables, enable_thinking: ofFile } = readConversation(messages!);
  const enable_thinking = thinkingOf(args['enable-thinking']) ?? ofFile;
  const think_prefix = args['think-prefix'];
  const text = await openText(modelDirectory(args.model), nodeTemplates);
  const answering = args['answer-language'];
  const languages = {
    reasoning_language: args['reasoning-language'] ?? null,
    ...(answering !== undefined && { answer_language: answering }),
  };
  const prompt = await promptOf(text, conversation, {
    date,
    ...languages,
    builtin_tools,
    ...(enable_thinking !== undefined && { enable_thinking }),
    ...(think_prefix !== undefined && { think_prefix }),
    ...(variables && { variables }),
  });

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
      mode: enable_thinking === undefined ? null : enable_thinking ? 'think' : 'no_think',
      prompt_tokens: prompt.length,
      tokens: ids.length,
      seconds,
      tokens_per_second: ids.length / Math.max(seconds, 1e-9),
      settings: { ...sampling, date, ...languages, ...(enable_thinking !== undefined && { enable_thinking }) },
    });
  } finally {
    freeModel(session);
  }
}
