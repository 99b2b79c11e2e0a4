/**
 * The lines `reasoning language: X` and `answer language: Y`, where the published recipe puts them: at the top of a system message at index 0. A
 * conversation carries them, so no chat format knows of them; Harmony renders them into the developer message under "# Instructions". Other
 * instructions are kept below, after an empty line, as Multilingual-Thinking does.
 */
import type { Conversation, Message } from '../../protocol/conversation.ts';
import { findLanguageLine, isInstruction, LANGUAGE_LINES, type LanguageLineKind, statedLanguage } from '../data/stated-language.ts';

/** English names, as Multilingual-Thinking spells them; null or absent asks for none. */
export interface AskedLanguages {
  readonly reasoning_language: string | null;
  readonly answer_language?: string | null | undefined;
}

/** The same conversation asking for these languages; a line that is already there is replaced, never doubled. */
export function withLanguages(conversation: Conversation, { reasoning_language, answer_language }: AskedLanguages): Conversation {
  const asked = {
    ...(reasoning_language !== null && { reasoning_language }),
    ...(answer_language !== null && answer_language !== undefined && { answer_language }),
  };
  if (Object.keys(asked).length === 0) return conversation;
  const [first, ...rest] = conversation.messages;
  const instructed = first !== undefined && isInstruction(first);
  const standing = instructed ? (first.content ?? '') : '';
  const lines: string[] = [];
  let others = standing;
  for (const kind of LANGUAGE_LINES) {
    const language = asked[kind] ?? findLanguageLine(standing, kind)?.language;
    if (language) lines.push(`${label(kind)}: ${language}`);
    others = withoutLine(others, kind);
  }
  const content = [lines.join('\n'), ...(others.trim() === '' ? [] : [others])].join('\n\n');
  const messages: Message[] = instructed ? [{ ...first, content }, ...rest] : [{ role: 'system', content }, ...conversation.messages];
  return { ...conversation, ...asked, messages };
}

/** For training rows: the row's own languages in front, each where its setting is on and the messages do not state one already. */
export function withOwnLanguages(
  conversation: Conversation,
  settings: { readonly inject_reasoning_language: boolean; readonly inject_answer_language?: boolean },
): Conversation {
  const own = (kind: LanguageLineKind, wanted = false): string | null =>
    wanted && statedLanguage(conversation, kind) === null ? (conversation[kind] ?? null) : null;
  return withLanguages(conversation, {
    reasoning_language: own('reasoning_language', settings.inject_reasoning_language),
    answer_language: own('answer_language', settings.inject_answer_language),
  });
}

function withoutLine(text: string, kind: LanguageLineKind): string {
  const line = findLanguageLine(text, kind);
  return line ? text.slice(0, line.start) + text.slice(line.end) : text;
}

const label = (kind: LanguageLineKind): string => kind.replace('_', ' ');
