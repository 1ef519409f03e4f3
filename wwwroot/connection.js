// Shows the dialog about a lost connection. Blazor tells its state by an event on the element with the agreed id.
const dialog = document.getElementById('components-reconnect-modal');

async function again() {
  dialog.dataset.state = 'trying';
  try {
    const came = await Blazor.reconnect() || await Blazor.resumeCircuit();
    if (came) {
      close();
    } else {
      // The server is back and knows this page no more: its address holds what is needed to build it anew.
      location.reload();
    }
  } catch {
    dialog.dataset.state = 'failed';
  }
}

function close() {
  dialog.close();
  document.removeEventListener('visibilitychange', whenSeen);
}

function whenSeen() {
  if (document.visibilityState === 'visible') {
    again();
  }
}

dialog.addEventListener('components-reconnect-state-changed', (event) => {
  switch (event.detail.state) {
    case 'show':
      dialog.dataset.state = 'trying';
      if (!dialog.open) {
        dialog.showModal();
      }
      break;
    case 'retrying':
      dialog.dataset.state = 'waiting';
      break;
    case 'hide':
      close();
      break;
    case 'failed':
      dialog.dataset.state = 'failed';
      document.addEventListener('visibilitychange', whenSeen);
      break;
    case 'rejected':
      location.reload();
      break;
  }
});
dialog.addEventListener('cancel', (event) => event.preventDefault());
document.getElementById('reconnect-now').addEventListener('click', again);
