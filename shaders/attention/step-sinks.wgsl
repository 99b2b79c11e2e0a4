// Attention of one new token with learned sinks (or none); queries and keys are not normed. Goes in front of attention-step.forward.

@group(0) @binding(4) var<storage, read> sinks: array<f32>;

fn sink_of(head: u32) -> f32 {
  return sinks[head];
}

fn norm_factor(at: u32) -> f32 {
  return 1.0;
}

fn norm_weight(key: bool, p: u32) -> vec2<f32> {
  return vec2<f32>(1.0);
}
