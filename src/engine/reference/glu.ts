/** Twins of a gated MLP's middle and its gradient; inputs go far out on both sides. */
import { type Activation, gluGradient, gluOp } from '../ops/glu.ts';
import { type CaseInput, twin, zeros } from './twin.ts';

/** The activation and its slope, by the definition. */
export function activation(act: Activation, g: number): [number, number] {
  if (act === 'silu') {
    const s = 1 / (1 + Math.exp(-g));
    return [g * s, s * (1 + g * (1 - s))];
  }
  const steep = Math.sqrt(2 / Math.PI);
  const th = Math.tanh(steep * (g + 0.044715 * g ** 3));
  return [0.5 * g * (1 + th), 0.5 * (1 + th) + 0.5 * g * (1 - th * th) * steep * (1 + 3 * 0.044715 * g * g)];
}

const wide = (...shape: number[]): CaseInput => ({ shape, fill: { kind: 'normal', scale: 4 }, differentiable: true });
const edges: CaseInput = { shape: [1, 8], fill: { kind: 'values', values: [0, -0.5, 90, -90, 1e4, -1e4, 3, -3] } };
const cases = (['silu', 'gelu_tanh'] as const).flatMap((act) => [
  { title: `${act}, partial workgroup`, gate: wide(7, 12), up: wide(7, 12), attrs: { act } },
  { title: `${act}, far out`, gate: edges, up: { shape: [1, 8], fill: { kind: 'normal' } } satisfies CaseInput, attrs: { act } },
]);

export const gluTwin = twin(
  gluOp,
  ({ gate, up }, { act }) => {
    const y = zeros(gate.shape);
    gate.data.forEach((g, i) => {
      y.data[i] = activation(act, g)[0] * up.data[i]!;
    });
    return { y };
  },
  cases.map(({ title, gate, up, attrs }) => ({ title, inputs: { gate, up }, attrs })),
);

export const gluGradientTwin = twin(
  gluGradient,
  ({ gate, up, dy }, { act }) => {
    const [dgate, dup] = [zeros(gate.shape), zeros(gate.shape)];
    gate.data.forEach((g, i) => {
      const [value, slope] = activation(act, g);
      dgate.data[i] = dy.data[i]! * up.data[i]! * slope;
      dup.data[i] = dy.data[i]! * value;
    });
    return { dgate, dup };
  },
  cases.map(({ title, gate, up, attrs }) => ({ title, inputs: { gate, up, dy: { shape: gate.shape, fill: { kind: 'normal' } } }, attrs })),
);
