// The gradient of a divergence in the place of the student's logits, and its figures by row: the root of the backward pass. No gradient goes to the teacher.
// An entry above the clip is constant, so with its slope g_i = de_i / d log p_S,i (0 where cut), G = sum_i g_i and d log p_i / d z_j = [i = j] - p_j:
//   dz_j = weight (g_j - p_S,j G)
//   partials (divergence.forward.wgsl), weight [M] -> logits [M, V] are overwritten; a negative label gives zeros everywhere
//   figures [M, 9]: [0] divergence [1] without the clip [2] what the clip takes away [3] sum of positive entries without it [4] entropy of the student
//   [5] of the teacher [6] 1 where no entry of the teacher's is above the label [7] log-probability of the label of the student [8] of the teacher
// One workgroup a row, folded into y; lanes take every SIZE-th value. divergence.wgsl stands in front.

@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> logits: array<f32>;
@group(0) @binding(7) var<storage, read_write> figures: array<f32>;

const FIGURES = 9u;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let r = params.first_x + group.y * groups.x + group.x;
  if (r >= params.rows) {
    return;
  }
  let base = r * params.vocabulary;
  if (labels[r] < 0) {
    for (var i = lane; i < params.vocabulary; i += SIZE) {
      logits[base + i] = 0.0;
    }
    for (var f = lane; f < FIGURES; f += SIZE) {
      figures[r * FIGURES + f] = 0.0;
    }
    return;
  }
  let begin = r * (SIZE + 1u);
  var all = vec4<f32>();
  for (var l = 0u; l <= SIZE; l++) {
    all += partials[begin + l];
  }
  let tail = partials[begin + SIZE].w;
  let norms = norms_of(r);
  let w = weight[r];
  for (var i = lane; i < params.vocabulary; i += SIZE) {
    let s = logits[base + i];
    let t = teacher[base + i];
    var d = 0.0;
    if (chosen(r, i, s, t)) {
      let log_s = log_p(s, norms.student);
      d = clipped(entry(log_s, log_p(t, norms.teacher))).w - exp(log_s) * all.w;
    } else {
      d = outside(s, norms, tail, all.w);
    }
    logits[base + i] = w * d;
  }
  if (lane == 0u) {
    let at = r * FIGURES;
    figures[at] = all.x;
    figures[at + 1u] = all.x + all.y;
    figures[at + 2u] = all.y;
    figures[at + 3u] = all.z;
    figures[at + 4u] = sum_of(r, 1u);
    figures[at + 5u] = sum_of(r, 5u);
    figures[at + 6u] = f32(teacher[base + u32(labels[r])] == sum_of(r, 6u));
    figures[at + 7u] = sum_of(r, 0u);
    figures[at + 8u] = sum_of(r, 4u);
  }
}
