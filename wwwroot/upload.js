// Sends files to a storage piece by piece. What has come stays there: after a break, or when the same file is chosen again, it goes on.
const piece = 32 * 1024 * 1024;
const pauses = [1000, 2000, 5000, 10000, 10000, 10000];

export function watch(box, input, page) {
  const work = new Map();
  const state = { storage: '' };

  async function add(files) {
    for (const file of files) {
      if (work.has(file.name)) {
        continue;
      }

      const sending = { file, storage: state.storage, ended: new AbortController() };
      work.set(file.name, sending);
      await page.invokeMethodAsync('Begun', file.name, file.size);
    }

    run();
  }

  let isRunning = false;
  async function run() {
    if (isRunning) {
      return;
    }

    isRunning = true;
    for (const [name, sending] of work) {
      try {
        await send(name, sending, page);
      } catch (error) {
        await page.invokeMethodAsync('Told', name, 'failed', 0, 0, sending.ended.signal.aborted ? 'It was cancelled.' : String(error.message ?? error));
      }

      work.delete(name);
    }

    isRunning = false;
  }

  input.addEventListener('change', () => {
    add([...input.files]);
    input.value = '';
  });
  box.addEventListener('dragover', (event) => event.preventDefault());
  box.addEventListener('drop', (event) => {
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });

  return {
    to: (storage) => { state.storage = storage; },
    cancel: (name) => work.get(name)?.ended.abort(),
  };
}

async function send(name, sending, page) {
  const { file, storage, ended } = sending;
  const address = `/api/v1/storages/${encodeURIComponent(storage)}/uploads/${encodeURIComponent(name)}`;
  const guard = await (await fetch('/api/v1/antiforgery')).json();
  const call = (method, path, body) => fetch(address + path, {
    method,
    headers: { [guard.header]: guard.token, ...(body instanceof Blob ? { 'Content-Type': 'application/octet-stream' } : body ? { 'Content-Type': 'application/json' } : {}) },
    body: body instanceof Blob ? body : body && JSON.stringify(body),
    signal: ended.signal,
  });

  try {
    let answer = await sure(await call('POST', '', { size: file.size }));
    for (let tries = 0; answer.state === 'receiving' && answer.received < file.size;) {
      let came;
      try {
        came = await call('PUT', `?offset=${answer.received}`, file.slice(answer.received, answer.received + piece));
      } catch (error) {
        if (ended.signal.aborted) {
          throw error;
        }
      }

      if (came && (came.ok || came.status === 412)) {
        const before = answer.received;
        answer = await came.json();
        tries = answer.received > before ? 0 : tries + 1;
        await page.invokeMethodAsync('Told', name, 'sending', answer.received, file.size, null);
      } else if (came && came.status !== 429 && came.status < 500) {
        await sure(came);
      } else {
        tries++;
      }

      if (tries >= pauses.length) {
        throw new Error('The connection broke. What has come stays for a day: choose the same file again to go on.');
      }

      if (tries > 0) {
        await page.invokeMethodAsync('Told', name, 'waiting', answer.received, file.size, null);
        await new Promise((done) => setTimeout(done, pauses[tries - 1]));
        try {
          answer = await sure(await call('POST', '', { size: file.size }));
        } catch (error) {
          if (ended.signal.aborted) {
            throw error;
          }
        }
      }
    }

    answer = answer.state === 'receiving' ? await sure(await call('POST', '/finish')) : answer;
    while (answer.state === 'checking') {
      await page.invokeMethodAsync('Told', name, 'checking', answer.checked, answer.size, null);
      await new Promise((done) => setTimeout(done, 500));
      answer = await sure(await call('GET', ''));
    }

    await page.invokeMethodAsync('Told', name, answer.state, answer.size, answer.size, answer.problem ?? null);
  } catch (error) {
    if (ended.signal.aborted) {
      await fetch(address, { method: 'DELETE', headers: { [guard.header]: guard.token } });
    }

    throw error;
  }
}

async function sure(came) {
  if (came.ok) {
    return came.json();
  }

  let told;
  try {
    told = await came.json();
  } catch {
    told = {};
  }

  throw new Error(Object.values(told.errors ?? {}).flat()[0] ?? told.detail ?? `The server answered ${came.status}.`);
}
