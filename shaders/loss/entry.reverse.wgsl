// An entry of the divergence and its slope in the student's log-probability: reverse KL, of the student to the teacher (beta 1).
//   e = p_S (log p_S - log p_T)    de / d log p_S = p_S (log p_S - log p_T + 1)
fn entry(student: f32, teacher: f32) -> vec2<f32> {
  let d = student - teacher;
  return exp(student) * vec2<f32>(d, d + 1.0);
}
