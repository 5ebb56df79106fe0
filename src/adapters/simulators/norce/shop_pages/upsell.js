/** After the purchase: something more to buy while the order waits, and what became of it. */

import { byId, call, callbackUrl, context, element, money, platformUrl, say } from './common.js';

const OFFER = {
  reference: 'GIFTBOX', sku: 'GIFTBOX', name: 'Presentask med band', quantity: 1, unit: 'st', vatRate: 0.25,
  price: { includingVat: 45, excludingVat: 36 }, discounts: [], attributes: {}, upsell: true,
};
const WORDS = {
  created: 'being added to your payment…',
  actionRequired: 'waits for your payment',
  completed: 'added to your order',
  failed: 'was not paid, and is not sent',
};
const v0 = `/shop/api/order/api/v0/checkout/orders/${encodeURIComponent(context.orderId)}`;

let payment = null;
let order = null;
let again = () => {};

/** Shows the offer of the order's payment; `reload` is called after every act. Only version 0 tells of it. */
export async function renderUpsell(paymentId, reload) {
  again = reload;
  order = paymentId ? await call('GET', v0, { quiet: true }) : null;
  payment = order?.payments.find((each) => each.id === paymentId) ?? null;
  const shown = payment?.upsell;
  byId('upsell').hidden = !shown;
  if (!shown) return;
  byId('upsell-add').textContent = `Add for ${money(OFFER.price.includingVat, order)}`;
  byId('upsell-attempts').replaceChildren(...(shown.transactions ?? []).map(attempt));
  tick();
}

function secondsLeft() {
  const shown = payment?.upsell;
  if (!shown?.eligible || order.state.currentStatus !== 'accepted') return 0;
  return Math.max(0, Math.floor((Date.parse(shown.expiration) - Date.now()) / 1000));
}

function tick() {
  const left = secondsLeft();
  const waits = (payment?.upsell?.transactions ?? []).some((each) => ['created', 'actionRequired'].includes(each.state));
  byId('upsell-offer').hidden = left === 0;
  byId('upsell-add').disabled = waits;
  byId('upsell-lead').textContent = `Goes with this order if you add it within ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}.`;
  byId('upsell').dataset.left = String(left);
}

function attempt(each) {
  const names = (order.cart.items ?? []).filter((item) => each.itemIds?.includes(item.id)).map((item) => item.name);
  const link = each.attributes?.upsellLink;
  return element(
    'li',
    { 'data-testid': 'upsell-attempt', 'data-state': each.state },
    element('span', { class: 'name' }, names.join(', ') || 'Taken off again'),
    element('span', { class: 'meta' }, WORDS[each.state] ?? each.state),
    each.state === 'actionRequired' && link ? element('a', { class: 'button', href: link, 'data-testid': 'upsell-link' }, 'Pay for it') : null,
  );
}

async function act(work) {
  say('');
  byId('upsell-add').disabled = true;
  try {
    await work();
  } catch (error) {
    say(error.message);
  }
  for (const wait of [0, 500, 1000]) {
    await new Promise((done) => setTimeout(done, wait));
    await again().catch(() => {});
  }
}

byId('upsell-add').addEventListener('click', () => act(() => call('POST', `${platformUrl}/cart/items`, { body: OFFER })));
byId('upsell-decline').addEventListener('click', () => act(() => call('POST', `${callbackUrl}/${payment.id}/upsell/complete`)));
setInterval(() => payment?.upsell && tick(), 1000);
