// CISPO (TRL's cispo): the log-probability itself, weighed by the ratio up to a cap, through which no gradient flows:
//   loss = -min(r, high) a logp
fn policy(r: f32, _drift: f32, a: f32, logp: f32) -> Policy {
  let weight = min(r, params.high) * a;
  return Policy(-weight * logp, 0.0, -weight, 0.0);
}

fn clips(r: f32, a: f32) -> vec2<bool> {
  return vec2<bool>(false, (r > params.high) && (a > 0.0));
}
