/** `render`: a conversation as the model's text, ids and assistant mask, as training and asking render it; for comparison with Hugging Face. */

import { renderText } from '../../engine/chat/format.ts';
import { openText } from '../../engine/chat/open-text.ts';
import { choiceOf, dateOf, parseArguments } from '../arguments.ts';
import { readConversation } from '../conversation-file.ts';
import { writeJson } from '../json-files.ts';
import { modelDirectory } from '../model-folder.ts';

const spec = {
  model: 'required',
  messages: 'required',
  template: 'required',
  'generation-prompt': 'flag',
  date: 'required',
  out: 'required',
} as const;

export async function render(argv: readonly string[]): Promise<void> {
  const args = parseArguments('render', argv, spec);
  const date = dateOf('--date', args.date);
  const { conversation, builtin_tools } = readConversation(args.messages);
  const { tokenizer, format, identity } = await openText(modelDirectory(args.model));
  const template = choiceOf('template', args.template, format.templates);
  const generation_prompt = args['generation-prompt'];
  const segments = format.render(conversation, { template, date, model_identity: identity, builtin_tools, generation_prompt });
  const { ids, assistant } = tokenizer.encodeSegments(segments);
  writeJson(args.out, { text: renderText(segments), input_ids: [...ids], assistant_mask: [...assistant] });
}
