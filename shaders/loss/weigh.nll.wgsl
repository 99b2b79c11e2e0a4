// What a label with log-probability log_p adds to the loss, and the factor of its gradient: the negative log-likelihood.
//   loss = -log_p;  d loss / d z = p - onehot
fn weigh(row: u32, log_p: f32) -> vec2<f32> {
  return vec2<f32>(-log_p, 1.0);
}
