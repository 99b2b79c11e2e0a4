// VESPO (TRL's vespo): the log-probability, weighed by a gamma density of the whole completion's ratio w, through which no gradient flows:
//   loss = -phi a logp,  log phi = lambda + k log w - lambda w,  log w = the completion's sum of log-ratios, bounded
const LOWEST_LOG = -18.420680744; // log 1e-8
fn policy(_r: f32, drift: f32, a: f32, logp: f32) -> Policy {
  let k = select(params.k_negative, params.k_positive, a >= 0.0);
  let lambda = max(1e-4, select(params.negative, params.positive, a >= 0.0));
  let log_w = clamp(drift, LOWEST_LOG, 20.0);
  let phi = exp(lambda + k * log_w - lambda * exp(log_w));
  return Policy(-phi * a * logp, 0.0, -phi * a, phi);
}

fn clips(_r: f32, _a: f32) -> vec2<bool> {
  return vec2<bool>(false, false);
}
