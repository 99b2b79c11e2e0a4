/** Python's strftime for midnight of a day (YYYY-MM-DD), in English; templates print the date by it. */
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

export function strftime(date: string, format: string): string {
  const [year, month, day] = date.split('-') as [string, string, string];
  const at = new Date(`${date}T00:00:00Z`);
  const dayOfYear = Math.round((at.getTime() - Date.UTC(Number(year), 0, 1)) / 86_400_000) + 1;
  const codes: Record<string, string> = {
    Y: year,
    y: year.slice(2),
    m: month,
    d: day,
    e: String(Number(day)).padStart(2, ' '),
    B: MONTHS[Number(month) - 1]!,
    b: MONTHS[Number(month) - 1]!.slice(0, 3),
    A: DAYS[at.getUTCDay()]!,
    a: DAYS[at.getUTCDay()]!.slice(0, 3),
    j: String(dayOfYear).padStart(3, '0'),
    H: '00',
    I: '12',
    M: '00',
    S: '00',
    p: 'AM',
    F: date,
    '%': '%',
  };
  return format.replaceAll(/%(-?)([A-Za-z%])/g, (all, bare: string, code: string) => {
    const text = codes[code];
    return text === undefined ? all : bare ? text.replace(/^[0 ]+(?=.)/, '') : text;
  });
}
