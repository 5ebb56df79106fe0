/** After the purchase: the provider's receipt, what became of the order, and the merchant's buttons. */

import {
  byId, call, contextQuery, element, FINISHED, inject, managementUrl, money, orderUrl, ownPayment, paymentsUrl,
  renderSums, say, show, time,
} from './common.js';
import { renderDelivery } from './delivery.js';
import { renderRenewal } from './renewal.js';

import { renderUpsell } from './upsell.js';

const RETRIES = 2;
const POLL_MS = 2500;
const SNIPPET_FOR_MS = 12 * 3600 * 1000;
const HEADINGS = {
  accepted: 'Thank you for your order',
  completed: 'Thank you for your order',
  declined: 'The payment was declined',
  removed: 'The order was withdrawn',
};
const LABELS = { capture: 'Capture', cancel: 'Cancel the payment', refund: 'Refund' };

let order = null;
let snippetOf = null;

/** The payment that has something to tell, removed or not. */
function lastPayment() {
  const own = (order.payments ?? []).filter((each) => each.type === 'default');
  return ownPayment(order) ?? own.at(-1) ?? null;
}

async function load({ quiet = false } = {}) {
  order = await call('GET', orderUrl, { retries: RETRIES, quiet });
  if (!FINISHED.includes(order.state.currentStatus)) {
    location.replace(`/shop/checkout?${contextQuery}`);
    return;
  }
  const payment = lastPayment();
  const transactions = payment ? await call('GET', `${orderUrl}/payments/${payment.id}/transactions`, { quiet }) : [];
  render(payment, transactions);
  await renderUpsell(payment?.id, () => load({ quiet: true }));
  await renderSnippet(payment);
}

async function renderSnippet(payment) {
  if (!payment || snippetOf === payment.id) return;
  snippetOf = payment.id;
  const accepted = order.state.transitions?.find((each) => each.status === 'accepted')?.timeStamp;
  const late = accepted && Date.now() - Date.parse(accepted) > SNIPPET_FOR_MS;
  try {
    const { htmlSnippet } = late ? {} : await call('GET', `${paymentsUrl}/${payment.id}`, { retries: RETRIES });
    if (htmlSnippet) {
      inject(byId('qliro-target'), htmlSnippet);
      return;
    }
  } catch (error) {
    say(error.message);
  }
  byId('qliro-target').replaceChildren(element('p', { class: 'waiting' }, 'There is no receipt to show for this payment.'));
}

let rendered = '';
function render(payment, transactions) {
  const now = JSON.stringify([order, transactions]);
  if (now === rendered) return;
  rendered = now;
  const status = order.state.currentStatus;
  show('heading', HEADINGS[status] ?? 'Your order');
  show('order-id', order.id);
  show('order-state', status, status);
  show('payment-id', payment?.id ?? '–');
  show('payment-state', payment?.state ?? 'none', payment?.state);
  byId('lines').replaceChildren(...(order.cart?.items ?? []).map(line));
  renderSums(order);
  renderDelivery(order);
  renderRenewal(order, payment);
  byId('payments').replaceChildren(...(order.payments ?? []).map(paymentRow));
  byId('transactions').replaceChildren(...transactions.map(transactionRow));
  byId('transitions').replaceChildren(
    ...(order.state.transitions ?? []).map((each) => element('tr', { 'data-testid': 'transition' }, element('td', {}, time(each.timeStamp)), element('td', {}, each.status))),
  );
  renderActions(payment);
}

function line(item) {
  return element(
    'li',
    { 'data-testid': 'cart-line' },
    element('span', { class: 'name', lang: order.culture }, `${item.quantity} × ${item.name ?? ''}`),
    element('span', { class: 'amount' }, money(item.total.includingVat, order)),
  );
}

function paymentRow(payment) {
  return element(
    'tr',
    { 'data-testid': `payment-row-${payment.id}` },
    element('td', {}, payment.name ?? payment.adapterId ?? ''),
    element('td', {}, payment.type),
    element('td', {}, element('span', { class: 'tag', 'data-state': payment.state }, payment.state)),
    element('td', { class: 'number' }, money(payment.amount, order)),
    element('td', {}, element('code', {}, payment.reference ?? '')),
  );
}

function transactionRow(entry) {
  return element(
    'tr',
    { 'data-testid': 'transaction-row', 'data-event': entry.event },
    element('td', {}, time(entry.created)),
    element('td', {}, entry.event),
    element('td', {}, [entry.pspEvent, entry.pspStatus].filter(Boolean).join(' · ')),
    element('td', { class: 'number' }, money(entry.amount, order)),
    element('td', {}, entry.isSuccess ? 'done' : `failed ${entry.errorDetail ?? ''}`),
  );
}

function renderActions(payment) {
  const buttons = (payment?.actions ?? []).map((action) =>
    element('button', { type: 'button', 'data-testid': `action-${action.type}`, onclick: () => run(() => execute(payment, action)) }, LABELS[action.type] ?? action.type),
  );
  byId('actions').replaceChildren(...(buttons.length ? buttons : [element('span', { class: 'lead', style: 'margin:0' }, 'Nothing can be done with this payment now.')]));
}

function execute(payment, action) {
  return call('POST', `${orderUrl}/payments/${payment.id}/actions/${action.id}/execute`);
}

async function run(work) {
  say('');
  for (const button of document.querySelectorAll('#actions button')) button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(error.message);
  }
  rendered = '';
  await load().catch((error) => say(error.message));
}

byId('refresh').addEventListener('click', () => run(() => call('POST', `${managementUrl}/${lastPayment()?.id}/refresh`)));
byId('reload').addEventListener('click', () => run(async () => {}));
window.q1Ready = () => {};
await load().catch((error) => say(error.message));
setInterval(() => document.hidden || load({ quiet: true }).catch(() => {}), POLL_MS);
