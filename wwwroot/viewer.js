// Runs before the first paint. The server reads both cookies while it renders, so that neither times nor colours jump.
(() => {
  const year = 31536000;
  const remember = (name, value) => {
    document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${year}; samesite=strict`;
  };
  remember('zone', Intl.DateTimeFormat().resolvedOptions().timeZone);
  window.vzdump = {
    theme(choice) {
      document.documentElement.dataset.theme = choice;
      remember('theme', choice);
    },
    submit(form) {
      document.getElementById(form).requestSubmit();
    },
    async copy(text) {
      if (navigator.clipboard) {
        await navigator.clipboard.writeText(text);
        return;
      }
      // Plain http from another machine has no clipboard object.
      const box = document.createElement('textarea');
      box.value = text;
      document.body.append(box);
      box.select();
      document.execCommand('copy');
      box.remove();
    },
  };
})();
