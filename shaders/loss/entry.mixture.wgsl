// An entry of the divergence and its slope in the student's log-probability: the generalised Jensen-Shannon divergence, 0 < beta < 1, rest = 1 - beta.
//   M = rest p_S + beta p_T    e = beta p_T (log p_T - log M) + rest p_S (log p_S - log M)
//   d log M / d log p_S = rest p_S / M, so de / d log p_S = -(beta p_T + rest p_S) rest p_S / M + rest p_S (log p_S - log M) + rest p_S
//                                                         = rest p_S (log p_S - log M)
// Of both terms of M one is the larger, that of a side with share a; the other's has share b and is exp(e) times as probable. Then
//   log p_a - log M = -w,  log p_b - log M = e - w,  w = log(a + b exp(e)) = log1p(b expm1(e)),  where b exp(e) <= a.
// The series hold where w vanishes: a student close to its teacher, or a beta close to 0 or 1, still has a gradient.

// log(1 + y), -0.4 <= y <= 1, to the last digits of f32.
fn log1p(y: f32) -> f32 {
  let s = y / (2.0 + y);
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q / 13.0))))));
}

// exp(x) - 1, |x| <= 0.5, likewise.
fn expm1(x: f32) -> f32 {
  return x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0 * (1.0 + x / 7.0 * (1.0 + x / 8.0)))))));
}

// log(exp(a) + exp(b))
fn log_both(a: f32, b: f32) -> f32 {
  return max(a, b) + log(1.0 + exp(-abs(a - b)));
}

fn entry(student: f32, teacher: f32) -> vec2<f32> {
  let d = teacher - student;
  let swap = d + params.log_beta > params.log_rest; // the teacher's term is the larger
  let e = select(d, -d, swap);
  let b = select(params.beta, params.rest, swap);
  let log_a = select(params.log_rest, params.log_beta, swap);
  let log_b = select(params.log_beta, params.log_rest, swap);
  let y = select(exp(e + log_b) - b, b * expm1(clamp(e, -0.5, 0.5)), abs(e) < 0.5);
  let w = select(log_both(log_a, e + log_b), log1p(clamp(y, -0.4, 1.0)), y > -0.4);
  let of_student = params.rest * exp(student) * select(-w, e - w, swap);
  return vec2<f32>(of_student + params.beta * exp(teacher) * select(e - w, -w, swap), of_student);
}
