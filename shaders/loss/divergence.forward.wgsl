// The divergence of a student's next token from a teacher's, as partial sums over the entries of each row: divergence = sum_i min(e_i, clip). What its entries
// are: divergence.wgsl, in front.
//   logits [M, V] of the student -> partials [M, SIZE + 1, 4]: of each lane (value, cut, positive, slope), and last those of the tail; rows without a label: none
// One workgroup a row, folded into y; lanes take every SIZE-th entry, the tail comes behind the last.

@group(0) @binding(4) var<storage, read> logits: array<f32>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4<f32>>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let r = params.first_x + group.y * groups.x + group.x;
  if (r >= params.rows) {
    return;
  }
  if (labels[r] < 0) {
    return;
  }
  let base = r * params.vocabulary;
  let to = r * (SIZE + 1u);
  let norms = norms_of(r);
  let tail = vec2<f32>(log_p(norms.rest_student.x, norms.student) + norms.rest_student.y, log_p(norms.rest_teacher.x, norms.teacher) + norms.rest_teacher.y);
  var own = vec4<f32>();
  for (var i = lane; i < params.vocabulary + params.tail; i += SIZE) {
    let is_tail = i == params.vocabulary;
    let at = base + select(i, 0u, is_tail);
    let s = logits[at];
    let t = teacher[at];
    if (is_tail || chosen(r, i, s, t)) {
      let logs = select(vec2<f32>(log_p(s, norms.student), log_p(t, norms.teacher)), tail, is_tail);
      let part = clipped(entry(logs.x, logs.y));
      if (is_tail) {
        partials[to + SIZE] = part;
      } else {
        own += part;
      }
    }
  }
  partials[to + lane] = own;
  if (lane == 0u && params.tail == 0u) {
    partials[to + SIZE] = vec4<f32>();
  }
}
