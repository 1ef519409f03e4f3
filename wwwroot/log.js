// Keeps a log at its end while lines arrive, until its reader scrolls up.
export function follow(box) {
  const frame = box.parentElement;
  const nearEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight < 30;
  const setFollowing = (on) => frame.toggleAttribute('data-following', on);
  const toEnd = () => {
    box.scrollTop = box.scrollHeight;
    last = box.scrollTop;
  };
  let last = 0;
  let asked = false;
  // The row that was gone to, until its reader scrolls: it may not be there yet, and lines that come after it do not move it away.
  let target = null;
  let reached = false;
  const whenPainted = () => {
    if (!asked) {
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        if (target && !reached) {
          toTarget();
        } else if (frame.hasAttribute('data-following')) {
          toEnd();
        }
      });
    }
  };
  // New lines only make the content longer: a position that went up was moved by a person.
  box.addEventListener('scroll', () => {
    if (!target && nearEnd()) {
      setFollowing(true);
    } else if (box.scrollTop < last - 1) {
      setFollowing(false);
    }
    last = box.scrollTop;
  }, { passive: true });
  for (const kind of ['wheel', 'touchstart', 'pointerdown', 'keydown']) {
    box.addEventListener(kind, () => { target = null; }, { passive: true });
  }
  frame.querySelector('.jump').addEventListener('click', () => {
    target = null;
    setFollowing(true);
    toEnd();
    box.focus();
  });
  const lineHeight = 20;
  // Wrapped lines stand all in the document; of the others only those in sight, each as high as the next.
  const toTarget = () => {
    if (box.classList.contains('log-wrap')) {
      box.querySelector(`[data-line="${target.line}"]`)?.scrollIntoView({ block: 'center' });
      reached = true;
    } else {
      box.scrollTop = Math.max(0, target.index * lineHeight - box.clientHeight / 2);
      reached = box.scrollHeight >= (target.index + 1) * lineHeight;
    }
    last = box.scrollTop;
  };
  const watcher = new MutationObserver(whenPainted);
  watcher.observe(box, { childList: true, subtree: true, attributes: true, attributeFilter: ['style'] });
  setFollowing(true);
  whenPainted();
  return {
    stop: () => watcher.disconnect(),
    goTo: (index, line) => {
      setFollowing(false);
      target = { index, line };
      toTarget();
    },
  };
}
