/** A table for standard output: a title, names of columns, one line a group. */
export function textTable<Column extends string>(
  title: string,
  columns: readonly Column[],
  groups: Readonly<Record<string, Readonly<Record<Column, string | number>>>>,
): string {
  const width = Math.max(...Object.keys(groups).map((name) => name.length));
  const line = (name: string, cells: readonly (string | number)[]): string =>
    [name.padEnd(width), ...cells.map((cell) => String(cell).padStart(10))].join('');
  const lines = Object.entries(groups).map(([name, group]) =>
    line(
      name,
      columns.map((column) => group[column]),
    ),
  );
  return [title, line('', columns), ...lines].join('\n');
}
