/** `render`: a conversation as Harmony text, ids and assistant mask, as training and asking render it; for comparison with Hugging Face. */
import { render as renderSegments, renderText } from '../../engine/chat/render.ts';
import { choiceOf, dateOf, parseArguments } from '../arguments.ts';
import { readConversation } from '../conversation-file.ts';
import { writeJson } from '../json-files.ts';
import { readWords } from '../model-folder.ts';

export const spec = {
  model: 'required',
  messages: 'required',
  template: 'required',
  'generation-prompt': 'flag',
  date: 'required',
  out: 'required',
} as const;

export async function render(argv: readonly string[]): Promise<void> {
  const args = parseArguments('render', argv, spec);
  const template = choiceOf('template', args.template, ['hf', 'trl', 'prefix-preserving']);
  const date = dateOf('--date', args.date);
  const { conversation, builtin_tools } = readConversation(args.messages);
  const { tokenizer, model_identity } = await readWords(args.model);
  const generation_prompt = args['generation-prompt'];
  const segments = renderSegments(conversation, { template, date, model_identity, builtin_tools, generation_prompt });
  const { ids, assistant } = tokenizer.encodeSegments(segments);
  writeJson(args.out, { text: renderText(segments), input_ids: [...ids], assistant_mask: [...assistant] });
}
