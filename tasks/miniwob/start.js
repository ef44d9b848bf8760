// Begins one seeded episode and keeps how the first one ends, whatever is clicked afterwards.
async ({seed, timed, panel, query}) => {
  const late = performance.now() + 5000;
  while (!(core.cover_div && WOB_TASK_READY) && performance.now() < late)
    await new Promise(requestAnimationFrame);
  if (!core.cover_div || !WOB_TASK_READY) throw new Error('the page did not get ready');
  const style = document.createElement('style');
  style.textContent = (panel ? '' : '#reward-display, #click-canvas { display: none !important } ')
    + (query ? '' : '#query, #query * { visibility: hidden !important }');
  document.head.append(style);
  // More than 2^31 ms would end at once.
  if (!timed) core.EPISODE_MAX_TIME = 2 ** 31 - 1;
  const end = core.endEpisode;
  window.qvlEnd = null;
  core.endEpisode = (...words) => {
    end(...words);
    if (window.qvlEnd || !WOB_DONE_GLOBAL) return;
    window.qvlEnd = {raw: WOB_RAW_REWARD_GLOBAL, scaled: WOB_REWARD_GLOBAL, reason: String(WOB_REWARD_REASON ?? '')};
    core.cover_div.onclick = null;
  };
  Math.seedrandom(String(seed));
  core.startEpisodeReal();
  // The tasks that wait for data say so after they were started.
  while (!WOB_TASK_READY && performance.now() < late) await new Promise(requestAnimationFrame);
  const said = core.getUtterance();
  return typeof said === 'string' ? said : String(said.utterance);
}
