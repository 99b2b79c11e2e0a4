/**
 * SmolLM3's formats: a system turn that tells date and mode and is closed only behind tools, the mode by `enable_thinking` or by `/think` and `/no_think` in the
 * system's text, an empty think block before every answer in the mode without. Replies are marked whole, header included, as the template does.
 * Reasoning has no key of its own: it stands in the answer, between `<think>` and `</think>`. The templates trim all white space around their tags,
 * so they are known by their words.
 */
import type { Conversation, Segment, ToolDefinition } from '../../../protocol/conversation.ts';
import type { ChatFormat, RenderOptions } from '../format.ts';
import { pythonText } from '../python-repr.ts';
import { stripAfter, stripLinesBefore } from '../python-text.ts';
import { strftime } from '../strftime.ts';
import { openThink, skipThink } from '../think/open.ts';
import { thinkReply } from '../think/stream.ts';
import { type Place, refusal, Writer, withoutDeveloper } from '../writer.ts';

function smollm(name: string, sha256_of_lines: string, hearsTools: boolean): ChatFormat {
  return {
    name,
    templates: ['hf', 'prefix-preserving'],
    marked: ['hf', 'prefix-preserving'],
    stop_tokens: ['<|im_end|>', '<|end_of_text|>'],
    switchesThinking: true,
    keepsThinking: () => false,
    writes: (template) => template.sha256_of_lines === sha256_of_lines,
    identity: () => '',
    render: (conversation, options) => render(conversation, options, hearsTools),
    openThought: openThink,
    skipThought: skipThink,
    reply: thinkReply,
  };
}

export const smollm3 = smollm('smollm3', '916e0598747af7b9f915caf04918d4b8f645d99c9ff2c73a090c997e659e2e72', true);

/** As it was first published: without a place for `tools`. */
export const smollm3Older = smollm('smollm3-older', 'c663f3f24f9fa9981b43fd674e426f113c1c72e860cfeb3a5e6d3d2a8243876f', false);

const NAMED = 'You are a helpful AI assistant named SmolLM, trained by Hugging Face.';
const THINKER =
  `${NAMED} Your role as an assistant involves thoroughly exploring questions through a systematic thinking process before providing the final ` +
  'precise and accurate solutions. This requires engaging in a comprehensive cycle of analysis, summarizing, exploration, reassessment, reflection, ' +
  'backtracking, and iteration to develop well-considered thinking process. Please structure your response into two main sections: Thought and Solution ' +
  'using the specified format: <think> Thought section </think> Solution section. In the Thought section, detail your reasoning process in steps. ' +
  'Each step should include detailed considerations such as analysing questions, summarizing relevant findings, brainstorming new ideas, verifying the ' +
  'accuracy of the current steps, refining any errors, and revisiting previous steps. In the Solution section, based on various attempts, explorations, ' +
  'and reflections from the Thought section, systematically present the final solution that you deem correct. The Solution section should be logical, ' +
  'accurate, and concise and detail necessary steps needed to reach the conclusion.';

function render(
  { messages: all, tools = [] }: Conversation,
  { date, enable_thinking, generation_prompt }: RenderOptions,
  hearsTools: boolean,
): Segment[] {
  const messages = withoutDeveloper(all);
  const writer = new Writer();
  const own = messages[0]?.role === 'system' ? messages[0].content : '';
  if (own === undefined) throw refusal(0, '(system) has no content, which its chat template needs; fill it or remove the message');
  const asked = enable_thinking === false ? '/no_think' : '/think';
  const mode = ['/no_think', '/think'].find((word) => own.includes(word)) ?? asked;
  system(writer, own, mode, date);
  if (hearsTools && tools.length > 0 && !own.includes('/system_override')) writeTools(writer, tools);
  const opening = mode === '/think' ? '' : '<think>\n\n</think>\n';
  for (const [index, { role, content: given }] of messages.entries()) {
    const content = typeof given === 'string' ? given : ''; // a tool's result may be any JSON
    if (role === 'assistant') {
      const marked = { message: index, assistant: true };
      turn(writer, 'assistant', marked);
      writer.plain(opening, { channel: 'control', ...marked });
      writer.plain(stripLinesBefore(content), { channel: 'final', ...marked });
      close(writer, marked);
    } else if (role === 'user' || role === 'tool') {
      turn(writer, 'user', { message: index });
      writer.plain(content, { channel: role, message: index });
      close(writer, { message: index });
    }
  }
  if (generation_prompt) {
    turn(writer, 'assistant', { message: messages.length });
    writer.plain(opening, { channel: 'control', message: messages.length });
  }
  return writer.segments;
}

function system(writer: Writer, own: string, mode: string, date: string): void {
  const custom = stripAfter(own.replaceAll('/no_think', '').replaceAll('/think', ''));
  turn(writer, 'system', { message: -1 });
  if (own.includes('/system_override')) {
    writer.plain(stripAfter(custom.replaceAll('/system_override', '')), { channel: 'system', message: 0 });
    close(writer, { message: 0 });
    return;
  }
  const lines = `## Metadata\n\nKnowledge Cutoff Date: June 2025\nToday Date: ${strftime(date, '%d %B %Y')}\nReasoning Mode: ${mode}\n\n## Custom Instructions\n\n`;
  writer.plain(lines, { channel: 'system', message: -1 });
  const text = custom || (mode === '/think' ? THINKER : NAMED);
  writer.plain(`${text}\n\n`, { channel: 'system', message: custom ? 0 : -1 });
}

function writeTools(writer: Writer, tools: readonly ToolDefinition[]): void {
  const text =
    '### Tools\n\nYou may call one or more functions to assist with the user query.\n' +
    'You are provided with function signatures within <tools></tools> XML tags:\n\n<tools>\n' +
    tools.map((tool) => `${pythonText(tool)}\n`).join('') +
    '</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n' +
    '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>\n\n';
  writer.plain(text, { channel: 'system', message: -1 });
  close(writer, { message: -1 });
}

function turn(writer: Writer, role: string, place: Omit<Place, 'channel'>): void {
  writer.special('<|im_start|>', place);
  writer.plain(`${role}\n`, { channel: 'control', ...place });
}

function close(writer: Writer, place: Omit<Place, 'channel'>): void {
  writer.special('<|im_end|>', place);
  writer.plain('\n', { channel: 'control', ...place });
}
