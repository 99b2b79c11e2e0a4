/** A value from a file as it stands in a message: its JSON, cut where it is long. */
const LONGEST = 100;

export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    return 'a value nested too deeply'; // JSON.stringify walks by recursion
  }
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
