// An entry of the divergence and its slope in the student's log-probability: forward KL, of the teacher to the student (beta 0).
//   e = p_T (log p_T - log p_S)    de / d log p_S = -p_T
fn entry(student: f32, teacher: f32) -> vec2<f32> {
  let p = exp(teacher);
  return vec2<f32>(p * (teacher - student), -p);
}
