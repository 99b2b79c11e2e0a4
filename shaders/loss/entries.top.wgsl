// Of which entries a divergence is: the k largest of the teacher's or of the student's, which `border` (top-entries.forward.wgsl) tells from the rest: above
// a key, or at it and early enough. Both sides are made to sum to 1 again over these, or keep their probabilities and have one more entry, the tail, of the
// probability of all the rest. key.wgsl stands in front.
//   border [M, 3, 2] u32: key and index, then bits of (top, log_sum) of the student's and of the teacher's chosen entries, with a tail those of the rest

@group(0) @binding(8) var<storage, read> border: array<vec2<u32>>;

fn norms_of(row: u32) -> Norms {
  let student = bitcast<vec2<f32>>(border[3u * row + 1u]);
  let other = bitcast<vec2<f32>>(border[3u * row + 2u]);
  if (params.tail == 0u) {
    return Norms(student, other, student, other);
  }
  let whole = whole_norms(row);
  return Norms(whole.student, whole.teacher, student, other);
}

fn chosen(row: u32, i: u32, student: f32, teacher: f32) -> bool {
  let k = key(select(student, teacher, params.of_teacher == 1u));
  let edge = border[3u * row];
  return k > edge.x || (k == edge.x && i < edge.y);
}

// With q_j the share of z_j in the tail:  d log p_tail / d z_j = q_j - p_j,  d log p_i / d z_j = -p_j
fn outside(student: f32, norms: Norms, tail: f32, slope: f32) -> f32 {
  if (params.tail == 0u) {
    return 0.0;
  }
  return exp(log_p(student, norms.rest_student)) * tail - exp(log_p(student, norms.student)) * slope;
}
