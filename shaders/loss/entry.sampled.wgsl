// The sampled token's part in a policy gradient, and its slope in the student's log-probability: the log-ratio is held constant.
//   e = -sg(log p_T - log p_S) log p_S    de / d log p_S = log p_S - log p_T
fn entry(student: f32, teacher: f32) -> vec2<f32> {
  let d = student - teacher;
  return vec2<f32>(d * student, d);
}
