// What a label with log-probability log_p adds to the loss, and the factor of its gradient: dynamic fine-tuning (TRL's loss_type dft,
// arXiv 2508.05629), where each token counts by its own probability, through which no gradient flows.
//   loss = -p log_p,  p = exp(log_p) held constant;  d loss / d z = p (softmax - onehot)
fn weigh(row: u32, log_p: f32) -> vec2<f32> {
  let p = exp(log_p);
  return vec2<f32>(-p * log_p, p);
}
