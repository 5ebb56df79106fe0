/** The checkout page: one order, one embedded payment, and a cart that may change meanwhile. */

import {
  active, ADAPTER, byId, call, callbackUrl, configurationUrl, context, contextQuery, element, FINISHED, inject, money,
  orderUrl, ownPayment, paymentsUrl, platformUrl, renderSums, say, show,
} from './common.js';
import { renderDelivery } from './delivery.js';

const RETRIES = 2;
const POLL_MS = 3000;
const UNLOCK_AFTER_MS = 8000;
const PRODUCTS = [
  { reference: '90001', name: 'Tändstickor', price: '12.50', net: '10.00', vatRate: 0.25 },
  { reference: '90002', name: 'Chokladkaka', price: '28.00', net: '25.00', vatRate: 0.12 },
  { reference: '90003', name: 'Pocketbok', price: '79.50', net: '75.00', vatRate: 0.06 },
];
const DELIVERIES = [
  { reference: 'pickup', name: 'Pick up in the shop', price: 0, net: 0 },
  { reference: 'mypack-collect', name: 'Parcel shop', price: 49, net: 39.2 },
  { reference: 'home', name: 'Home delivery', price: 79, net: 63.2 },
  { reference: 'express', name: 'Express today', price: 149, net: 119.2 },
];

let order = null;
let deliveredByQliro = false;
let q1 = null;
let shownPaymentId = null;
let shownSnippet = null;
let requests = 0;
let paying = 0;
let customerUpdate = null;
let creating = null;

function note(text, data) {
  const told = data === undefined ? '' : ` ${JSON.stringify(data)}`;
  byId('log').prepend(element('li', {}, `${new Date().toLocaleTimeString('sv-SE')} ${text}${told}`));
}

/** Runs a request with Qliro locked; the last one to end has Qliro fetch the order before it unlocks. */
async function whileLocked(work) {
  requests += 1;
  if (q1 && requests === 1) q1.lock();
  try {
    return await work();
  } finally {
    requests -= 1;
    if (q1 && requests === 0) unlockWhenUpdated(q1);
  }
}

function unlockWhenUpdated(checkout) {
  let done = false;
  const unlock = (why) => (updated) => {
    if (done || checkout !== q1) return;
    done = true;
    note(`onOrderUpdated (${why})`, updated?.totalPrice);
    if (requests === 0) checkout.unlock();
  };
  checkout.onOrderUpdated(unlock('from Qliro'));
  setTimeout(unlock('given up waiting'), UNLOCK_AFTER_MS);
}

async function refresh({ quiet = false } = {}) {
  order = await call('GET', orderUrl, { retries: RETRIES, quiet });
  if (FINISHED.includes(order.state.currentStatus)) {
    location.replace(`/shop/confirmation?${contextQuery}`);
    return;
  }
  render();
}

function createPayment() {
  creating ??= call('POST', paymentsUrl, { retries: RETRIES }).finally(() => {
    creating = null;
  });
  return creating;
}

async function ensurePayment() {
  if (!order || order.state.currentStatus === 'removed') return;
  const current = active(order.payments).find((each) => each.type === 'default');
  if (!current) {
    await createPayment();
    await refresh();
  }
  await renderPayment();
}

async function renderPayment() {
  const payment = ownPayment(order);
  if (!payment || payment.id === shownPaymentId) return;
  const { htmlSnippet } = await call('GET', `${paymentsUrl}/${payment.id}`, { retries: RETRIES });
  shownPaymentId = payment.id;
  if (!htmlSnippet || htmlSnippet === shownSnippet) return;
  shownSnippet = htmlSnippet;
  q1 = null;
  inject(byId('qliro-target'), htmlSnippet);
  await refresh();
}

async function startOver() {
  const payment = ownPayment(order);
  if (payment) await call('POST', `${paymentsUrl}/${payment.id}/remove`, { retries: RETRIES });
  shownPaymentId = null;
  shownSnippet = null;
  q1 = null;
  await createPayment();
  await refresh();
  await renderPayment();
}

window.q1Ready = (checkout) => {
  q1 = checkout;
  note('q1Ready');
  byId('qliro-target').dataset.ready = 'true';
  const on = (name, handler) => typeof checkout[name] === 'function' && checkout[name](handler);
  on('onCheckoutLoaded', () => note('onCheckoutLoaded'));
  on('onCustomerInfoChanged', (data) => {
    note('onCustomerInfoChanged', data);
    customerUpdate?.abort();
    customerUpdate = new AbortController();
    report('customer-update', undefined, customerUpdate.signal);
  });
  on('onShippingMethodChanged', (data) => {
    note('onShippingMethodChanged', data);
    report('shipping-option-update', data);
  });
  on('onPaymentMethodChanged', (data) => note('onPaymentMethodChanged', data));
  on('onPaymentDeclined', (reason, message) => {
    note('onPaymentDeclined', { reason, message });
    say(`The payment was declined. ${message ?? reason ?? ''}`);
    refresh().catch(failed);
  });
  if (typeof checkout.onPaymentProcess === 'function') checkout.onPaymentProcess(() => hold(1), () => hold(-1));
  on('onSessionExpired', () => {
    note('onSessionExpired');
    startOver().catch(failed);
  });
};

function hold(step) {
  paying = Math.max(0, paying + step);
  note(step > 0 ? 'onPaymentProcess start' : 'onPaymentProcess end');
  if (step > 0) say('');
  lockEditor();
  if (step < 0) refresh().catch(failed);
}

async function report(what, data, signal) {
  const payment = ownPayment(order);
  if (!payment) return;
  try {
    await whileLocked(() => call('POST', `${callbackUrl}/${payment.id}/${what}?${contextQuery}`, { body: data, retries: RETRIES, signal }));
    await refresh();
  } catch (error) {
    if (error.name !== 'AbortError') failed(error);
  }
}

async function edit(work) {
  say('');
  lockEditor(true);
  try {
    await whileLocked(async () => {
      await work();
      await refresh();
    });
  } catch (error) {
    failed(error);
    await refresh().catch(() => {});
  } finally {
    lockEditor();
  }
}

function failed(error) {
  note(`error ${error.status ?? ''} ${error.code ?? ''}`, error.message);
  say(error.message);
}

function lockEditor(locked = paying > 0) {
  for (const control of document.querySelectorAll('#editor button, #editor input, #editor select, #lines button, #sums button, #recreate')) {
    control.disabled = locked || control.dataset.fixed === 'true';
  }
}

function line(item) {
  const change = (quantity) => edit(() => call('PATCH', `${platformUrl}/cart/items/${item.id}`, { body: { quantity }, retries: 1 }));
  const off = (item.discounts ?? []).reduce((sum, each) => sum + each.value.includingVat, 0);
  const meta = `${item.reference || '–'} · ${money(item.price.includingVat, order)} · VAT ${+(item.vatRate * 100).toFixed(2)} %${off ? ` · ${money(-off, order)}` : ''}`;
  return element(
    'li',
    { 'data-testid': 'cart-line', 'data-item': item.id, 'data-reference': item.reference },
    element('span', { class: 'name', lang: order.culture, 'data-testid': 'item-name' }, item.name ?? ''),
    element('span', { class: 'amount', 'data-testid': 'item-total', 'data-amount': item.total.includingVat.toFixed(2) }, money(item.total.includingVat, order)),
    element('span', { class: 'meta' }, meta),
    element(
      'span',
      { class: 'stepper' },
      element('button', { class: 'round', type: 'button', 'data-testid': 'item-minus', 'data-fixed': String(item.quantity < 2), 'aria-label': `One ${item.name} less`, disabled: item.quantity < 2, onclick: () => change(item.quantity - 1) }, '−'),
      element('output', { 'data-testid': 'item-quantity' }, String(item.quantity)),
      element('button', { class: 'round', type: 'button', 'data-testid': 'item-plus', 'aria-label': `One ${item.name} more`, onclick: () => change(item.quantity + 1) }, '+'),
      element('button', { class: 'link', type: 'button', 'data-testid': 'item-remove', 'aria-label': `Remove ${item.name}`, onclick: () => edit(() => call('DELETE', `${platformUrl}/cart/items/${item.id}`)) }, 'remove'),
    ),
  );
}

let rendered = '';
function render() {
  const payment = ownPayment(order);
  show('order-id', order.id);
  show('order-state', order.state.currentStatus, order.state.currentStatus);
  show('payment-id', payment?.id ?? '–');
  show('payment-state', payment?.state ?? 'none', payment?.state);
  const { lastModified, ...content } = order;
  const now = JSON.stringify(content);
  if (now === rendered) return;
  rendered = now;
  const scrolled = byId('lines').scrollTop;
  byId('lines').replaceChildren(...(order.cart?.items ?? []).map(line));
  byId('lines').scrollTop = scrolled;
  renderSums(order, { onRemoveVoucher: removeVoucher, onRemoveDiscount: removeDiscount });
  renderDelivery(order);
  renderDeliveries();
  renderConsents();
  lockEditor();
}

const removeVoucher = (voucher) => edit(() => call('DELETE', `${platformUrl}/vouchers/${voucher.id}`));
const removeDiscount = (discount) => edit(() => call('DELETE', `${platformUrl}/cart/discounts?code=${encodeURIComponent(discount.code)}`));

function platformShipping() {
  return active(order.shippings).find((each) => each.adapterId !== ADAPTER);
}

/** Qliro doesn't let an order be bought whose delivery is chosen here and there. */
async function learnWhoDelivers() {
  const { options } = await call('GET', `${configurationUrl}/${ADAPTER}`, { retries: RETRIES, quiet: true });
  deliveredByQliro = options?.useIntegratedShipping === true;
}

/** Whatever the customer may choose here; nothing, where it is chosen in Qliro's checkout. */
function renderDeliveries() {
  const chosen = platformShipping();
  byId('deliveries').hidden = deliveredByQliro || active(order.shippings).some((each) => each.adapterId === ADAPTER);
  const options = DELIVERIES.map((each) =>
    element(
      'label',
      {},
      element('input', { type: 'radio', name: 'delivery', value: each.reference, 'data-testid': `delivery-${each.reference}`, checked: chosen?.reference === each.reference, onchange: () => deliver(each) }),
      `${each.name} (${money(each.price, order)})`,
    ),
  );
  byId('deliveries').replaceChildren(byId('deliveries').firstElementChild, ...options);
}

function deliver(choice) {
  const chosen = platformShipping();
  const body = { adapterId: 'norce_adapter', state: 'intent', reference: choice.reference, name: choice.name, total: { includingVat: choice.price, excludingVat: choice.net }, vatRate: 0.25 };
  return edit(() => call(chosen ? 'PUT' : 'POST', chosen ? `${orderUrl}/shippings/${chosen.id}` : `${orderUrl}/shippings`, { body }));
}

function renderConsents() {
  const boxes = (order.consents ?? []).map((each) =>
    element(
      'label',
      { lang: order.culture },
      element('input', {
        type: 'checkbox', 'data-testid': `consent-${each.id}`, checked: each.checked,
        onchange: (event) => edit(() => call('PATCH', `${orderUrl}/consents/${each.id}`, { body: { id: each.id, checked: event.target.checked } })),
      }),
      `${each.text}${each.required ? ' *' : ''}`,
    ),
  );
  byId('consents').replaceChildren(byId('consents').firstElementChild, ...boxes);
}

function listen(form, work) {
  byId(form).addEventListener('submit', (event) => {
    event.preventDefault();
    edit(work);
  });
}

byId('product').replaceChildren(...PRODUCTS.map((each, index) => element('option', { value: index }, `${each.name}, ${each.price}`)));
listen('add-form', () => {
  const { price, net, ...product } = PRODUCTS[Number(byId('product').value)];
  return call('POST', `${platformUrl}/cart/items`, { body: { ...product, sku: product.reference, unit: 'st', quantity: 1, price: { includingVat: Number(price), excludingVat: Number(net) } } });
});
listen('discount-form', () => call('POST', `${platformUrl}/cart/discounts`, { body: { code: byId('discount-code').value.trim() } }));
listen('voucher-form', () => call('POST', `${platformUrl}/vouchers`, { body: { amount: Number(byId('voucher-amount').value.replace(',', '.')) } }));
byId('recreate').addEventListener('click', () => edit(startOver));
byId('refresh').addEventListener('click', () => refresh().catch(failed));

document.title = `Checkout ${context.orderId} – Nordlys Demo Shop`;
try {
  await learnWhoDelivers().catch(() => {});
  await refresh();
  await ensurePayment();
} catch (error) {
  failed(error);
  byId('qliro-target').replaceChildren(element('p', { class: 'waiting' }, 'The payment could not be prepared.'));
}
setInterval(() => document.hidden || requests > 0 || refresh({ quiet: true }).catch(() => {}), POLL_MS);
