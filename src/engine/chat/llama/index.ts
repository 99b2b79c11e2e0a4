/** Llama 3's formats, known by the SHA-256 of their templates. TRL has a training template for the first one alone. Reasoning has no place of its own. */
import type { TemplateName } from '../../../protocol/conversation.ts';
import type { ChatFormat } from '../format.ts';
import { openThink, skipThink } from '../think/open.ts';
import { thinkReply } from '../think/stream.ts';
import { type LlamaDate, renderLlama } from './render.ts';

function llama(name: string, sha256: string, dates: LlamaDate, templates: readonly TemplateName[]): ChatFormat {
  return {
    name,
    templates,
    marked: templates,
    stop_tokens: ['<|eot_id|>', '<|end_of_text|>', '<|eom_id|>'],
    switchesThinking: false,
    keepsThinking: () => false,
    writes: (template) => template.sha256 === sha256,
    identity: () => '',
    render: (conversation, options) => renderLlama(dates, conversation, options),
    openThought: openThink,
    skipThought: skipThink,
    reply: thinkReply,
  };
}

export const llama3 = llama('llama-3', 'ba03a121d097859c7b5b9cd03af99aafe95275210d2876f642ad9929a150f122', 'none', [
  'hf',
  'trl',
  'prefix-preserving',
]);
export const llama31 = llama('llama-3.1', '93c0e9aa3629bbd77e68dbc0f5621f6e6b23aa8d74b932595cdb8d64684526d7', 'fixed', [
  'hf',
  'prefix-preserving',
]);
export const llama32 = llama('llama-3.2', 'd82792f95932f1c9cef5c4bd992f171225e3bf8c7b609b4557c9e1ec96be819f', 'today', [
  'hf',
  'prefix-preserving',
]);
