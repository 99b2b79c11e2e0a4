/** Names of columns, each once: a later column of the same name gets a number, and the file a note. */
export function uniqueNames(names: readonly string[]): { names: string[]; doubled: { name: string; unique: string }[] } {
  const taken = new Set<string>();
  const copies = new Map<string, number>();
  const doubled: { name: string; unique: string }[] = [];
  for (const name of names) {
    let unique = name;
    // Counted on from the last copy: a header of equal names only is read in one pass.
    for (let copy = copies.get(name) ?? 2; taken.has(unique); copy++) {
      unique = `${name} (${copy})`;
      copies.set(name, copy + 1);
    }
    if (unique !== name) doubled.push({ name, unique });
    taken.add(unique);
  }
  return { names: [...taken], doubled };
}
