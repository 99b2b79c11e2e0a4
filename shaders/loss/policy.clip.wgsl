// The clipped surrogate of a ratio r (TRL's grpo, bnpo, dr_grpo, dapo, luspo), with delta as an upper bound of r where the clip has none:
//   loss = -min(min(r, delta) a, clamp(r, low, high) a)
// A bound passes the gradient where it is reached exactly; where both sides are equal each gives half, as torch.min has it.
fn policy(r: f32, _drift: f32, a: f32, _logp: f32) -> Policy {
  let free = min(r, params.delta) * a;
  let clipped = clamp(r, params.low, params.high) * a;
  let by_free = select(0.0, a, r <= params.delta);
  let by_clipped = select(0.0, a, r >= params.low && r <= params.high);
  let slope = select(select(0.5 * (by_free + by_clipped), by_clipped, clipped < free), by_free, free < clipped);
  return Policy(-min(free, clipped), -slope, 0.0, 0.0);
}

// Whether the ratio left the region downwards or upwards in the direction in which the clip acts.
fn clips(r: f32, a: f32) -> vec2<bool> {
  let bounded = min(r, params.delta);
  return vec2<bool>((bounded < params.low) && (a < 0.0), (bounded > params.high) && (a > 0.0));
}
