/**
 * Where the labels at the lines' ends stand: beside their line if they can, above or below it where others stand there, always inside the plot.
 * Lines that end at the same value share a label. Pure.
 */

export interface EndLabel {
  /** Where the line ends, and after placing, where the label's middle is. */
  readonly y: number;
  /** Name of the line; empty where the chart has only one. */
  readonly name: string;
  readonly value: string;
  /** Name of a CSS variable. */
  readonly color: string;
}

export interface Placed {
  readonly y: number;
  readonly text: string;
  readonly color: string;
}

export interface Room {
  readonly top: number;
  readonly bottom: number;
  /** Least distance between the middles of two labels. */
  readonly gap: number;
}

/** How many names one label spells out. */
const NAMES = 2;

/** In the order of the lines, which is that of importance: where there is no room for all, the last ones are counted. */
export function placeLabels(wanted: readonly EndLabel[], { top, bottom, gap }: Room): Placed[] {
  const shared = withSharedValues(wanted, gap);
  const room = Math.max(1, Math.floor((bottom - top) / gap) + 1);
  const left = shared.length > room ? shared.length - (room - 1) : 0;
  const shown = left > 0 ? shared.slice(0, room - 1) : shared;
  const sorted = [...shown].sort((a, b) => a.y - b.y);
  if (left > 0) sorted.push({ y: bottom, text: `${left} more`, color: '--mantine-color-dimmed' });
  const ys = spread(
    sorted.map(({ y }) => y),
    { top, bottom, gap },
  );
  return sorted.map((label, i) => ({ ...label, y: ys[i]! }));
}

/** Positions in rising order, each moved as little as pushing its neighbours away allows. */
function spread(wanted: readonly number[], { top, bottom, gap }: Room): number[] {
  const ys: number[] = [];
  for (const y of wanted) ys.push(Math.max(Math.min(Math.max(y, top), bottom), (ys.at(-1) ?? Number.NEGATIVE_INFINITY) + gap));
  let limit = bottom;
  for (let i = ys.length - 1; i >= 0 && ys[i]! > limit; i -= 1) {
    ys[i] = limit;
    limit -= gap;
  }
  return ys;
}

function withSharedValues(wanted: readonly EndLabel[], gap: number): Placed[] {
  const groups: EndLabel[][] = [];
  for (const label of wanted) {
    const same = groups.find(([first]) => first!.name !== '' && first!.value === label.value && Math.abs(first!.y - label.y) < gap);
    if (same) same.push(label);
    else groups.push([label]);
  }
  return groups.map((group) => {
    const [first] = group as [EndLabel, ...EndLabel[]];
    const names = group.slice(0, NAMES).map(({ name }) => name);
    const rest = group.length > NAMES ? ` +${group.length - NAMES}` : '';
    const color = group.length > 1 ? '--mantine-color-text' : first.color;
    return { y: first.y, text: `${names.join(', ')}${rest} ${first.value}`.trim(), color };
  });
}
