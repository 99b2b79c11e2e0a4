/**
 * Lists of messages as datasets write them -> the conversation's messages: `role`/`content` or ShareGPT's `from`/`value`, reasoning under keys
 * of its own, in parts, in Harmony's analysis channel or between tags, tool calls in the ways of tool-calls.ts.
 * Null fields are dropped (Arrow fills them in, and the template refuses them); everything that cannot be used is reported.
 */
import { jsonText } from '../../lib/json-text.ts';
import type { Message, Role } from '../../protocol/conversation.ts';
import type { ProblemKind } from '../../protocol/dataset.ts';
import { isBlank, isOff, isRecord, own, type Row, textOf } from './fields.ts';
import { splitTagged, untagged } from './reasoning-tags.ts';
import { callsFromText, readToolCalls } from './tool-calls.ts';

/** Reports what is wrong with the row: `rest` completes "Row 17 ...". */
export type Report = (kind: ProblemKind, trains: boolean, rest: string) => void;

const ROLES: ReadonlyMap<string, Role> = new Map([
  ...(['system', 'developer', 'user', 'assistant', 'tool'] as const).map((role): [string, Role] => [role, role]),
  ...['human', 'prompter', 'question'].map((name): [string, Role] => [name, 'user']),
  ...['gpt', 'bot', 'model', 'chatgpt', 'ai', 'answer', 'function_call'].map((name): [string, Role] => [name, 'assistant']),
  ...['function', 'observation', 'ipython', 'tool_response', 'function_response'].map((name): [string, Role] => [name, 'tool']),
]);
const REASONING_KEYS = [
  ...['thinking', 'reasoning', 'reasoning_content', 'analysis', 'thought', 'thoughts', 'reasoning_text', 'thinking_content'],
  ...['reasoning_details', 'thinking_blocks', 'chain_of_thought', 'cot'],
];
/** Marks that keep a turn out of the loss: OpenAI's and axolotl's, ms-swift's. */
const TRAIN_KEYS = ['weight', 'train', 'training', 'trainable', 'loss', 'loss_mask'];

export function readMessages(list: readonly unknown[], report: Report): Message[] {
  const messages: Message[] = [];
  let thought: { text: string; position: number } | null = null;
  const lost = (position: number): void =>
    report('missing-field', false, `has reasoning at message ${position} (channel analysis) that no answer follows`);
  for (const [index, entry] of list.entries()) {
    const position = index + 1;
    if (!isRecord(entry)) {
      report('malformed', false, `has a message ${position} that is not an object with role and content`);
      continue;
    }
    const analysis = analysisOf(entry);
    if (analysis !== undefined) {
      thought = { text: thought ? `${thought.text}\n\n${analysis}` : analysis, position };
      continue;
    }
    const message = readMessage(entry, position, report);
    if (!message) continue;
    if (thought && message.role === 'assistant') message.thinking ??= thought.text;
    else if (thought) lost(thought.position);
    thought = null;
    messages.push(message);
  }
  if (thought) lost(thought.position);
  const late = messages.findIndex((message, index) => index > 0 && (message.role === 'system' || message.role === 'developer'));
  if (late > 0)
    report(
      'wrong-role',
      true,
      `has a ${messages[late]!.role} message at position ${late + 1}; the template leaves it out, move it to the front`,
    );
  return messages;
}

/** The text of a Harmony message in the analysis channel: reasoning of the assistant's message that follows. */
function analysisOf(entry: Row): string | undefined {
  if (ROLES.get(roleName(entry).toLowerCase()) !== 'assistant' || channelOf(entry) !== 'analysis') return undefined;
  const elsewhere = own(entry, 'recipient') ?? own(entry, 'tool_calls');
  return elsewhere === undefined ? textOf(own(entry, 'content')) : undefined;
}

function channelOf(entry: Row): string | undefined {
  return textOf(own(entry, 'channel'))?.trim().toLowerCase();
}

function roleName(entry: Row): string {
  return textOf(own(entry, 'role') ?? own(entry, 'from') ?? own(entry, 'speaker'))?.trim() ?? '';
}

function readMessage(entry: Row, position: number, report: Report): Message | undefined {
  const named = roleName(entry);
  const role = ROLES.get(named.toLowerCase());
  if (role === undefined) {
    const got = named === '' ? 'no role' : `the role ${JSON.stringify(named.slice(0, 40))}`;
    report('wrong-role', false, `has ${got} at message ${position}; use system, developer, user, assistant or tool`);
    return undefined;
  }
  const given = own(entry, 'content') ?? own(entry, 'value') ?? own(entry, 'text');
  if (role === 'system' && hasPart(given, 'system_content')) {
    report('unused-field', true, `has Harmony's own system message (${position}), which is left out; the template writes one`);
    return undefined;
  }
  const { raw, thinking, unclear } = thinkingParts(role === 'developer' ? developerParts(given, position, report) : given);
  const content = textOf(raw) ?? (role === 'tool' && raw !== undefined ? jsonText(raw, 0) : undefined);
  if (content === undefined && raw !== undefined) {
    report('malformed', false, `has content at message ${position} (${role}) that is not text; only text can be trained`);
    return undefined;
  }
  if (unclear) report('unused-field', false, `has reasoning in the content of message ${position} that is not text`);
  if (role !== 'assistant') return readPlain(entry, role, content, position, report);
  return readAssistant(entry, content, thinking, position, report);
}

/** Harmony's `{type: 'developer_content', instructions, tools}` as text. */
function developerParts(given: unknown, position: number, report: Report): unknown {
  if (!Array.isArray(given) || !hasPart(given, 'developer_content')) return given;
  return given.map((part: unknown) => {
    if (!isRecord(part) || own(part, 'type') !== 'developer_content') return part;
    if (own(part, 'tools') !== undefined)
      report('unused-field', true, `has tools inside message ${position}, which are left out; put them into a column "tools"`);
    return { type: 'text', text: textOf(own(part, 'instructions')) ?? '' };
  });
}

function hasPart(given: unknown, type: string): boolean {
  return Array.isArray(given) && given.some((part) => isRecord(part) && own(part, 'type') === type);
}

/** Parts such as `{type: 'thinking', thinking: ...}` taken out of a content that is a list. */
function thinkingParts(raw: unknown): { raw: unknown; thinking?: string; unclear?: boolean } {
  const isThinking = (part: unknown): part is Row => isRecord(part) && ['thinking', 'reasoning'].includes(textOf(own(part, 'type')) ?? '');
  if (!Array.isArray(raw) || !raw.some(isThinking)) return { raw };
  const others = raw.filter((part) => !isThinking(part));
  const thinking = reasoningText(raw.filter(isThinking));
  return { raw: others.length > 0 ? others : undefined, ...(thinking === undefined ? { unclear: true } : { thinking }) };
}

/** A text, or parts that name their text in one of the usual ways; flags such as `thinking: true` are no text. */
function reasoningText(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined;
  if (!Array.isArray(value)) return textOf(value);
  const texts = value.map((part) =>
    isRecord(part) ? textOf(own(part, 'thinking') ?? own(part, 'reasoning') ?? own(part, 'text') ?? own(part, 'summary')) : undefined,
  );
  return texts.every((text) => text !== undefined) && texts.length > 0 ? texts.join('') : textOf(value);
}

function readAssistant(entry: Row, text: string | undefined, parts: string | undefined, position: number, report: Report): Message {
  const isCall = roleName(entry).toLowerCase() === 'function_call';
  const given = givenReasoning(entry, parts, position, report);
  const tagged = splitTagged(text ?? '', given !== undefined);
  if (tagged.finding) {
    const { trains, what, mend } = tagged.finding;
    report('unclear-thinking', trains, `has ${what} at message ${position}; ${mend}`);
  }
  if (given !== undefined && tagged.thinking !== undefined && given.trim() !== tagged.thinking) {
    report('unclear-thinking', true, `has two different texts as reasoning at message ${position}; the one between tags is left out`);
  }
  const rest = text === undefined ? undefined : tagged.content;
  const calls = isCall ? callsFromText(rest, position, report) : readToolCalls(entry, rest, position, report);
  const isHarmonyCall = calls.length > 0 && own(entry, 'recipient') !== undefined && own(entry, 'tool_calls') === undefined;
  const content = isCall || isHarmonyCall ? undefined : rest;
  const thinking = given ?? tagged.thinking;
  if (calls.length === 0 && !isCall && isBlank(content)) {
    report('empty-turn', false, `has an empty assistant message (${position}); give it content`);
  }
  if (channelOf(entry) === 'commentary' && calls.length === 0) {
    report('unused-field', true, `has a commentary at message ${position}; the template writes it as an answer`);
  }
  return {
    role: 'assistant',
    ...(content !== undefined && { content }),
    ...(thinking !== undefined && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(isUntrained(entry, position, report) && { trains: false }),
  };
}

/** Reasoning that the message names as such. */
function givenReasoning(entry: Row, parts: string | undefined, position: number, report: Report): string | undefined {
  const found: string[] = isBlank(parts) ? [] : [parts!];
  for (const key of REASONING_KEYS) {
    const value = own(entry, key);
    const text = reasoningText(value);
    if (!isBlank(text)) found.push(untagged(text!));
    else if (text === undefined && typeof value === 'object' && !(Array.isArray(value) && value.length === 0)) {
      report('unused-field', false, `has reasoning at message ${position} (${key}) that is not one text`);
    }
  }
  const [first] = found;
  if (found.some((text) => text.trim() !== first!.trim())) {
    report('unclear-thinking', true, `has two different texts as reasoning at message ${position}; the first one is trained`);
  }
  return first;
}

function isUntrained(entry: Row, position: number, report: Report): boolean {
  for (const key of TRAIN_KEYS) {
    const value = own(entry, key);
    const text = textOf(value)?.trim().toLowerCase();
    if (isOff(value)) {
      const rest = `has an answer that is not to be learned (message ${position}, ${key} ${text}); it trains only where all tokens do`;
      report('untrained-turn', true, rest);
      return true;
    }
    if (text !== undefined && Number.isFinite(Number(text)) && text !== '' && Number(text) !== 1) {
      report(
        'unused-field',
        true,
        `has ${key} ${text.slice(0, 20)} at message ${position}; an answer trains whole or not at all, here whole`,
      );
    }
  }
  return false;
}

function readPlain(entry: Row, role: Role, content: string | undefined, position: number, report: Report): Message | undefined {
  if (role === 'user' && isBlank(content)) report('empty-turn', false, `has an empty user message (${position}); give it content`);
  // Empty instructions are the same as none, as the template has it.
  if ((role === 'system' || role === 'developer') && isBlank(content)) return undefined;
  const name = textOf(own(entry, 'name'));
  return { role, content: content ?? '', ...(name !== undefined && { name }) };
}
