// The button of a page that is made to be printed.
document.getElementById('print-now')?.addEventListener('click', () => window.print());
