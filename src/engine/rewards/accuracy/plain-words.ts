/** Words of a number in one spelling: lower case, no hyphens, one space between. */
export function plainWords(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[-\u00ad\u200c,]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
