// What both walks of a divergence share (divergence.forward.wgsl, divergence.backward.wgsl): its entries, e_i = entry(log p_S,i, log p_T,i) as (value, slope in
// log p_S,i). Two files in front of this one say what an entry is (entry.*.wgsl) and which entries there are (entries.*.wgsl).
// No term is 0 log 0: log-probabilities are finite where probabilities underflow.
//   labels [M] i32, teacher [M, V], sums [8, stride]: logp, entropy, top, log_sum of the student's rows, then of the teacher's (log-probs.forward.wgsl)
// Neither walk has a barrier: software adapters took four times as long to compile both as one, with barriers between.

override SIZE: u32 = 32u;

struct Params {
  rows: u32,
  vocabulary: u32,
  stride: u32,
  of_teacher: u32, // the k largest are the teacher's
  tail: u32,
  clip: f32,
  beta: f32,
  rest: f32, // 1 - beta
  log_beta: f32,
  log_rest: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> teacher: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<f32>;

// What makes a logit a log-probability, as (top, log_sum): of the entries that there are, and of those outside.
struct Norms {
  student: vec2<f32>,
  teacher: vec2<f32>,
  rest_student: vec2<f32>,
  rest_teacher: vec2<f32>,
}

// Value, what the clip takes away, positive part without it, slope: sums over entries are made of these.
fn clipped(e: vec2<f32>) -> vec4<f32> {
  return vec4<f32>(min(e.x, params.clip), max(e.x - params.clip, 0.0), max(e.x, 0.0), select(e.y, 0.0, e.x > params.clip));
}

fn log_p(z: f32, norm: vec2<f32>) -> f32 {
  return (z - norm.x) - norm.y;
}

fn sum_of(r: u32, which: u32) -> f32 {
  return sums[which * params.stride + r];
}

fn whole_norms(r: u32) -> Norms {
  let student = vec2<f32>(sum_of(r, 2u), sum_of(r, 3u));
  let other = vec2<f32>(sum_of(r, 6u), sum_of(r, 7u));
  return Norms(student, other, student, other);
}
