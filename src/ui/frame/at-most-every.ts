/** Passes on the newest of many messages, at most one in each period: the first at once, then what stands when the period is over. */
export function atMostEvery(period: number, say: (message: string) => void): (message: string) => void {
  let said = Number.NEGATIVE_INFINITY;
  let last = '';
  let newest = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const speak = () => {
    timer = undefined;
    if (newest === last) return;
    [said, last] = [performance.now(), newest];
    say(newest);
  };
  return (message) => {
    newest = message;
    if (timer !== undefined) return;
    const wait = said + period - performance.now();
    if (wait <= 0) speak();
    else timer = setTimeout(speak, wait);
  };
}
