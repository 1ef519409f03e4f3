// Single keys lead to pages and acts, as long as nobody writes and no dialog is open. They can be switched off: speech input and stray fingers press keys.
const name = 'shortcuts';
const patience = 1500;

export function isOn() {
  try {
    return localStorage.getItem(name) !== 'off';
  } catch {
    return true; // a browser that remembers nothing
  }
}

export function setOn(on) {
  try {
    if (on) {
      localStorage.removeItem(name);
    } else {
      localStorage.setItem(name, 'off');
    }
  } catch {
    // As above: it holds until the page is left.
  }
}

const isWritten = (target) => target instanceof Element && target.closest('input, textarea, select, [contenteditable=""], [contenteditable=true], [role=menu], [role=listbox]') !== null;
const isDialogOpen = () => document.querySelector('.mud-dialog-container, dialog[open]') !== null;

/** @param places The address that follows g, by its key. */
export function listen(places, owner) {
  let goesUntil = 0;
  const find = () => [...document.querySelectorAll('main input[type=search]')].find((field) => field.getClientRects().length > 0 && !field.disabled);
  const press = (event) => {
    if (event.defaultPrevented || event.repeat || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || isWritten(event.target) || !isOn()) {
      return;
    }
    const goes = performance.now() < goesUntil;
    goesUntil = 0;
    if (event.key === '?') {
      event.preventDefault();
      owner.invokeMethodAsync('HelpAsync');
    } else if (isDialogOpen()) {
      // The dialog has the keys.
    } else if (goes) {
      if (Object.hasOwn(places, event.key)) {
        event.preventDefault();
        Blazor.navigateTo(places[event.key]);
      }
    } else if (event.key === 'g') {
      goesUntil = performance.now() + patience;
    } else if (event.key === '/') {
      const field = find();
      if (field) {
        event.preventDefault();
        field.focus();
        field.select();
      }
    } else if (event.key === 'b') {
      event.preventDefault();
      owner.invokeMethodAsync('BackUpAsync');
    }
  };
  document.addEventListener('keydown', press);
  return { stop: () => document.removeEventListener('keydown', press) };
}
