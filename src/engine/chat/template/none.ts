/** The format of a model that brings no chat template: everything but ids is refused, in one sentence. */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { ChatFormat } from '../format.ts';
import { openThink, skipThink } from '../think/open.ts';
import { thinkReply } from '../think/stream.ts';

export const noTemplate: ChatFormat = {
  name: 'a model without a chat template',
  templates: ['hf', 'prefix-preserving'],
  marked: ['hf', 'prefix-preserving'],
  stop_tokens: [],
  switchesThinking: false,
  keepsThinking: () => true,
  writes: () => false,
  identity: () => '',
  render: () => {
    throw new MotherTongueError(
      'DatasetError',
      'This model has no chat template; add the chat_template.jinja of the one that it was made for.',
    );
  },
  openThought: openThink,
  skipThought: skipThink,
  reply: thinkReply,
};
