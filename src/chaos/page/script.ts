/**
 * What the page does in the browser: shows the words of what is pointed at, filters messages by service, and changes between
 * the time around the violation and everything, which is drawn only when asked for. Without it the page still shows the first.
 */
export const SCRIPT = `
const details = JSON.parse(document.getElementById('details').textContent);
const box = document.getElementById('pointed');
const scenes = { around: document.getElementById('around'), everything: document.getElementById('everything') };
let held = null;

function show(target, event) {
  box.textContent = details[target.dataset.d];
  box.style.display = 'block';
  const x = Math.min(event.clientX + 16, innerWidth - box.offsetWidth - 12);
  const y = Math.min(event.clientY + 16, innerHeight - box.offsetHeight - 12);
  box.style.left = Math.max(8, x) + 'px';
  box.style.top = Math.max(8, y) + 'px';
}
function release() {
  if (held) held.classList.remove('picked');
  held = null;
  box.classList.remove('held');
  box.style.display = 'none';
}
document.addEventListener('mousemove', (event) => {
  if (held) return;
  const target = event.target.closest('[data-d]');
  if (target) show(target, event);
  else box.style.display = 'none';
});
document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-d]');
  if (box.contains(event.target)) return;
  release();
  if (!target) return;
  show(target, event);
  held = target;
  target.classList.add('picked');
  box.classList.add('held');
});
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') release(); });

function filter() {
  const on = new Set();
  for (const input of document.querySelectorAll('.filters [data-service]')) if (input.checked) on.add(input.dataset.service);
  for (const message of document.querySelectorAll('.scene .m')) {
    const services = message.dataset.s === '' ? [] : message.dataset.s.split(' ');
    message.toggleAttribute('hidden', services.length > 0 && !services.some((service) => on.has(service)));
  }
  const routine = document.getElementById('routine');
  for (const scene of Object.values(scenes)) scene.classList.toggle('no-routine', !routine.checked);
}
for (const input of document.querySelectorAll('.filters input')) input.addEventListener('change', filter);

for (const button of document.querySelectorAll('[data-scene]')) {
  button.addEventListener('click', () => {
    release();
    const wanted = button.dataset.scene;
    const template = scenes[wanted].querySelector('template');
    if (template) template.replaceWith(template.content);
    for (const name of Object.keys(scenes)) scenes[name].hidden = name !== wanted;
    for (const other of document.querySelectorAll('[data-scene]')) other.setAttribute('aria-pressed', other === button);
    filter();
  });
}
document.getElementById('copy').addEventListener('click', (event) => {
  navigator.clipboard.writeText(document.getElementById('command').textContent);
  event.target.textContent = 'Copied';
});
filter();
`;
