/** JSON for reading, of values that may hold a bigint, which JSON.stringify refuses: it is written as the number it is. */
export function jsonText(value: unknown, indent = 2): string {
  const mark = `big-${crypto.randomUUID()}:`;
  const text = JSON.stringify(value, (_, entry: unknown) => (typeof entry === 'bigint' ? `${mark}${entry}` : entry), indent);
  return text?.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1') ?? 'undefined';
}
