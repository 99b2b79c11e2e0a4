/**
 * Finds keys that occur twice in one JSON object. JSON.parse keeps the last one silently, and a safetensors header that names a tensor twice
 * could show one thing to a checker and another to a loader. The text must already have been accepted by JSON.parse.
 */
export function duplicateKeys(json: string): string[] {
  const duplicates: string[] = [];
  // One set per open object, null per open array.
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  for (let i = 0; i < json.length; i++) {
    const char = json[i]!;
    if (char === '"') {
      const end = endOfString(json, i);
      const keys = open[open.length - 1];
      if (expectKey && keys) {
        const key: unknown = JSON.parse(json.slice(i, end));
        if (keys.has(String(key))) duplicates.push(String(key));
        keys.add(String(key));
      }
      expectKey = false;
      i = end - 1;
    } else if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : null);
      expectKey = char === '{';
    } else if (char === '}' || char === ']') {
      open.pop();
      expectKey = false;
    } else if (char === ',') {
      expectKey = open[open.length - 1] !== null;
    }
  }
  return duplicates;
}

/** Index after the closing quote of the string that opens at `start`. */
function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
  return i + 1;
}
