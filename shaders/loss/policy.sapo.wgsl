// Soft adaptive policy optimisation (TRL's sapo): a sigmoid in the place of the clip, its temperature t by the sign of the advantage:
//   loss = -(4 / t) s a,  s = sigmoid(t (r - 1));  d loss / d r = -4 s (1 - s) a
fn policy(r: f32, _drift: f32, a: f32, _logp: f32) -> Policy {
  let t = select(params.negative, params.positive, a > 0.0);
  let s = 1.0 / (1.0 + exp(-t * (r - 1.0)));
  return Policy(-4.0 / t * s * a, -4.0 * s * (1.0 - s) * a, 0.0, 0.0);
}

fn clips(_r: f32, _a: f32) -> vec2<bool> {
  return vec2<bool>(false, false);
}
