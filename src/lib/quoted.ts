/**
 * Text as a double-quoted string that Python and YAML read alike. What a reader cannot see (controls, bidirectional marks, zero-width
 * characters, line separators) is written as an escape, so that a name taken from elsewhere can neither end the string nor disguise code.
 */
export function quoted(text: string): string {
  const whole = text.replaceAll(/\p{Cs}/gu, '\ufffd'); // half a surrogate pair is no character
  return JSON.stringify(whole).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}
