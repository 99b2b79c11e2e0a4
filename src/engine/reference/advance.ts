/** Twin of the step between two decoded tokens. */
import { advanceOp, NO_ID, stopParams } from '../ops/advance.ts';
import { twin } from './twin.ts';

const rows = [
  { next: 5, limit: 9, position: 4, done: 0 }, // goes on
  { next: 2, limit: 9, position: 4, done: 0 }, // eos
  { next: 3, limit: 9, position: 4, done: 0 }, // another eos
  { next: 5, limit: 3, position: 4, done: 0 }, // its limit
  { next: 5, limit: 4, position: 4, done: 0 }, // one before its limit
  { next: 5, limit: 9, position: 15, done: 0 }, // the cache is full
  { next: 5, limit: 9, position: 14, done: 0 }, // the cache has one place
  { next: 2, limit: 9, position: 4, done: 1 }, // ended before
];
const many = Array.from({ length: 70 }, (_, i) => rows[i % rows.length]!);

const paths = [
  { title: 'every way to end', rows, step: 2 },
  { title: 'more rows than lanes', rows: many, step: 0 },
  { title: 'last place of the history', rows, step: 3 },
  { title: 'beyond the history', rows, step: 4 },
] as const;

export const advanceTwin = twin(
  advanceOp,
  ({ next_id, stops }, { steps, cache_length, pad }, previous) => {
    const copy = Object.fromEntries(Object.entries(previous).map(([k, a]) => [k, { shape: a!.shape, data: a!.data.slice() }]));
    const state = copy as { [K in keyof typeof previous]-?: NonNullable<(typeof previous)[K]> };
    const now = state.step.data[0]!;
    const count = next_id.data.length;
    const eos = [...stops.data.slice(0, 8)];
    for (let b = 0; b < count; b++) {
      const id = next_id.data[b]!;
      const was_done = state.done.data[b] !== 0;
      if (now < steps) state.history.data[now * count + b] = was_done ? NO_ID : id;
      if (was_done) continue;
      const full = state.positions.data[b]! + 1 >= cache_length;
      if (eos.includes(id) || now + 1 >= stops.data[8 + b]! || now + 1 >= steps || full) {
        state.done.data[b] = 1;
        state.ids.data[b] = pad;
      } else {
        state.ids.data[b] = id;
        state.positions.data[b]! += 1;
        state.places.data[4 * b]! += 1;
      }
    }
    state.step.data[0] = now + 1;
    return state;
  },
  paths.map(({ title, rows: r, step }) => {
    const u32 = (values: readonly number[], shape: readonly number[] = [values.length]) =>
      ({ shape, dtype: 'u32', fill: { kind: 'values', values } }) as const;
    return {
      title,
      inputs: {
        next_id: u32(r.map((row) => row.next)),
        stops: u32([
          ...stopParams(
            [2, 3],
            r.map((row) => row.limit),
          ),
        ]),
      },
      attrs: { steps: 4, cache_length: 16, pad: 1 },
      into: {
        ids: u32(r.map(() => 77)),
        positions: u32(r.map((row) => row.position)),
        places: u32(
          r.flatMap((row) => [row.position + 1, 5, 6, 7]),
          [r.length, 4],
        ),
        done: u32(r.map((row) => row.done)),
        history: u32([0], [4, r.length]),
        step: u32([step]),
      },
    };
  }),
);
