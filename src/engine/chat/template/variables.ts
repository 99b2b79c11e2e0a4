/** The variables of a rendering, by the names that transformers gives them, and those of a beginning of the conversation. */
import type { Conversation, Message } from '../../../protocol/conversation.ts';
import type { RenderOptions } from '../format.ts';

export interface TemplateVariables {
  readonly messages: readonly { readonly role: string }[];
  readonly variables: Record<string, unknown>;
  /** The first `count` messages, with or without a prompt for the next reply. */
  upTo(count: number, prompt: boolean): Record<string, unknown>;
}

export function variablesOf(
  { messages, tools, model_identity, reasoning_effort }: Conversation,
  options: RenderOptions,
  tokens: Readonly<Record<string, string>>,
  hide: (value: unknown) => unknown,
): TemplateVariables {
  const list = messages.map((message) => hide(messageOf(message)) as { role: string }); // an object stays one
  const effort = reasoning_effort ?? options.reasoning_effort;
  const identity = model_identity ?? (options.model_identity || undefined);
  const common = {
    ...tokens,
    ...(options.variables && (hide(options.variables) as Record<string, unknown>)),
    ...(tools && { tools: hide(tools) }),
    ...(options.builtin_tools?.length && { builtin_tools: [...options.builtin_tools] }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(identity !== undefined && { model_identity: hide(identity) }),
    ...(options.enable_thinking !== undefined && { enable_thinking: options.enable_thinking }),
  };
  return {
    messages: list,
    variables: { ...common, messages: list, add_generation_prompt: options.generation_prompt === true },
    upTo: (count, prompt) => ({ ...common, messages: list.slice(0, count), add_generation_prompt: prompt }),
  };
}

/** A message as datasets of chat templates have it; reasoning under both of its names. */
function messageOf({ role, content, parts, thinking, tool_calls, name, tool_call_id }: Message): Record<string, unknown> {
  return {
    role,
    content: parts ? parts.map((text) => ({ type: 'text', text })) : content,
    ...(thinking !== undefined && { reasoning_content: thinking, thinking }),
    ...(tool_calls && {
      tool_calls: tool_calls.map((call) => ({ type: 'function', function: { name: call.name, arguments: call.arguments } })),
    }),
    ...(name !== undefined && { name }),
    ...(tool_call_id !== undefined && { tool_call_id }),
  };
}
