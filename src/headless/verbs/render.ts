/**
 * `render`: a conversation as the model's text, ids and assistant mask, as training and asking render it; for comparison with Hugging Face. --reasoning-language
 * and --answer-language put their lines in first, as asking does.
 */
import { withLanguages } from '../../engine/chat/asked-languages.ts';
import { renderText, render as renderWith } from '../../engine/chat/format.ts';
import { openText } from '../../engine/chat/open-text.ts';
import { choiceOf, dateOf, parseArguments, thinkingOf } from '../arguments.ts';
import { readConversation } from '../conversation-file.ts';
import { writeJson } from '../json-files.ts';
import { modelDirectory } from '../model-folder.ts';
import { nodeTemplates } from '../node-templates.ts';

const TEMPLATES = ['hf', 'trl', 'prefix-preserving'] as const;

const spec = {
  model: 'required',
  messages: 'required',
  template: 'required',
  'generation-prompt': 'flag',
  'enable-thinking': 'optional',
  'reasoning-language': 'optional',
  'answer-language': 'optional',
  date: 'required',
  out: 'required',
} as const;

export async function render(argv: readonly string[]): Promise<void> {
  const args = parseArguments('render', argv, spec);
  const date = dateOf('--date', args.date);
  const { conversation, builtin_tools, variables, enable_thinking: ofFile } = readConversation(args.messages);
  const { tokenizer, format, identity } = await openText(modelDirectory(args.model), nodeTemplates);
  const template = choiceOf('template', args.template, TEMPLATES);
  const enable_thinking = thinkingOf(args['enable-thinking']) ?? ofFile;
  const asked = withLanguages(conversation, {
    reasoning_language: args['reasoning-language'] ?? null,
    answer_language: args['answer-language'],
  });
  const segments = await renderWith(format, asked, {
    template,
    date,
    model_identity: identity,
    builtin_tools,
    generation_prompt: args['generation-prompt'],
    ...(enable_thinking !== undefined && { enable_thinking }),
    ...(variables && { variables }),
  });
  const { ids, assistant } = tokenizer.encodeSegments(segments);
  writeJson(args.out, { text: renderText(segments), input_ids: [...ids], assistant_mask: [...assistant] });
}
