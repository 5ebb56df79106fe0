import { byId, call, element, FINISHED, money, time } from './common.js';

function row(order) {
  const page = FINISHED.includes(order.status) ? 'confirmation' : 'checkout';
  const query = new URLSearchParams({ merchant: order.merchant, channel: order.channel, orderId: order.id });
  const payments = order.payments.map((each) => element('span', { class: 'tag', 'data-state': each.state }, `${each.type === 'default' ? '' : `${each.type}: `}${each.state}`));
  return element(
    'tr',
    { 'data-testid': `order-row-${order.id}` },
    element('td', {}, element('code', {}, order.id)),
    element('td', {}, time(order.created)),
    element('td', {}, order.channel),
    element('td', {}, element('span', { class: 'tag', 'data-state': order.status, 'data-testid': 'order-state' }, order.status)),
    element('td', { class: 'number' }, String(order.lines)),
    element('td', { class: 'number' }, money(order.total.includingVat, order)),
    element('td', {}, ...payments.flatMap((tag) => [tag, ' '])),
    element('td', {}, element('a', { href: `/shop/${page}?${query}`, 'data-testid': 'open-order' }, page === 'checkout' ? 'Check out' : 'Open')),
  );
}

async function load() {
  const orders = await call('GET', '/shop/api/orders', { quiet: true });
  byId('orders').replaceChildren(...orders.map(row));
}

await load();
setInterval(() => document.hidden || load().catch(() => {}), 4000);
