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
  const whenPainted = () => {
    if (!asked) {
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        if (frame.hasAttribute('data-following')) {
          toEnd();
        }
      });
    }
  };
  // New lines only make the content longer: a position that went up was moved by a person.
  box.addEventListener('scroll', () => {
    if (nearEnd()) {
      setFollowing(true);
    } else if (box.scrollTop < last - 1) {
      setFollowing(false);
    }
    last = box.scrollTop;
  }, { passive: true });
  frame.querySelector('.jump').addEventListener('click', () => {
    setFollowing(true);
    toEnd();
    box.focus();
  });
  const watcher = new MutationObserver(whenPainted);
  watcher.observe(box, { childList: true, subtree: true, attributes: true, attributeFilter: ['style'] });
  setFollowing(true);
  whenPainted();
  const lineHeight = 20;
  return {
    stop: () => watcher.disconnect(),
    // Wrapped lines stand all in the document; of the others only those in sight, each as high as the next.
    goTo: (index, line) => {
      setFollowing(false);
      if (box.classList.contains('log-wrap')) {
        box.querySelector(`[data-line="${line}"]`)?.scrollIntoView({ block: 'center' });
      } else {
        box.scrollTop = Math.max(0, index * lineHeight - box.clientHeight / 2);
      }
      last = box.scrollTop;
    },
  };
}
