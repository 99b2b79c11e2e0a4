/**
 * The expressions by which published tokenizers split text, character for character. None of them holds JavaScript's engine up on any text, so they run
 * there, which is many times quicker than what any other expression is run by (foreign-patterns.ts).
 */

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const SPACES = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const OTHERS = ' ?[^\\s\\p{L}\\p{N}]+';
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const START = '[^\\r\\n\\p{L}\\p{N}]?';

const PUBLISHED = new Set([
  // GPT-2 and what follows it
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  // GPT-4, Llama 3, OLMo 2, Granite; Qwen 2 and 3; Qwen 3.5
  `${CONTRACTIONS}|${START}\\p{L}+|\\p{N}{1,3}|${OTHERS}[\\r\\n]*|${SPACES}`,
  `${CONTRACTIONS}|${START}\\p{L}+|\\p{N}|${OTHERS}[\\r\\n]*|${SPACES}`,
  `${CONTRACTIONS}|${START}[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|${SPACES}`,
  // GPT-4o and gpt-oss; the same without contractions and with single digits: Mistral
  `${START}${UPPER}*${LOWER}+${CONTRACTIONS}?|${START}${UPPER}+${LOWER}*${CONTRACTIONS}?|\\p{N}{1,3}|${OTHERS}[\\r\\n/]*|${SPACES}`,
  `${START}${UPPER}*${LOWER}+|${START}${UPPER}+${LOWER}*|\\p{N}|${OTHERS}[\\r\\n/]*|${SPACES}`,
  // DeepSeek V3
  '\\p{N}{1,3}',
  '[一-龥぀-ゟ゠-ヿ]+',
  `[!"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_\`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|${SPACES}`,
  // DeepSeek's earlier ones, Falcon, StarCoder: single classes
  '[\\r\\n]',
  '\\s?\\p{L}+',
  '\\s?\\p{P}+',
  '\\p{N}+',
  '[0-9][0-9][0-9]',
]);

export function isPublished(pattern: string): boolean {
  return PUBLISHED.has(pattern);
}
