/** The card that a payment keeps for the merchant, and a button that has the next order paid with it. */

import { byId, call, context, element, FINISHED, say } from './common.js';

const TRIES = 40;
const PAUSE_MS = 250;

const card = (payment) => (payment?.recurring?.token ? payment.recurring : null);
const about = (recurring) => recurring.description || (recurring.token.startsWith('QLIRO') ? 'Invoice' : 'The card of the subscription');

export function renderRenewal(order, payment) {
  const recurring = card(payment);
  byId('renewal').hidden = !recurring;
  if (!recurring) return;
  const known = recurring.attributes ?? {};
  const rows = [
    ['Paid with', 'saved-card', about(recurring)],
    ['Brand', 'saved-brand', known.brandName],
    ['Expires', 'saved-expiry', known.expiryYear ? `${String(known.expiryMonth ?? '').padStart(2, '0')}/${known.expiryYear}` : ''],
    ['Token', 'saved-token', `…${recurring.token.slice(-4)}`],
  ].filter(([, , text]) => text);
  byId('renewal-lines').replaceChildren(
    ...rows.flatMap(([label, id, text]) => [element('dt', {}, label), element('dd', { 'data-testid': id }, text)]),
  );
  byId('renew').onclick = () => renew(order, recurring).catch((error) => say(error.message));
}

async function renew(order, recurring) {
  say('');
  byId('renew').disabled = true;
  try {
    const next = await call('POST', `/shop/api/orders/${encodeURIComponent(order.id)}/again`);
    const adapter = `/checkout/qliro-adapter/api/checkout/v1/orders/${encodeURIComponent(next.id)}/payments/recurring`;
    const { paymentId } = await call('POST', adapter, { body: { token: recurring.token } });
    await decided(next, paymentId);
  } finally {
    byId('renew').disabled = false;
  }
}

/** The bank's word may take a moment; until then neither of the shop's pages has anything to show. */
async function decided(next, paymentId) {
  const url = `/shop/api/order/api/v1/checkout/orders/${encodeURIComponent(next.id)}`;
  for (let left = TRIES; left > 0; left -= 1) {
    const order = await call('GET', url, { quiet: true });
    const payment = order.payments.find((each) => each.id === paymentId);
    if (FINISHED.includes(order.state.currentStatus)) {
      const query = new URLSearchParams({ merchant: context.merchant, channel: context.channel, orderId: next.id });
      location.href = `/shop/confirmation?${query}`;
      return;
    }
    if (payment?.state === 'declined') throw new Error(`The renewal ${next.id} was declined.`);
    await new Promise((wake) => setTimeout(wake, PAUSE_MS));
  }
  say(`The renewal ${next.id} is not decided yet; see Orders.`, { bad: false });
}
