/** Twins of the weighted sum over experts and its gradient. */
import { moeCombine, moeCombineGradient } from '../ops/moe-combine.ts';
import { type RouteShape, routeSections } from '../ops/moe-route.ts';
import { routeInput } from './moe-route.ts';
import { type CaseInput, twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;

function shapes(route: RouteShape, width: number) {
  const { slots } = routeSections(route);
  return {
    y: { shape: [slots, width], fill: normal, differentiable: true },
    weights: { shape: [route.tokens, route.perToken], fill: { kind: 'uniform', from: 0, to: 1 }, differentiable: true },
    route: routeInput(route, [0]),
  } satisfies Record<string, CaseInput>;
}

const cases = [
  { title: 'partial workgroup, empty expert', route: { tokens: 23, perToken: 3, experts: 6, tile: 32 }, width: 12 },
  { title: 'wider than the lanes', route: { tokens: 5, perToken: 2, experts: 4, tile: 32 }, width: 140 },
  { title: 'one slot', route: { tokens: 1, perToken: 1, experts: 2, tile: 32 }, width: 4 },
] as const;

export const moeCombineTwin = twin(
  moeCombine,
  ({ y, weights, route }, { route: shape }) => {
    const width = y.shape[1]!;
    const { token_slot_at } = routeSections(shape);
    const out = zeros([shape.tokens, width]);
    weights.data.forEach((w, i) => {
      const t = Math.floor(i / shape.perToken);
      const slot = route.data[token_slot_at + i]!;
      for (let c = 0; c < width; c++) out.data[t * width + c]! += w * y.data[slot * width + c]!;
    });
    return { out };
  },
  cases.map(({ title, route, width }) => ({ title, inputs: shapes(route, width), attrs: { route } })),
);

export const moeCombineGradientTwin = twin(
  moeCombineGradient,
  ({ y, weights, route, dout }, { route: shape }) => {
    const width = y.shape[1]!;
    const { token_slot_at } = routeSections(shape);
    const dy = zeros(y.shape);
    const dweights = zeros(weights.shape);
    weights.data.forEach((w, i) => {
      const t = Math.floor(i / shape.perToken);
      const slot = route.data[token_slot_at + i]!;
      for (let c = 0; c < width; c++) {
        dy.data[slot * width + c] = w * dout.data[t * width + c]!;
        dweights.data[i]! += y.data[slot * width + c]! * dout.data[t * width + c]!;
      }
    });
    return { dy, dweights };
  },
  cases.map(({ title, route, width }) => ({
    title,
    inputs: { ...shapes(route, width), dout: { shape: [route.tokens, width], fill: normal } },
    attrs: { route },
  })),
);
