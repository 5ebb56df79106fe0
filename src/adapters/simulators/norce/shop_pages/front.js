import { byId, call, colour, element, say } from './common.js';

async function start(example) {
  say('');
  try {
    const order = await call('POST', '/shop/api/orders', { body: { example: example.name, cartTotal: byId('reading').value, merchant: byId('merchant').value } });
    const query = new URLSearchParams({ merchant: order.merchant, channel: order.channel, orderId: order.id });
    location.href = `/shop/checkout?${query}`;
  } catch (error) {
    say(error.message);
  }
}

function card(example) {
  const tint = colour(example.name);
  const rest = example.lines - example.items.length;
  const shown = example.items.map((name) => (name.length > 40 ? `${name.slice(0, 38)}…` : name));
  return element(
    'li',
    { 'data-testid': `example-${example.name}` },
    element(
      'article',
      { class: 'card example' },
      element('div', { class: 'swatch', style: `background:linear-gradient(135deg, ${tint}, ${tint}bb)`, 'aria-hidden': 'true' }, example.currency),
      element('h2', {}, example.title),
      element('p', {}, example.about),
      element('p', { lang: example.culture }, shown.join(' · ') + (rest > 0 ? ` + ${rest}` : '')),
      element(
        'div',
        { class: 'bottom' },
        element('span', { class: 'tag' }, `${example.lines} ${example.lines === 1 ? 'row' : 'rows'} · ${example.channel}`),
        element('button', { type: 'button', 'data-testid': `start-${example.name}`, 'aria-label': `Check out: ${example.title}`, onclick: () => start(example) }, 'Check out'),
      ),
    ),
  );
}

try {
  const examples = await call('GET', '/shop/api/examples');
  byId('examples').replaceChildren(...examples.map(card));
} catch (error) {
  say(error.message);
}
