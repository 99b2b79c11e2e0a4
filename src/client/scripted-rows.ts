/**
 * Rows for the scripted engine: a small world of capitals and sums in five languages, written as Harmony conversations, with a crude
 * tokeniser (words and punctuation), so that the page can be seen without a model. Development and tests only; never in the product.
 */
import type { Channel, Conversation, Segment } from '../protocol/conversation.ts';
import type { EncodingSettings, RowDetail, RowProblem, RowSummary, TokenView } from '../protocol/dataset.ts';

export const LANGUAGES = ['English', 'Spanish', 'French', 'Italian', 'German'] as const;
export type ScriptedLanguage = (typeof LANGUAGES)[number];

const COUNTRIES: Record<ScriptedLanguage, string[]> = {
  English: ['France', 'Spain', 'Japan', 'Kenya', 'Peru', 'Norway', 'Egypt', 'Canada'],
  Spanish: ['Francia', 'España', 'Japón', 'Kenia', 'Perú', 'Noruega', 'Egipto', 'Canadá'],
  French: ['la France', "l'Espagne", 'le Japon', 'le Kenya', 'le Pérou', 'la Norvège', "l'Égypte", 'le Canada'],
  Italian: ['Francia', 'Spagna', 'Giappone', 'Kenya', 'Perù', 'Norvegia', 'Egitto', 'Canada'],
  German: ['Frankreich', 'Spanien', 'Japan', 'Kenia', 'Peru', 'Norwegen', 'Ägypten', 'Kanada'],
};
const CAPITALS = ['Paris', 'Madrid', 'Tokyo', 'Nairobi', 'Lima', 'Oslo', 'Cairo', 'Ottawa'];

/** The thought about a capital, in the language it is thought in; what the trained model says. */
export function thought(language: ScriptedLanguage, country: number): string {
  const land = COUNTRIES[language][country % 8]!;
  const city = CAPITALS[country % 8]!;
  const texts: Record<ScriptedLanguage, string> = {
    English: `The question asks for the capital of ${land}. I recall what I know about ${land}. The capital of ${land} is ${city}. So I will answer in one sentence.`,
    Spanish: `Se pregunta por la capital de ${land}. Recuerdo lo que sé de ${land}. La capital de ${land} es ${city}. Por tanto respondo en una frase.`,
    French: `On demande la capitale de ${land}. Je me rappelle ce que je sais de ${land}. La capitale de ${land} est ${city}. Je vais donc répondre en une phrase.`,
    Italian: `Si chiede la capitale di ${land}. Ricordo quello che so di ${land}. La capitale di ${land} è ${city}. Quindi rispondo in una frase.`,
    German: `Gefragt ist die Hauptstadt von ${land}. Ich erinnere mich an das, was ich über ${land} weiß. Die Hauptstadt von ${land} ist ${city}. Also antworte ich in einem Satz.`,
  };
  return texts[language];
}

export function question(language: ScriptedLanguage, country: number): string {
  const land = COUNTRIES[language][country % 8]!;
  return {
    English: `What is the capital of ${land}?`,
    Spanish: `¿Cuál es la capital de ${land}?`,
    French: `Quelle est la capitale de ${land} ?`,
    Italian: `Qual è la capitale di ${land}?`,
    German: `Was ist die Hauptstadt von ${land}?`,
  }[language];
}

export function answer(language: ScriptedLanguage, country: number): string {
  const land = COUNTRIES[language][country % 8]!;
  const city = CAPITALS[country % 8]!;
  return {
    English: `The capital of ${land} is ${city}.`,
    Spanish: `La capital de ${land} es ${city}.`,
    French: `La capitale de ${land} est ${city}.`,
    Italian: `La capitale di ${land} è ${city}.`,
    German: `Die Hauptstadt von ${land} ist ${city}.`,
  }[language];
}

/** Row `index` (0-based): a tenth asks for no language and thinks in English. */
export function conversationOf(index: number): Conversation {
  const asks = index % 10 !== 9;
  const think = asks ? LANGUAGES[index % 5]! : 'English';
  const speak = LANGUAGES[Math.floor(index / 3) % 5]!;
  const turns = index % 37 === 5 ? 3 : 1;
  const base = asks ? [{ role: 'developer' as const, content: `reasoning language: ${think}\n\nYou are a helpful assistant.` }] : [];
  const messages = Array.from({ length: turns }, (_, turn) => [
    { role: 'user' as const, content: question(speak, index + turn) },
    { role: 'assistant' as const, thinking: thought(think, index + turn), content: answer(speak, index + turn) },
  ]).flat();
  return { messages: [...base, ...messages], ...(asks ? { reasoning_language: think } : {}) };
}

const SYSTEM = (date: string) =>
  `You are a small assistant.\nKnowledge cutoff: 2024-06\nCurrent date: ${date}\n\nReasoning: medium\n\n# Valid channels: analysis, commentary, final. Channel must be included for every message.`;

export function segmentsOf(conversation: Conversation, settings: EncodingSettings): Segment[] {
  const out: Segment[] = [];
  const put = (text: string, channel: Channel, message: number, assistant = false) =>
    out.push({ text, special: text.startsWith('<|') && text.endsWith('|>'), channel, message, assistant });
  const turn = (header: string, text: string, channel: Channel, message: number, assistant = false, end = '<|end|>') => {
    for (const part of ['<|start|>', ...header.split(/(<\|channel\|>)/)]) put(part, 'control', message, assistant);
    put('<|message|>', 'control', message, assistant);
    put(text, channel, message, assistant);
    put(end, 'control', message, assistant);
  };
  turn('system', SYSTEM(settings.date), 'system', -1);
  conversation.messages.forEach((m, i) => {
    if (m.role === 'developer') turn('developer', `# Instructions\n\n${m.content}\n\n`, 'developer', i);
    else if (m.role === 'user') turn('user', m.content ?? '', 'user', i);
    else {
      const last = i === conversation.messages.length - 1;
      if (last || settings.template === 'prefix-preserving') turn('assistant<|channel|>analysis', m.thinking ?? '', 'analysis', i, true);
      turn(
        'assistant<|channel|>final',
        m.content ?? '',
        'final',
        i,
        true,
        last && settings.template !== 'prefix-preserving' ? '<|return|>' : '<|end|>',
      );
    }
  });
  return out;
}

export function tokensOf(segments: Segment[], settings: EncodingSettings): TokenView[] {
  const id = (text: string) => 300 + ((text.length * 7919 + text.charCodeAt(0) * 131) % 1700);
  return segments.flatMap((s) =>
    (s.special ? [s.text] : (s.text.match(/ ?[\p{L}\p{M}]+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+/gu) ?? [])).map((text) => ({
      id: s.special ? 2040 + ['<|start|>', '<|end|>', '<|message|>', '<|channel|>', '<|return|>'].indexOf(text) : id(text),
      text,
      special: s.special,
      trained: settings.assistant_only_loss ? s.assistant : true,
      channel: s.channel,
    })),
  );
}

export function problemsOf(row: number): RowProblem[] {
  if (row === 17)
    return [
      {
        row,
        kind: 'missing-field',
        message: 'Row 17 has no answer (field "final"); it will not be trained. Fill the field or delete the row.',
        trains: false,
      },
    ];
  if (row === 84)
    return [
      {
        row,
        kind: 'special-token-text',
        message: 'Row 84 contains the text "<|end|>" in its question; it is encoded as plain text.',
        trains: true,
      },
    ];
  if (row === 205) return [{ row, kind: 'empty-turn', message: 'Row 205 has an empty user turn; it will not be trained.', trains: false }];
  return [];
}

export function summaryOf(index: number, encoding?: EncodingSettings): RowSummary {
  const conversation = conversationOf(index);
  const tokens = encoding ? tokensOf(segmentsOf(conversation, encoding), encoding) : undefined;
  return {
    row: index + 1,
    reasoning_language: conversation.reasoning_language ?? null,
    preview: conversation.messages.find((m) => m.role === 'user')?.content ?? '',
    ...(tokens ? { tokens: tokens.length, trained_tokens: tokens.filter((t) => t.trained).length } : {}),
    problems: problemsOf(index + 1),
  };
}

export function detailOf(row: number, settings: EncodingSettings): RowDetail {
  const conversation = conversationOf(row - 1);
  if (row === 84) conversation.messages.find((m) => m.role === 'user')!.content += ' <|end|> <img src=x onerror=alert(1)>';
  const segments = segmentsOf(conversation, settings);
  return { row, conversation, segments, tokens: tokensOf(segments, settings), problems: problemsOf(row) };
}
